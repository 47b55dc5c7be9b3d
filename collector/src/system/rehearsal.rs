//! A rehearsal: all steps of a file for three hosts that do not exist, with made-up facts.

use super::error::SystemFileError;
use super::file::SystemFile;
use super::secret::Known;
use super::step::{Action, Secrecy, Step, Text};
use super::template::{Fact, Member, Scene};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

/// What one host would do: the phase, the step's line, the host's name, the action.
pub type Deed = (&'static str, usize, String, Action<String>);

/// Renders every step of an implementation, in order.
pub fn rehearse(file: &SystemFile, implementation: &str) -> Result<Vec<Deed>, SystemFileError> {
    let known = Known::default();
    let mut members: Vec<Member> = (1..=3_u8)
        .map(|number| Member {
            name: format!("h{number}"),
            address: IpAddr::from(Ipv4Addr::new(10, 90, 0, number)),
            interface: "data".to_owned(),
            folder: format!("/run/lease/{}", file.name),
            facts: BTreeMap::new(),
        })
        .collect();
    let mut deeds = Vec::new();
    let mut launched = BTreeSet::new();
    let phases = [("prepare", &file.prepare), ("start", &file.start), ("ready", &file.ready), ("stop", &file.stop)];
    for (phase, steps) in phases {
        for step in SystemFile::of(steps, implementation) {
            let mut learnt = Vec::new();
            let scene = Scene::new(file, implementation, 1, &known, &members);
            for (index, member) in members.iter().enumerate() {
                for (owner, action) in scene.actions(step, index)? {
                    learnt.push(owner);
                    if let Action::Launch { name, .. } = &action
                        && !launched.insert((index, name.clone()))
                    {
                        return Err(twice(file, step, name));
                    }
                    deeds.push((phase, step.line, member.name.clone(), action));
                }
            }
            for owner in learnt {
                pretend(step, &known, members.get_mut(owner));
            }
        }
        // From the end of the start on, address and interface are known.
        if let (Some(overlay), "start") = (&file.overlay, phase) {
            let scene = Scene::new(file, implementation, 1, &known, &members);
            for host in 0..members.len() {
                scene.interface_texts(host)?;
                scene.render(&overlay.address, host, None)?;
            }
        }
    }
    Ok(deeds)
}

/// Two daemons of a host that could not be told apart.
fn twice(file: &SystemFile, step: &Step, name: &str) -> SystemFileError {
    let span = match &step.action {
        Action::Launch { command, .. } => command.first().map_or(0..0, Text::span),
        _ => 0..0,
    };
    file.error(span, format!("a host launches `{name}` twice: give one of the two another `name`"))
}

/// Learns a made-up fact.
fn pretend(step: &Step, known: &Known, owner: Option<&mut Member>) {
    if let (Action::Run(run), Some(owner)) = (&step.action, owner)
        && let Some(capture) = &run.capture
    {
        let value = format!("{}-of-{}", capture.fact, owner.name);
        if capture.secrecy != Secrecy::Public {
            known.add(&value);
        }
        owner.facts.insert(capture.fact.clone(), Fact { value, secrecy: capture.secrecy });
    }
}
