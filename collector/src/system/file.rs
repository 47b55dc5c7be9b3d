//! A system file: one TOML file that says everything about one system.
//!
//! The format is described in `data/systems/README.md`. A file is checked when it is read, and rehearsed:
//! every template is rendered for three made-up hosts, so that a slip is found before any host is touched.

use super::error::SystemFileError;
use super::link::LinkType;
use super::step::{Names, RawStep, Step, Text, regex};
use super::{rehearsal, template};
use crate::units::Span;
use meshbench_schemas::words::Slug;
use meshbench_terminal::{Known, file};
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use toml::Spanned;

/// How long a system may take until every link answers, where its file does not say.
const READY_WITHIN: Duration = Duration::from_secs(30);

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        /// The system files inside the binary: names and texts.
        pub const EMBEDDED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../data/systems/", $name, ".toml")))),*];
    };
}

embedded! {
    "internal", "wireguard", "tinc", "nebula", "yggdrasil", "headscale", "zerotier", "mycelium", "hyprspace", "vpncloud",
    "easytier", "fastd", "openvpn", "strongswan", "tinc11",
}

/// One system, as its file says.
#[derive(Debug, Clone)]
pub struct SystemFile {
    /// Its name in matrices.
    pub name: Slug,
    /// How people write the name.
    pub label: String,
    /// A remark that goes into the dataset.
    pub note: Option<String>,
    pub(super) values: BTreeMap<String, toml::Value>,
    pub(super) environment: BTreeMap<String, Text>,
    pub(super) roles: BTreeMap<String, Who>,
    pub(super) programs: BTreeMap<String, Program>,
    pub(super) implementations: Vec<Implementation>,
    /// None: no tunnel, the data network itself.
    pub(super) overlay: Option<Overlay>,
    pub(super) prepare: Vec<Step>,
    pub(super) start: Vec<Step>,
    pub(super) ready: Vec<Step>,
    pub(super) stop: Vec<Step>,
    pub(super) origin: String,
    text: String,
}

/// Which hosts have a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// The first one.
    First,
    /// All others.
    Rest,
}

impl Who {
    /// Whether host number `index`, from 0, is meant.
    pub const fn includes(self, index: usize) -> bool {
        (index == 0) == matches!(self, Self::First)
    }
}

/// A program that a system needs.
#[derive(Debug, Clone)]
pub struct Program {
    /// Only hosts of this role need it.
    pub role: Option<String>,
    /// Arguments that make it say its version.
    pub version: Option<Vec<String>>,
    /// What of that is the version.
    pub pattern: Option<Regex>,
    /// Debian's package.
    pub debian: Option<String>,
    /// The package in nixpkgs.
    pub nix: Option<String>,
    /// How else to get it.
    pub hint: Option<String>,
}

/// One way to have a system.
#[derive(Debug, Clone)]
pub struct Implementation {
    /// The name under which it is recorded.
    pub name: Slug,
    /// How people write it.
    pub label: String,
    /// The program that is the system under test; the kernel where there is none.
    pub daemon: Option<String>,
    /// All programs it needs.
    pub programs: Vec<String>,
    /// A link that the kernel has to be able to make.
    pub link: Option<LinkType>,
    /// A remark that goes into the dataset.
    pub note: Option<String>,
}

/// The tunnel.
#[derive(Debug, Clone)]
pub struct Overlay {
    /// Its interface; where it is written in several lines, one a line.
    pub interface: Text,
    /// A host's address in it.
    pub address: Text,
    /// Family of the addresses.
    pub family: Family,
    /// Its MTU, where the interface's own is not what counts.
    pub mtu: Option<u32>,
    /// How long it may take until all hosts reach each other.
    pub ready_within: Duration,
    /// Time that it is left alone once it is ready.
    pub settle: Duration,
}

/// Family of overlay addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// 32 bits.
    Ipv4,
    /// 128 bits.
    Ipv6,
}

impl Family {
    /// The word in datasets.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }

    /// The family of an address.
    pub const fn of(address: std::net::IpAddr) -> Self {
        if address.is_ipv4() { Self::Ipv4 } else { Self::Ipv6 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: Spanned<String>,
    label: String,
    note: Option<String>,
    #[serde(default)]
    values: BTreeMap<Spanned<String>, toml::Value>,
    #[serde(default)]
    environment: BTreeMap<String, Text>,
    #[serde(default)]
    roles: BTreeMap<String, Who>,
    #[serde(default)]
    programs: BTreeMap<Spanned<String>, RawProgram>,
    implementations: Spanned<Vec<Spanned<RawImplementation>>>,
    overlay: Option<RawOverlay>,
    #[serde(default)]
    prepare: Vec<Spanned<RawStep>>,
    #[serde(default)]
    start: Vec<Spanned<RawStep>>,
    #[serde(default)]
    ready: Vec<Spanned<RawStep>>,
    #[serde(default)]
    stop: Vec<Spanned<RawStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProgram {
    role: Option<Text>,
    version: Option<Vec<String>>,
    pattern: Option<Text>,
    debian: Option<String>,
    nix: Option<String>,
    hint: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawImplementation {
    name: Option<Text>,
    label: Option<String>,
    daemon: Option<Text>,
    #[serde(default)]
    programs: Vec<Text>,
    link: Option<LinkType>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOverlay {
    interface: Text,
    address: Text,
    family: Family,
    mtu: Option<u32>,
    ready_within: Option<Span>,
    settle: Option<Span>,
}

impl SystemFile {
    /// Reads the file that a matrix names: a built-in one, or a path that ends in `.toml`, relative to `base`.
    pub fn load(reference: &str, base: Option<&Path>) -> Result<Arc<Self>, SystemFileError> {
        if !reference.ends_with(".toml") {
            let known = Known::new("system", EMBEDDED.iter().map(|(name, _)| *name));
            let meant = known.find(reference).map_err(SystemFileError::Unknown)?;
            let (name, text) = EMBEDDED.iter().find(|(name, _)| *name == meant).copied().unwrap_or_default();
            return Self::parse(&format!("{name}.toml"), text).map(Arc::new);
        }
        let path = base.map_or_else(|| Path::new(reference).to_owned(), |base| base.join(reference));
        let shown = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&shown, &text).map(Arc::new),
            Err(cause) => Err(SystemFileError::Read { path: shown, cause: Arc::new(cause) }),
        }
    }

    /// Parses, checks and rehearses the text of a system file; `origin` names it in errors.
    pub fn parse(origin: &str, text: &str) -> Result<Self, SystemFileError> {
        let fail = |span: std::ops::Range<usize>, message: String| SystemFileError::at(origin, text, span, message);
        let raw: Raw = file::read(text).map_err(|wrong| fail(wrong.at, wrong.message))?;
        let slug = |name: &Text| Slug::new(name.get_ref()).map_err(|bad| fail(name.span(), bad.to_string()));
        let name = slug(&raw.name)?;
        let mut values = BTreeMap::new();
        for (key, value) in raw.values {
            template::check_name(key.get_ref()).map_err(|message| fail(key.span(), message))?;
            values.insert(key.into_inner(), value);
        }
        let roles = raw.roles;
        let mut programs = BTreeMap::new();
        for (key, raw) in raw.programs {
            let pattern = raw.pattern.map(|pattern| regex(&pattern, origin, text)).transpose()?;
            if let Some(role) = raw.role.as_ref().filter(|role| !roles.contains_key(role.get_ref())) {
                let unknown = Known::new("role of this file", roles.keys().map(String::as_str)).unknown(role.get_ref());
                return Err(fail(role.span(), unknown.to_string()));
            }
            let RawProgram { version, debian, nix, hint, .. } = raw;
            let role = raw.role.map(Spanned::into_inner);
            programs.insert(key.into_inner(), Program { role, version, pattern, debian, nix, hint });
        }
        if raw.implementations.get_ref().is_empty() {
            return Err(fail(raw.implementations.span(), "at least one implementation is needed".to_owned()));
        }
        let mut implementations: Vec<Implementation> = Vec::new();
        for raw_one in raw.implementations.into_inner() {
            let span = raw_one.span();
            let one = raw_one.into_inner();
            for program in one.programs.iter().chain(&one.daemon) {
                if !programs.contains_key(program.get_ref()) {
                    let known = Known::new("program", programs.keys().map(String::as_str));
                    let near = known.unknown(program.get_ref()).suggestion();
                    let near = near.map_or_else(String::new, |near| format!("; {near}"));
                    let message = format!("`{0}` is not described: add [programs.{0}]{near}", program.get_ref());
                    return Err(fail(program.span(), message));
                }
            }
            let own = one.name.as_ref().map(slug).transpose()?.unwrap_or_else(|| name.clone());
            if implementations.iter().any(|other| other.name == own) {
                return Err(fail(one.name.map_or(span, |name| name.span()), format!("`{own}` is there twice")));
            }
            let daemon = one.daemon.map(Spanned::into_inner);
            let mut needed: Vec<String> = one.programs.into_iter().map(Spanned::into_inner).collect();
            needed.extend(daemon.clone().filter(|daemon| !needed.contains(daemon)));
            implementations.push(Implementation {
                name: own,
                label: one.label.unwrap_or_else(|| raw.label.clone()),
                daemon,
                programs: needed,
                link: one.link,
                note: one.note,
            });
        }
        let names = Names {
            roles: roles.keys().map(String::as_str).collect(),
            implementations: implementations.iter().map(|one| one.name.as_str()).collect(),
            origin,
            text,
        };
        let steps = |raw: Vec<Spanned<RawStep>>| -> Result<Vec<Step>, SystemFileError> {
            raw.into_iter()
                .map(|step| {
                    let span = step.span();
                    step.into_inner().check(span, &names)
                })
                .collect()
        };
        let (prepare, start) = (steps(raw.prepare)?, steps(raw.start)?);
        let (ready, stop) = (steps(raw.ready)?, steps(raw.stop)?);
        let overlay = raw.overlay.map(|raw| Overlay {
            interface: raw.interface,
            address: raw.address,
            family: raw.family,
            mtu: raw.mtu,
            ready_within: raw.ready_within.map_or(READY_WITHIN, Span::get),
            settle: raw.settle.map_or(Duration::ZERO, Span::get),
        });
        let file = Self {
            name,
            label: raw.label,
            note: raw.note,
            values,
            environment: raw.environment,
            roles,
            programs,
            implementations,
            overlay,
            prepare,
            start,
            ready,
            stop,
            origin: origin.to_owned(),
            text: text.to_owned(),
        };
        for implementation in &file.implementations {
            rehearsal::rehearse(&file, implementation.name.as_str())?;
        }
        Ok(file)
    }

    /// The file's text, verbatim.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is the data network itself, without any tunnel.
    pub fn is_internal(&self) -> bool {
        self.overlay.is_none()
    }

    /// Names under which this system can be recorded, the preferred one first.
    pub fn implementations(&self) -> impl Iterator<Item = &Slug> {
        self.implementations.iter().map(|one| &one.name)
    }

    /// Links that the kernel has to be able to make for some implementation.
    pub fn kernel_links(&self) -> impl Iterator<Item = &LinkType> {
        self.implementations.iter().filter_map(|one| one.link.as_ref())
    }

    /// Whether host number `index`, from 0, has a role; every host has where none is named.
    pub(super) fn is_for(&self, role: Option<&str>, index: usize) -> bool {
        role.and_then(|role| self.roles.get(role)).is_none_or(|who| who.includes(index))
    }

    /// The steps of an implementation that are in a phase's list.
    pub(super) fn of<'a>(steps: &'a [Step], implementation: &'a str) -> impl Iterator<Item = &'a Step> {
        let wanted = move |step: &&Step| {
            step.implementations.is_empty() || step.implementations.iter().any(|name| name == implementation)
        };
        steps.iter().filter(wanted)
    }

    /// An error of this file.
    pub(super) fn error(&self, span: std::ops::Range<usize>, message: impl Into<String>) -> SystemFileError {
        SystemFileError::at(&self.origin, &self.text, span, message)
    }
}
