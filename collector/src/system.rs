//! The systems under test, as data: one TOML file each, see `data/systems/README.md`.
//!
//! A [`SystemFile`] is what the file says; a [`System`] is it on the hosts of a campaign. Everything is done
//! through [`Host`]s, so the same code serves a lab and real machines. Secrets stay in memory and in the
//! lease's folder on the hosts, which is gone with the lease; none ever reaches a message or the dataset.

mod error;
mod facts;
mod file;
mod implementation;
mod link;
mod ready;
mod rehearsal;
mod secret;
mod step;
mod steps;
mod template;

pub use error::{SystemError, SystemFileError};
pub use facts::SystemFacts;
pub use file::{EMBEDDED, Family, SystemFile};
pub use link::LinkType;

use crate::agent::protocol::{Change, Scope};
use crate::host::{Command, Host, InterfaceName, on_all};
use file::{Implementation, Overlay};
use meshbench_schemas::words::Slug;
use secret::Known;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use step::Text;
use template::{Member, Scene};

/// One system over the hosts of a campaign. The hosts are given to each call, always the same ones in the
/// same order.
pub struct System {
    file: Arc<SystemFile>,
    seed: u64,
    known: Known,
    /// The implementation, once it is chosen.
    chosen: Option<Implementation>,
    members: Vec<Member>,
    /// Where each host is in the overlay, while it is up.
    ends: Vec<End>,
    /// Daemons that are to run: number of the host, name.
    daemons: Vec<(usize, String)>,
    /// Whether there may be something to stop.
    touched: bool,
}

impl std::fmt::Debug for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Facts can be secrets.
        f.debug_struct("System").field("name", &self.file.name).field("ends", &self.ends).finish_non_exhaustive()
    }
}

/// One host's end of the tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    /// The first one stands for the tunnel where one is asked for.
    interfaces: Vec<InterfaceName>,
    address: IpAddr,
}

/// How a system came up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Up {
    /// Everything, from the first step to the end of the settling time.
    pub took: Duration,
    /// Seconds from the first step until all hosts had done the last one.
    pub started_s: f64,
    /// Seconds from the first step until every host had an answer from every other one.
    pub ready_s: f64,
}

impl System {
    /// The system of a file. Keys come from `seed` where the system lets them.
    pub fn new(file: Arc<SystemFile>, seed: u64) -> Self {
        Self {
            file,
            seed,
            known: Known::default(),
            chosen: None,
            members: Vec::new(),
            ends: Vec::new(),
            daemons: Vec::new(),
            touched: false,
        }
    }

    /// What the file says.
    pub fn file(&self) -> &Arc<SystemFile> {
        &self.file
    }

    /// The name and label under which results are recorded: those of the implementation that was chosen by
    /// [`Self::prepare`]; the file's own before.
    pub fn recorded_as(&self) -> (&Slug, &str) {
        self.chosen.as_ref().map_or((&self.file.name, &self.file.label), |one| (&one.name, &one.label))
    }

    /// The overlay address of host number `host`, from 0; without a tunnel, its address on the data network.
    /// `None` while the system is not up.
    pub fn address(&self, host: usize) -> Option<IpAddr> {
        self.ends.get(host).map(|end| end.address)
    }

    /// The overlay's interfaces on host number `host`, from 0; without a tunnel, that of the data network. None while
    /// the system is not up.
    pub fn interfaces(&self, host: usize) -> &[InterfaceName] {
        self.ends.get(host).map_or(&[], |end| &end.interfaces)
    }

    /// Chooses the implementation and does the file's `prepare` steps. It can be repeated, and has to be when
    /// a lease is new, because the old one's folder is gone then; keys made from the seed are the same again.
    ///
    /// # Errors
    /// [`SystemError::Unsupported`] where no implementation has what it needs on every host.
    pub async fn prepare(&mut self, hosts: &[Host]) -> Result<(), SystemError> {
        self.ends.clear();
        self.daemons.clear();
        self.touched = false;
        self.chosen = Some(implementation::choose(&self.file, hosts).await?);
        self.members = hosts
            .iter()
            .map(|host| Member {
                name: host.name.to_string(),
                address: host.address,
                interface: host.interface.to_string(),
                folder: format!("{}/{}", host.folder(), self.file.name),
                facts: BTreeMap::new(),
            })
            .collect();
        if self.file.is_internal() {
            return Ok(());
        }
        let folders: Vec<String> = self.members.iter().map(|member| member.folder.clone()).collect();
        let made = on_all(hosts, |index, host| {
            let folder = folders.get(index).cloned().unwrap_or_default();
            async move { host.check(&Command::new("mkdir").args(["-p", "-m", "0700", "--", &folder])).await }
        });
        made.await?;
        let file = Arc::clone(&self.file);
        self.steps(hosts, &file.prepare, None).await
    }

    /// Starts the system on all hosts and waits until every host reaches every other one through it and the
    /// file's `ready` steps have succeeded. After an error, [`Self::down`] cleans up.
    ///
    /// # Errors
    /// [`SystemError::NotReady`] at the file's limit; the others where a step, a template or a host fails.
    pub async fn up(&mut self, hosts: &[Host]) -> Result<Up, SystemError> {
        if self.chosen.is_none() {
            self.prepare(hosts).await?;
        }
        let began = Instant::now();
        let file = Arc::clone(&self.file);
        let Some(overlay) = &file.overlay else {
            let end = |host: &Host| End { interfaces: vec![host.interface.clone()], address: host.address };
            self.ends = hosts.iter().map(end).collect();
            let ready = self.reached(hosts, READY_WITHIN_BARE, began).await?;
            return Ok(Up { took: began.elapsed(), started_s: 0.0, ready_s: ready });
        };
        self.touched = true;
        self.daemons.clear();
        self.reserve(hosts).await?;
        let began = Instant::now();
        if let Err(error) = self.steps(hosts, &file.start, None).await {
            // A daemon that gave up says more than the step that needed it.
            return Err(match self.dead(hosts).await {
                Ok(Some(what)) => {
                    SystemError::Ended { system: file.label.clone(), what: format!("{what}; then {error}") }
                }
                _ => error,
            });
        }
        let started_s = began.elapsed().as_secs_f64();
        self.ends = self.find_ends(hosts, overlay)?;
        let ready_s = self.reached(hosts, overlay.ready_within, began).await?;
        let left = ready::allowed(overlay.ready_within, hosts.len()).saturating_sub(began.elapsed());
        self.steps(hosts, &file.ready, Some(left)).await?;
        if !overlay.settle.is_zero() {
            tokio::time::sleep(overlay.settle).await;
            self.reached(hosts, overlay.ready_within, Instant::now()).await?;
        }
        Ok(Up { took: began.elapsed(), started_s, ready_s })
    }

    /// Does the file's `stop` steps, ends every daemon and undoes every change. Fine when it is not up.
    pub async fn down(&mut self, hosts: &[Host]) -> Result<(), SystemError> {
        self.ends.clear();
        let file = Arc::clone(&self.file);
        let stopped =
            if std::mem::take(&mut self.touched) { self.steps(hosts, &file.stop, None).await } else { Ok(()) };
        self.daemons.clear();
        on_all(hosts, |_, host| async move { host.restore(Scope::System).await }).await?;
        stopped
    }

    /// Lets the hosts make the overlay's interfaces, and delete them in the end.
    async fn reserve(&self, hosts: &[Host]) -> Result<(), SystemError> {
        let mut names = Vec::new();
        for (index, host) in hosts.iter().enumerate() {
            names.push(self.named(host, index)?);
        }
        let names = &names;
        let reserved = on_all(hosts, |index, host| async move {
            for name in names.get(index).into_iter().flatten().filter(|name| **name != host.interface) {
                host.change(Scope::System, Change::Interface { name: name.to_string() }).await?;
            }
            Ok(())
        });
        reserved.await?;
        Ok(())
    }

    fn find_ends(&self, hosts: &[Host], overlay: &Overlay) -> Result<Vec<End>, SystemError> {
        let mut ends = Vec::new();
        for (index, host) in hosts.iter().enumerate() {
            let address: IpAddr = self.render(host, index, &overlay.address)?;
            if Family::of(address) != overlay.family {
                let message = format!("{address} is not of the family {}", overlay.family.as_str());
                return Err(self.template_error(host, self.file.error(overlay.address.span(), message)));
            }
            ends.push(End { interfaces: self.named(host, index)?, address });
        }
        Ok(ends)
    }

    /// Names of a host's overlay interfaces.
    fn named(&self, host: &Host, index: usize) -> Result<Vec<InterfaceName>, SystemError> {
        self.scene().interfaces(index).map_err(|error| self.template_error(host, error))
    }

    /// Renders a template for a host and reads what it gives.
    fn render<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        host: &Host,
        index: usize,
        text: &Text,
    ) -> Result<T, SystemError> {
        let rendered = self.scene().render(text, index, None).map_err(|error| self.template_error(host, error))?;
        rendered.trim().parse().map_err(|error| {
            let message = self.known.redact(&format!("`{}`: {error}", rendered.escape_debug()));
            self.template_error(host, self.file.error(text.span(), message))
        })
    }

    fn template_error(&self, host: &Host, error: SystemFileError) -> SystemError {
        SystemError::Template { host: host.name.to_string(), error }
    }

    fn scene(&self) -> Scene<'_> {
        let chosen = self.chosen.as_ref().map_or(self.file.name.as_str(), |one| one.name.as_str());
        Scene::new(&self.file, chosen, self.seed, &self.known, &self.members)
    }
}

/// How long bare hosts may take to reach each other.
const READY_WITHIN_BARE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
