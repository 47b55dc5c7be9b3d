//! The matrix file: what a campaign measures.
//!
//! A matrix is TOML. Everything in it is typed and checked while it is read; an error names the line, the
//! column and what is allowed there, see [`MatrixError`].

mod units;

pub use units::{Ratio, Span, UnitError};

use crate::impairment::Netem;
use crate::system::SystemKind;
use meshbench_schemas::words::{Slug, Workload};
use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use toml::Spanned;

/// The matrices inside the binary, by name.
pub const EMBEDDED: &[(&str, &str)] = &[("smoke", include_str!("../../data/matrices/smoke.toml"))];

/// The smallest and the largest number of hosts a lab can have.
pub const LAB_HOSTS: std::ops::RangeInclusive<u8> = 2..=16;

/// More blocks than this are a slip of the keyboard.
const MOST_BLOCKS: u32 = 10_000;

/// What a campaign measures, how often, and how each run is limited.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// The campaign's name, also its folder-safe id.
    pub name: Slug,
    /// Fixes the order of all runs.
    pub seed: u64,
    /// How often the whole matrix is repeated, each time in an order of its own.
    pub blocks: u32,
    /// How many hosts a lab has. They form a ring h1 → h2 → … → h1.
    pub hosts: u8,
    /// The systems measured.
    pub systems: Vec<SystemKind>,
    /// The impairment profiles, by name; an empty one leaves the network alone.
    pub profiles: BTreeMap<Slug, Netem>,
    /// What is run over each link.
    pub workloads: Workloads,
}

/// The workloads of a matrix with their parameters; one that is absent is not run.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workloads {
    /// Round trips of ICMP echo packets.
    pub ping: Option<PingParameters>,
    /// One TCP transfer, source to target.
    pub tcp: Option<TcpParameters>,
}

/// Parameters of the `ping` workload.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PingParameters {
    /// Echo requests sent.
    pub count: std::num::NonZeroU32,
    /// Time between two requests.
    pub interval: Span,
    /// The run is stopped, and counts as censored, after this time.
    pub limit: Span,
}

/// Parameters of the `tcp` workload.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TcpParameters {
    /// How long data is sent.
    pub duration: Span,
    /// The run is stopped, and counts as censored, after this time.
    pub limit: Span,
}

impl Workloads {
    /// The workloads that are run, in the order of the vocabulary.
    pub fn present(&self) -> Vec<Workload> {
        let ping = self.ping.as_ref().map(|_| Workload::Ping);
        let tcp = self.tcp.as_ref().map(|_| Workload::Tcp);
        ping.into_iter().chain(tcp).collect()
    }
}

/// The file as it is written, before names and numbers are checked against each other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: Spanned<String>,
    seed: u64,
    blocks: Spanned<u32>,
    hosts: Spanned<u8>,
    systems: Spanned<Vec<Spanned<String>>>,
    profiles: BTreeMap<Spanned<String>, Netem>,
    workloads: Spanned<Workloads>,
}

/// A matrix that cannot be used, with the place in the file that is wrong.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum MatrixError {
    /// No file and no embedded matrix has this name.
    #[error("there is no matrix `{name}`")]
    #[diagnostic(help("give the path of a TOML file, or one of the built-in matrices: {known}"))]
    Unknown {
        /// The name that was given.
        name: String,
        /// The names of the embedded matrices.
        known: String,
    },
    /// The file exists and cannot be read.
    #[error("failed to read the matrix {path}: {cause}")]
    Read {
        /// The path as it was given.
        path: String,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// The text is not a valid matrix.
    #[error("{origin}, line {line}, column {column}: {message}")]
    Invalid {
        /// The file or built-in name.
        origin: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// What is wrong and what is allowed.
        message: String,
        /// The whole text, for display.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// The place in the text.
        #[label("here")]
        span: SourceSpan,
    },
}

impl Matrix {
    /// Reads the matrix named `name`: a built-in one, or the path of a TOML file. Returns the text as well,
    /// because the dataset keeps it verbatim.
    pub fn load(name: &str) -> Result<(Self, String), MatrixError> {
        let text = match EMBEDDED.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => (*text).to_owned(),
            None if !Path::new(name).exists() => {
                let known = EMBEDDED.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
                return Err(MatrixError::Unknown { name: name.to_owned(), known });
            }
            None => {
                std::fs::read_to_string(name).map_err(|cause| MatrixError::Read { path: name.to_owned(), cause })?
            }
        };
        Ok((Self::parse(name, &text)?, text))
    }

    /// Parses the text of a matrix file; `origin` names it in errors.
    pub fn parse(origin: &str, text: &str) -> Result<Self, MatrixError> {
        let fail = |span: std::ops::Range<usize>, message: String| invalid(origin, text, span, message);
        let raw: Raw =
            toml::from_str(text).map_err(|error| fail(error.span().unwrap_or(0..0), error.message().to_owned()))?;
        let name = Slug::new(raw.name.get_ref()).map_err(|bad| fail(raw.name.span(), bad.to_string()))?;
        if *raw.blocks.get_ref() == 0 {
            return Err(fail(raw.blocks.span(), "at least one block is needed".to_owned()));
        }
        if *raw.blocks.get_ref() > MOST_BLOCKS {
            return Err(fail(raw.blocks.span(), format!("at most {MOST_BLOCKS} blocks make sense")));
        }
        if !LAB_HOSTS.contains(raw.hosts.get_ref()) {
            let message = format!("a lab has {} to {} hosts", LAB_HOSTS.start(), LAB_HOSTS.end());
            return Err(fail(raw.hosts.span(), message));
        }
        let mut systems = Vec::new();
        for system in raw.systems.get_ref() {
            let kind: SystemKind = system.get_ref().parse().map_err(|error| fail(system.span(), format!("{error}")))?;
            if systems.contains(&kind) {
                return Err(fail(system.span(), format!("`{kind}` is listed twice")));
            }
            systems.push(kind);
        }
        if systems.is_empty() {
            return Err(fail(raw.systems.span(), "list at least one system".to_owned()));
        }
        let mut profiles = BTreeMap::new();
        for (key, netem) in raw.profiles {
            let slug = Slug::new(key.get_ref()).map_err(|bad| fail(key.span(), bad.to_string()))?;
            netem.check().map_err(|error| fail(key.span(), format!("profile `{slug}`: {error}")))?;
            profiles.insert(slug, netem);
        }
        if profiles.is_empty() {
            return Err(fail(0..0, "a profile is needed; `[profiles.baseline]` is one without impairment".to_owned()));
        }
        let workloads = raw.workloads.get_ref();
        if workloads.present().is_empty() {
            return Err(fail(raw.workloads.span(), "name at least one workload: ping, tcp".to_owned()));
        }
        check_limits(workloads).map_err(|message| fail(raw.workloads.span(), message))?;
        Ok(Self {
            name,
            seed: raw.seed,
            blocks: *raw.blocks.get_ref(),
            hosts: *raw.hosts.get_ref(),
            systems,
            profiles,
            workloads: raw.workloads.into_inner(),
        })
    }

    /// Whether any profile changes the network.
    pub fn impairs(&self) -> bool {
        self.profiles.values().any(|netem| !netem.is_none())
    }
}

/// A limit below the time a run takes by itself would censor every run.
fn check_limits(workloads: &Workloads) -> Result<(), String> {
    if let Some(ping) = &workloads.ping {
        let own = ping.interval.get().saturating_mul(ping.count.get());
        if ping.limit.get() <= own {
            return Err(format!("ping takes {own:?} by itself, so its limit has to be longer than {}", ping.limit));
        }
    }
    if let Some(tcp) = &workloads.tcp {
        if tcp.duration.get().subsec_nanos() != 0 || tcp.duration.get().is_zero() {
            return Err(format!(
                "tcp's duration has to be whole seconds (iperf3 takes no others), not {}",
                tcp.duration
            ));
        }
        if tcp.limit.get() <= tcp.duration.get() {
            return Err(format!(
                "tcp takes {} by itself, so its limit has to be longer than {}",
                tcp.duration, tcp.limit
            ));
        }
    }
    Ok(())
}

fn invalid(origin: &str, text: &str, span: std::ops::Range<usize>, message: String) -> MatrixError {
    let before = text.get(..span.start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    MatrixError::Invalid {
        origin: origin.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        message,
        text: Arc::new(NamedSource::new(origin, text.to_owned()).with_language("TOML")),
        span: (span.start, span.len()).into(),
    }
}

#[cfg(test)]
mod tests;
