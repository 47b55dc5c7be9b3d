//! Doing steps: on all hosts at once, and none before the one before it is done everywhere.

use super::System;
use super::error::SystemError;
use super::file::SystemFile;
use super::step::{Action, Run, Secrecy, Step};
use super::template::Fact;
use crate::agent::protocol::{Change, Role, Scope};
use crate::host::{Command, Host, HostError, Output, Status, excerpt, on_all};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Time between two tries of a step that is repeated until it succeeds.
const PAUSE: Duration = Duration::from_millis(100);

/// What a host found: the number of the host that it concerns, and the text.
type Found = Vec<(usize, String)>;

impl System {
    /// Does steps in their order. With `patience`, each is tried again until it succeeds, for that long.
    pub(super) async fn steps(
        &mut self,
        hosts: &[Host],
        steps: &[Step],
        patience: Option<Duration>,
    ) -> Result<(), SystemError> {
        let implementation = self.recorded_as().0.to_string();
        for step in SystemFile::of(steps, &implementation) {
            self.step(hosts, step, patience).await?;
        }
        Ok(())
    }

    async fn step(&mut self, hosts: &[Host], step: &Step, patience: Option<Duration>) -> Result<(), SystemError> {
        let scene = self.scene();
        let mut planned = Vec::new();
        for (index, host) in hosts.iter().enumerate() {
            planned.push(scene.actions(step, index).map_err(|error| self.template_error(host, error))?);
        }
        drop(scene);
        for (index, actions) in planned.iter().enumerate() {
            let launched = actions.iter().filter_map(|(_, action)| match action {
                Action::Launch { name, .. } => Some((index, name.clone())),
                _ => None,
            });
            self.daemons.extend(launched);
        }
        let (this, planned) = (&*self, &planned);
        let done = on_all(hosts, |index, host| async move {
            let mut found: Found = Vec::new();
            for (owner, action) in planned.get(index).into_iter().flatten() {
                match this.perform(host, step, action, patience).await {
                    Ok(Some(fact)) => found.push((*owner, fact)),
                    Ok(None) => {}
                    Err(error) => return Ok(Err(error)),
                }
            }
            Ok(Ok(found))
        });
        let done: Vec<Result<Found, SystemError>> = done.await?;
        let found = done.into_iter().collect::<Result<Vec<Found>, SystemError>>()?;
        if let Action::Run(Run { capture: Some(capture), .. }) = &step.action {
            for (owner, value) in found.into_iter().flatten() {
                if capture.secrecy != Secrecy::Public {
                    self.known.add(&value);
                }
                if let Some(member) = self.members.get_mut(owner) {
                    member.facts.insert(capture.fact.clone(), Fact { value, secrecy: capture.secrecy });
                }
            }
        }
        Ok(())
    }

    /// Does one thing on one host; returns the fact it found.
    async fn perform(
        &self,
        host: &Host,
        step: &Step,
        action: &Action<String>,
        patience: Option<Duration>,
    ) -> Result<Option<String>, SystemError> {
        match action {
            Action::Run(run) => return self.run(host, step, run, run.retry.or(patience)).await,
            Action::Launch { name, command, environment } => {
                host.launch(name, Role::Daemon, &program(command, environment)).await?;
            }
            Action::Write { path, mode, content } => {
                host.write(&format!("{}/{path}", self.file.name), *mode, content.as_bytes()).await?;
            }
            Action::Undo(command) => host.change(Scope::System, Change::Undo { command: command.clone() }).await?,
            Action::Sysctl { key, value } => {
                host.change(Scope::System, Change::Sysctl { key: key.clone(), value: value.clone() }).await?;
            }
        }
        Ok(None)
    }

    async fn run(
        &self,
        host: &Host,
        step: &Step,
        run: &Run<String>,
        patience: Option<Duration>,
    ) -> Result<Option<String>, SystemError> {
        let mut command = program(&run.command, &run.environment).deadline(run.deadline);
        if let Some(stdin) = &run.stdin {
            command = command.stdin(stdin.as_bytes());
        }
        let began = Instant::now();
        let wrong = loop {
            let wrong = match host.run(&command).await? {
                Output { status: Status::Exited(0), stdout, .. } => match &run.capture {
                    None => return Ok(None),
                    Some(capture) => match capture.of(&String::from_utf8_lossy(&stdout)) {
                        Some(fact) => return Ok(Some(fact)),
                        None if capture.secrecy == Secrecy::Public => {
                            format!("found no `{}` in its output: {}", capture.fact, excerpt(&stdout))
                        }
                        None => format!("found no `{}` in its output", capture.fact),
                    },
                },
                output => match &run.capture {
                    // A secret may be half written.
                    Some(capture) if capture.secrecy != Secrecy::Public && output.stderr.is_empty() => {
                        output.status.to_string()
                    }
                    _ => format!("{}: {}", output.status, output.excerpt()),
                },
            };
            if patience.is_none_or(|patience| began.elapsed() >= patience) {
                break wrong;
            }
            tokio::time::sleep(PAUSE).await;
        };
        let waited = patience.map(|patience| format!(" (tried for {patience:?})")).unwrap_or_default();
        Err(SystemError::Step {
            origin: self.file.origin.clone(),
            line: step.line,
            program: command.program().to_owned(),
            host: host.name.to_string(),
            message: self.known.redact(&wrong) + &waited,
        })
    }

    /// The ends of the daemons' logs with the hosts' names, for messages. `None` where there are no daemons
    /// or no host answers.
    pub async fn log(&self, hosts: &[Host]) -> Option<String> {
        let logs = self.daemon_states(hosts).await.ok()?;
        let told: Vec<String> = logs.into_iter().map(|state| format!("{}: {}", state.what, state.log)).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// A daemon that has ended although it was to stay: which one on which host, and the end of its log.
    pub async fn dead(&self, hosts: &[Host]) -> Result<Option<String>, SystemError> {
        let states = self.daemon_states(hosts).await?;
        let dead = states.into_iter().find(|state| !state.running);
        Ok(dead.map(|state| format!("{} has ended by itself; the end of its log: {}", state.what, state.log)))
    }

    async fn daemon_states(&self, hosts: &[Host]) -> Result<Vec<DaemonState>, HostError> {
        if self.daemons.is_empty() {
            return Ok(Vec::new());
        }
        let launched = on_all(hosts, |_, host| async move { host.launched().await }).await?;
        let state = |(index, name): &(usize, String)| {
            let found = launched.get(*index).and_then(|launched| launched.get(name));
            let host = hosts.get(*index).map(|host| host.name.as_str()).unwrap_or_default();
            DaemonState {
                what: format!("{name} on {host}"),
                running: found.is_some_and(|found| found.running),
                log: found.map_or_else(
                    || "there is none".to_owned(),
                    |found| excerpt(self.known.redact(&String::from_utf8_lossy(&found.log.0)).as_bytes()),
                ),
            }
        };
        Ok(self.daemons.iter().map(state).collect())
    }
}

struct DaemonState {
    what: String,
    running: bool,
    log: String,
}

fn program(words: &[String], environment: &BTreeMap<String, String>) -> Command {
    let (program, arguments) = words.split_first().map_or(("", &[][..]), |(program, rest)| (program.as_str(), rest));
    environment.iter().fold(Command::new(program).args(arguments), |command, (key, value)| command.env(key, value))
}
