//! The matrix file: what a campaign measures.
//!
//! A matrix is TOML. Everything in it is typed and checked while it is read; an error names the line, the
//! column and what is allowed there, see [`MatrixError`]. [`template`] shows and explains every key.

mod error;
mod file;
mod hosts;

pub use error::MatrixError;
pub use hosts::{Hosts, LAB_HOSTS, RealHost};
use meshbench_terminal::Known;

use crate::impairment::Netem;
use crate::system::{SystemFile, SystemFileError};
use crate::tuning::Tuning;
use crate::units::{Ratio, Span};
use crate::workload::calibration::Calibration;
use crate::workload::{self, Load, Workloads};
use meshbench_schemas::words::{Slug, Workload};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

/// The matrices inside the binary, by name.
pub const EMBEDDED: &[(&str, &str)] = &[
    ("smoke", include_str!("../../data/matrices/smoke.toml")),
    ("lab-five", include_str!("../../data/matrices/lab-five.toml")),
    ("thesis", include_str!("../../data/matrices/thesis.toml")),
];

/// What a command line says of an argument that [`Matrix::load`] takes.
pub fn help() -> String {
    let names: Vec<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
    format!("A built-in matrix ({}) or the path of a matrix file", names.join(", "))
}

/// A commented matrix with every key, to start from: each workload adds its own table.
pub fn template() -> String {
    let tables: Vec<&str> = workload::ALL.iter().map(|about| about.template).collect();
    format!("{}{}", include_str!("../../data/matrices/template.toml"), tables.join("\n"))
}

/// The system that is no VPN; controls measure it.
pub const CONTROL_SYSTEM: &str = "internal";

/// What a campaign measures, how often, and how each run is limited.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// The campaign's name, also its folder-safe id.
    pub name: Slug,
    /// Fixes the order of all runs.
    pub seed: u64,
    /// How often the whole matrix is repeated, each time in an order of its own.
    pub blocks: Blocks,
    /// The hosts, made in a lab or reached over SSH.
    pub hosts: Hosts,
    /// What is measured between them: source and target, by their numbers from 0; no pair twice.
    pub links: Vec<(usize, usize)>,
    /// The systems measured; no name twice.
    pub systems: Vec<Arc<SystemFile>>,
    /// The host settings under test, by name; at least one.
    pub tunings: BTreeMap<Slug, Tuning>,
    /// The impairment profiles, by name; an empty one leaves the network alone. At least one.
    pub profiles: BTreeMap<Slug, Netem>,
    /// What is run over each link.
    pub workloads: Workloads,
    /// Whether `internal` is measured at both ends of each block, to see drift.
    pub controls: bool,
    /// Whether a tunnel may go through a relay; its run is invalid otherwise.
    pub allow_relay: bool,
    /// The pings over the bare underlay around each run; `None` where they are switched off.
    pub calibration: Option<Calibration>,
    /// Whether hosts are sampled each second while something runs.
    pub sampling: Sampling,
    /// How often a run is tried whose failure may pass.
    pub attempts: NonZeroU32,
    /// The hosts' networks beside the data network.
    pub network: Network,
}

/// The hosts' networks beside the data network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// What the networks that SSH comes over may carry meanwhile.
    pub management: Management,
}

/// What the networks that SSH comes over may carry while a campaign holds the hosts. A lab's always carries SSH only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Management {
    /// Anything.
    #[default]
    Open,
    /// SSH, and what keeps a host in its network (ARP, neighbour discovery, DHCP, DNS, NTP).
    SshOnly,
}

/// How often the whole matrix is repeated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blocks {
    /// Blocks that are run in any case, at least 1.
    pub minimum: u32,
    /// Blocks after which it ends in any case, at least `minimum`.
    pub maximum: u32,
    /// Half the width of a cell's own interval, relative to its value, at which it is narrow enough.
    pub precision: Option<Ratio>,
    /// So many of the latest blocks do not decide whether it is: they confirm what was found before. With 0 the width of an
    /// interval decides when it is final, and it holds less often than it says; with 2 it keeps its confidence.
    pub confirm: u32,
    /// Time after which no block is begun any more, once the minimum is there.
    pub budget: Option<Span>,
}

impl Blocks {
    /// Always so many blocks.
    pub const fn fixed(blocks: u32) -> Self {
        Self { minimum: blocks, maximum: blocks, precision: None, confirm: 0, budget: None }
    }

    /// Whether the number of blocks depends on what is measured.
    pub const fn adaptive(&self) -> bool {
        self.minimum < self.maximum
    }
}

/// Whether hosts are sampled each second while something runs: CPU, daemons, interfaces, netem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampling {
    /// In every block.
    #[default]
    Always,
    /// In none.
    Never,
    /// In every second block only, to see what it costs.
    Alternate,
}

impl Sampling {
    /// Whether hosts are sampled in a block.
    pub const fn in_block(self, block: u32) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Alternate => block.is_multiple_of(2),
        }
    }
}

impl Matrix {
    /// Reads the matrix named `name`: a built-in one, or the path of a TOML file. System files in it are
    /// found relative to its folder. Returns the text as well, because the dataset keeps it verbatim.
    ///
    /// # Errors
    /// There is no such matrix, it cannot be read, or something in it is wrong.
    pub fn load(name: &str) -> Result<(Self, String), MatrixError> {
        let known = Known::new("matrix", EMBEDDED.iter().map(|(known, _)| *known));
        let (text, base) = match known.find(name) {
            Ok(meant) if meant == name || !Path::new(name).exists() => {
                let found = EMBEDDED.iter().find(|(known, _)| *known == meant);
                (found.map_or_else(String::new, |(_, text)| (*text).to_owned()), None)
            }
            Err(unknown) if !Path::new(name).exists() => return Err(MatrixError::Unknown(unknown)),
            _ => {
                let read = std::fs::read_to_string(name);
                let text = read.map_err(|cause| MatrixError::Read { path: name.to_owned(), cause })?;
                (text, Some(Path::new(name).parent().unwrap_or(Path::new(""))))
            }
        };
        let matrix = Self::parse(name, &text, &|reference| SystemFile::load(reference, base))?;
        Ok((matrix, text))
    }

    /// Parses the text of a matrix file; `origin` names it in errors, `find` gives the system that a
    /// reference stands for.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn parse(
        origin: &str,
        text: &str,
        find: &dyn Fn(&str) -> Result<Arc<SystemFile>, SystemFileError>,
    ) -> Result<Self, MatrixError> {
        file::parse(origin, text, find)
    }

    /// Whether any profile changes the network.
    pub fn impairs(&self) -> bool {
        self.profiles.values().any(|netem| !netem.is_none())
    }

    /// The profiles that leave the network alone.
    pub fn unimpaired(&self) -> impl Iterator<Item = &Slug> {
        self.profiles.iter().filter(|(_, netem)| netem.is_none()).map(|(name, _)| name)
    }

    /// The tuning under which controls run: `default` where there is one, else the first by name.
    pub fn control_tuning(&self) -> Option<&Slug> {
        let default = self.tunings.keys().find(|name| name.as_str() == DEFAULT_TUNING);
        default.or_else(|| self.tunings.keys().next())
    }

    /// The workloads that controls run, of those of the matrix.
    pub fn control_workloads(&self) -> Vec<&dyn Load> {
        self.workloads.present().into_iter().filter(|load| load.about().control).collect()
    }

    /// What is run under one profile: each workload with its links.
    pub fn cells(&self, loads: &[&dyn Load]) -> Vec<(Workload, Vec<(usize, usize)>)> {
        let of = |load: &&dyn Load| -> Vec<_> {
            let word = load.about().word;
            match load.about().all_links {
                true => vec![(word, self.links.clone())],
                false => self.links.iter().map(|link| (word, vec![*link])).collect(),
            }
        };
        loads.iter().flat_map(of).collect()
    }

    /// How many runs each block has.
    pub fn runs_per_block(&self) -> u32 {
        let stays = self.systems.len() * self.tunings.len();
        let ordinary = stays * self.profiles.len() * self.cells(&self.workloads.present()).len();
        let control = self.unimpaired().count() * self.cells(&self.control_workloads()).len();
        u32::try_from(ordinary + if self.controls { 2 * control } else { 0 }).unwrap_or(u32::MAX)
    }
}

/// The tuning that a matrix has where it names none: hosts as they are.
const DEFAULT_TUNING: &str = "default";

#[cfg(test)]
mod tests;
