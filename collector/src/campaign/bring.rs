//! Bringing the hosts to what a run wants: the only way there, from wherever they are.

use super::journal::{Event, Found};
use super::standing::{Layer, Standing, Wanted};
use super::stop::unless_stopped;
use super::{Campaign, CampaignError, gate};
use crate::agent::protocol::{Change, Scope};
use crate::host::{Host, HostError, on_all};
use crate::impairment::Netem;
use crate::plan::PlannedRun;
use crate::record::Verdict;
use crate::system::{System, SystemError};
use crate::tuning::{Offloads, Tuning};
use meshbench_schemas::outcome::{Outcome, Reason};
use std::time::Instant;

/// Times a system is started again when it does not come up.
const STARTS: u32 = 2;

/// Why something of a stay could not be measured.
pub enum Trouble {
    /// The way to a host is gone.
    Lost(String),
    /// A layer cannot be had, so that nothing can be measured that stands on it.
    Missing(Layer, Verdict),
}

impl Trouble {
    /// A layer that a host refused; a host that is gone is another matter.
    fn refused(layer: Layer, error: &HostError, outcome: Outcome, reason: Reason) -> Self {
        match error.is_lost() {
            true => Self::Lost(error.to_string()),
            false => Self::Missing(layer, Verdict::not_ok(outcome, reason, error.to_string())),
        }
    }
}

impl From<SystemError> for Trouble {
    fn from(error: SystemError) -> Self {
        let (outcome, reason) = match &error {
            SystemError::Host(error) => {
                return Self::refused(Layer::System, error, Outcome::Failed, Reason::HarnessError);
            }
            SystemError::Unsupported { .. } => (Outcome::Unsupported, Reason::MissingProgram),
            _ => (Outcome::Failed, Reason::SystemNotReady),
        };
        Self::Missing(Layer::System, Verdict::not_ok(outcome, reason, error.to_string()))
    }
}

/// How a part of a stay ended, where nothing went wrong with the campaign itself.
pub type Part = Result<Result<(), Trouble>, CampaignError>;

impl Campaign {
    /// Brings all hosts to what a run wants: makes the lowest layer that is not as it is wanted, and the ones above it.
    /// The person's wish to stop is heard meanwhile.
    ///
    /// # Errors
    /// [`CampaignError::Unfit`] where a layer cannot be had because a host cannot do its part in any measurement.
    pub(super) async fn bring_about(&mut self, standing: &mut Standing, system: &mut System, run: &PlannedRun) -> Part {
        let wanted = Wanted::of(run);
        while let Some(layer) = standing.next(&wanted) {
            standing.shaken(layer);
            let (stop, folder) = (self.stop.clone(), self.folder.clone());
            match unless_stopped(stop, &folder, self.make(layer, system, run)).await?? {
                Ok(()) => standing.made(layer, &wanted),
                Err(trouble @ Trouble::Missing(..)) => return Ok(self.fit().await?.and(Err(trouble))),
                lost => return Ok(lost),
            }
        }
        Ok(Ok(()))
    }

    /// Makes one layer on all hosts, after undoing what there is of it and above it.
    async fn make(&mut self, layer: Layer, system: &mut System, run: &PlannedRun) -> Part {
        if let Err(trouble) = self.clear(layer, system).await? {
            return Ok(Err(trouble));
        }
        let tuning = self.matrix.tunings.get(&run.tuning).cloned().unwrap_or_default();
        match layer {
            Layer::Tuning => Ok(self.tune(&tuning).await),
            Layer::System => self.bring_up(system, run, &tuning).await,
            Layer::Profile => {
                let netem = self.matrix.profiles.get(&run.profile).cloned().unwrap_or_default();
                Ok(self.impair(&netem).await)
            }
        }
    }

    /// Undoes a layer and everything above it on all hosts; nothing there is fine. A system's own `stop` steps may fail,
    /// as what it changed is undone anyway.
    ///
    /// # Errors
    /// [`CampaignError::NotRestored`] where a host could not be put back: nothing may be measured on it.
    pub(super) async fn clear(&self, layer: Layer, system: &mut System) -> Part {
        let hosts = match self.hosts() {
            Ok(hosts) => hosts,
            Err(trouble) => return Ok(Err(trouble)),
        };
        match undo(layer, system, hosts).await {
            Ok(()) => Ok(Ok(())),
            Err(error) if error.is_lost() => Ok(Err(Trouble::Lost(error.to_string()))),
            // A host that can do nothing at all is the better reason.
            Err(cause) => match self.fit().await? {
                Ok(()) => Err(CampaignError::NotRestored { cause }),
                lost => Ok(lost),
            },
        }
    }

    /// Makes a tuning's settings on all hosts.
    async fn tune(&self, tuning: &Tuning) -> Result<(), Trouble> {
        let hosts = self.hosts()?;
        let made = on_all(hosts, |_, host| async move {
            for (key, value) in tuning.settings() {
                let change = Change::Sysctl { key: key.to_owned(), value: value.to_owned() };
                host.change(Scope::Tuning, change).await?;
            }
            switch(host, Scope::Tuning, host.interface.as_str(), &tuning.offloads).await
        });
        made.await
            .map(drop)
            .map_err(|error| Trouble::refused(Layer::Tuning, &error, Outcome::Failed, Reason::TuningNotInForce))
    }

    /// Brings a system up; a second time where it did not come up.
    async fn bring_up(&mut self, system: &mut System, run: &PlannedRun, tuning: &Tuning) -> Part {
        let mut starts = 0;
        loop {
            starts += 1;
            self.progress.message(&format!("block {}: bringing {} up", run.block + 1, system.recorded_as().1));
            let clock = Instant::now();
            let came = match self.hosts() {
                Ok(hosts) => come_up(system, hosts, tuning).await,
                Err(trouble) => return Ok(Err(trouble)),
            };
            let (took_s, block) = (clock.elapsed().as_secs_f64(), run.block);
            let told = system.recorded_as().0.to_string();
            match came {
                Ok((found, warnings)) => {
                    if found.name != run.system.as_str() {
                        let note = format!(
                            "{} was measured as {}: {}",
                            run.system,
                            found.name,
                            found.note.as_deref().unwrap_or("another implementation of the same protocol")
                        );
                        self.note(note)?;
                    }
                    for warning in warnings {
                        self.note(warning)?;
                    }
                    self.estimate.stay_done(took_s);
                    self.write(Event::SystemUp { block, system: told, took_s, error: None, found: Some(found) })?;
                    return Ok(Ok(()));
                }
                Err(trouble) => {
                    let error = Some(match &trouble {
                        Trouble::Lost(message) => message.clone(),
                        Trouble::Missing(_, verdict) => verdict.detail.clone().unwrap_or_default(),
                    });
                    self.write(Event::SystemUp { block, system: told, took_s, error, found: None })?;
                    let again = matches!(&trouble, Trouble::Missing(_, verdict) if verdict.outcome == Outcome::Failed);
                    if !again || starts >= STARTS {
                        return Ok(Err(trouble));
                    }
                    if let Err(trouble @ Trouble::Lost(_)) = self.fit().await? {
                        return Ok(Err(trouble));
                    }
                    if let Err(trouble) = self.clear(Layer::System, system).await? {
                        return Ok(Err(trouble));
                    }
                }
            }
        }
    }

    /// Puts a profile's impairment on all hosts, and looks whether it is there.
    async fn impair(&self, netem: &Netem) -> Result<(), Trouble> {
        let hosts = self.hosts()?;
        let words = netem.arguments();
        let words = &words;
        let made = on_all(hosts, |index, host| async move {
            if netem.is_none() {
                return Ok(());
            }
            let others = hosts.iter().enumerate().filter(|(other, _)| *other != index);
            let towards = others.map(|(_, host)| host.address).collect();
            let interface = host.interface.to_string();
            host.change(Scope::Profile, Change::Impair { interface, netem: words.clone(), towards }).await
        });
        made.await.map_err(|error| {
            Trouble::refused(Layer::Profile, &error, Outcome::Unsupported, Reason::ImpairmentNotInForce)
        })?;
        let read = on_all(hosts, |_, host| host.read()).await;
        let read = read.map_err(|error| {
            Trouble::refused(Layer::Profile, &error, Outcome::Skipped, Reason::ImpairmentNotInForce)
        })?;
        let different = hosts.iter().zip(&read).find_map(|(host, reading)| {
            let difference = match reading.interfaces.get(host.interface.as_str()) {
                Some(reading) => gate::difference(reading, netem)?,
                None => format!("there is no interface {}", host.interface),
            };
            Some(format!("{}: {difference}", host.name))
        });
        match different {
            None => Ok(()),
            Some(detail) => {
                let verdict = Verdict::not_ok(Outcome::Skipped, Reason::ImpairmentNotInForce, detail);
                Err(Trouble::Missing(Layer::Profile, verdict))
            }
        }
    }
}

/// Brings a system up on hosts, and finds out what it is. Returns warnings beside.
async fn come_up(system: &mut System, hosts: &[Host], tuning: &Tuning) -> Result<(Found, Vec<String>), Trouble> {
    system.up(hosts).await?;
    if tuning.overlay_offloads.switched().next().is_some() {
        let up = &*system;
        let switched = on_all(hosts, |index, host| async move {
            for interface in up.interfaces(index) {
                // Gone with the interface itself.
                switch(host, Scope::System, interface.as_str(), &tuning.overlay_offloads).await?;
            }
            Ok(())
        });
        switched
            .await
            .map_err(|error| Trouble::refused(Layer::System, &error, Outcome::Failed, Reason::TuningNotInForce))?;
    }
    let facts = system.facts(hosts).await?;
    let found = Found {
        name: facts.name.to_string(),
        label: facts.label,
        version: facts.version,
        binary_sha256: facts.binary_sha256,
        mtu: facts.mtu,
        family: facts.family.to_owned(),
        note: facts.note,
    };
    Ok((found, facts.warnings))
}

/// Undoes a layer and everything above it.
async fn undo(layer: Layer, system: &mut System, hosts: &[Host]) -> Result<(), HostError> {
    on_all(hosts, |_, host| host.restore(Scope::Profile)).await?;
    if layer <= Layer::System && system.down(hosts).await.is_err() {
        // Its steps, or its changes? Whatever is left is undone once more; nothing left is fine.
        on_all(hosts, |_, host| host.restore(Scope::System)).await?;
    }
    if layer <= Layer::Tuning {
        on_all(hosts, |_, host| host.restore(Scope::Tuning)).await?;
    }
    Ok(())
}

async fn switch(host: &Host, scope: Scope, interface: &str, offloads: &Offloads) -> Result<(), HostError> {
    for (feature, on) in offloads.switched() {
        let change = Change::Offload { interface: interface.to_owned(), feature: feature.to_owned(), on };
        host.change(scope, change).await?;
    }
    Ok(())
}
