//! The way to the hosts while a campaign runs: made, lost, given back, and a look at them before anything is measured.

use super::bring::{Part, Trouble};
use super::journal::{Event, Problem};
use super::stop::unless_stopped;
use super::{Campaign, CampaignError, attempt, facts, retry};
use crate::agent::protocol::UnfitKind;
use crate::doctor::{self, Code, Finding, Report};
use crate::host::{Host, HostError, on_all};
use std::collections::BTreeSet;
use std::time::Duration;

/// Time for hosts to restore themselves when a campaign is stopped at once.
pub const RELEASE_WITHIN: Duration = Duration::from_secs(20);

impl Campaign {
    /// Makes the way to the hosts, if it is not there, and looks at them once in a session. The person's wish to stop is
    /// heard meanwhile.
    pub(super) async fn connected(&mut self) -> Result<(), CampaignError> {
        if self.hosts.is_some() {
            return Ok(());
        }
        let (stop, folder) = (self.stop.clone(), self.folder.clone());
        unless_stopped(stop, &folder, self.connect()).await?
    }

    async fn connect(&mut self) -> Result<(), CampaignError> {
        self.progress.message("connecting to the hosts");
        let mut losses = 0;
        loop {
            let hosts = match self.state.runs.is_empty() && losses == 0 {
                // At the very beginning an error is more likely a mistake than an accident.
                true => match self.roads.connect().await {
                    Ok(hosts) => hosts,
                    Err(error) => return Err(self.explained(error).await?),
                },
                false => match self.roads.reconnect().await {
                    Err(CampaignError::Host(error)) if !self.looked => return Err(self.explained(error).await?),
                    reached => reached?,
                },
            };
            for host in &hosts {
                for swept in host.swept() {
                    self.progress.note(&format!("{}: {swept}", host.name));
                }
            }
            let looked = match self.looked {
                true => Ok(()),
                false => self.look(&hosts).await?,
            };
            let base = match looked {
                Ok(()) => attempt::base(&self.matrix, &hosts).await,
                Err(error) => Err(error),
            };
            self.hosts = Some(hosts);
            match base {
                Ok(base) => self.base = base,
                Err(error) if error.is_lost() && losses < retry::MOST_LOST_STARTS => {
                    losses += 1;
                    self.disconnected(error.to_string()).await?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            self.systems.clear();
            return Ok(());
        }
    }

    /// Looks at connected hosts as `collect doctor` does, and refuses to measure on them where it finds a problem that
    /// the campaign was not told to pass over. Hosts that exist for this campaign need only half of that look.
    async fn look(&mut self, hosts: &[Host]) -> Result<Result<(), HostError>, CampaignError> {
        self.progress.message("looking at the hosts");
        let depth = if self.place == super::HOSTS { doctor::Depth::Full } else { doctor::Depth::Quick };
        match doctor::look(&self.matrix, hosts, &self.folder, depth).await {
            Ok(report) => self.judge(&report)?,
            Err(error) => return Ok(Err(error)),
        }
        self.looked = true;
        Ok(Ok(()))
    }

    /// Keeps what was found, and refuses because of it.
    fn judge(&mut self, report: &Report) -> Result<(), CampaignError> {
        let found: Vec<&Finding> = report.problems().collect();
        let is_told = |finding: &Finding| finding.code.is_some_and(|code| self.despite.contains(&code));
        for unused in self.despite.iter().filter(|code| !found.iter().any(|finding| finding.code == Some(**code))) {
            self.progress.note(&format!("--despite {unused}: there is no such problem"));
        }
        let (over, refused): (Vec<&Finding>, Vec<&Finding>) =
            found.iter().partition(|finding| !finding.fatal && is_told(finding));
        let problems = found.iter().map(|finding| problem(finding)).collect();
        let despite = self.despite.iter().map(ToString::to_string).collect();
        self.write(Event::HostsLookedAt { problems, despite })?;
        for finding in over {
            self.progress.note(&format!("measuring despite a problem: {}", problem(finding)));
        }
        if refused.is_empty() {
            return Ok(());
        }
        let fatal = refused.iter().any(|finding| finding.fatal);
        let despite = refused.iter().filter_map(|finding| finding.code.filter(|_| !fatal)).collect();
        Err(CampaignError::Refused { problems: refused.into_iter().map(problem).collect(), despite })
    }

    /// What `collect doctor` says of hosts of which one could not be connected to.
    async fn explained(&mut self, error: HostError) -> Result<CampaignError, CampaignError> {
        let report = doctor::examine(&self.matrix, &self.roads, &self.folder).await;
        self.judge(&report)?;
        Ok(error.into())
    }

    /// Looks whether all hosts can do their part whatever is measured, after something went wrong on them. A loss of the
    /// way to one is trouble as anywhere else.
    ///
    /// # Errors
    /// [`CampaignError::Unfit`] where one cannot: all that is left of the campaign would fail in the same way.
    pub(super) async fn fit(&self) -> Part {
        let hosts = match self.hosts() {
            Ok(hosts) => hosts,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let impairs = self.matrix.impairs();
        let found = match on_all(hosts, |_, host| host.fitness(impairs)).await {
            Ok(found) => found,
            Err(error) if error.is_lost() => return Ok(Err(Trouble::Lost(error.to_string()))),
            Err(error) => return Err(error.into()),
        };
        let (mut problems, mut despite, mut fatal) = (Vec::new(), BTreeSet::new(), false);
        for (host, unfit) in hosts.iter().zip(found) {
            for unfit in unfit {
                let code = code(unfit.kind);
                // Without room an agent cannot even be started again.
                let is_fatal = unfit.kind == UnfitKind::NoRoom;
                if is_fatal || !self.despite.contains(&code) {
                    let (host, name) = (Some(host.name.to_string()), code.to_string());
                    problems.push(Problem { host, code: name, what: unfit.what, help: None });
                    despite.insert(code);
                    fatal |= is_fatal;
                }
            }
        }
        if problems.is_empty() {
            return Ok(Ok(()));
        }
        if fatal {
            despite.clear();
        }
        Err(CampaignError::Unfit { problems, despite })
    }

    /// The way to some host is gone: the others are released, and all are connected to anew when they are needed.
    pub(super) async fn disconnected(&mut self, message: String) -> Result<(), CampaignError> {
        self.progress.note(&message);
        self.write(Event::HostLost { message })?;
        self.systems.clear();
        if let Some(hosts) = self.hosts.take() {
            let released = futures_util::future::join_all(hosts.into_iter().map(Host::release));
            let released = tokio::time::timeout(RELEASE_WITHIN, released);
            let _ = unless_stopped(self.stop.clone(), &self.folder, released).await?;
        }
        Ok(())
    }

    /// Gives all hosts back as they were.
    pub(super) async fn release(&mut self) -> Result<(), CampaignError> {
        self.systems.clear();
        let Some(hosts) = self.hosts.take() else { return Ok(()) };
        let released = futures_util::future::join_all(hosts.into_iter().map(Host::release)).await;
        Ok(released.into_iter().collect::<Result<(), _>>()?)
    }

    /// Reads facts of all hosts.
    pub(super) async fn facts(&mut self, phase: &str) -> Result<(), CampaignError> {
        let Some(hosts) = &self.hosts else { return Ok(()) };
        let facts = on_all(hosts, |_, host| async move { Ok((host.name.to_string(), facts::read(host).await?)) });
        match unless_stopped(self.stop.clone(), &self.folder, facts).await? {
            Ok(facts) => {
                for (host, facts) in facts {
                    self.write(Event::HostFacts { host, phase: phase.to_owned(), facts })?;
                }
                Ok(())
            }
            Err(error) if error.is_lost() => self.disconnected(error.to_string()).await,
            Err(error) => Err(error.into()),
        }
    }
}

fn problem(finding: &Finding) -> Problem {
    Problem {
        host: finding.host.as_ref().map(ToString::to_string),
        code: finding.code.map_or_else(String::new, |code| code.to_string()),
        what: finding.what.clone(),
        help: finding.help.clone(),
    }
}

/// The name that `collect doctor` has for what keeps a host from doing its part.
const fn code(kind: UnfitKind) -> Code {
    match kind {
        UnfitKind::NoRoom => Code::HostRoom,
        UnfitKind::NoInterface => Code::NoInterface,
        UnfitKind::NoTc => Code::ToolMissing,
        UnfitKind::ForeignQdisc => Code::ForeignQdisc,
    }
}
