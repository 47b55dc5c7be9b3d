//! A matrix file as it is written, and the checks that make it a [`Matrix`].

use super::error::{MatrixError, Text};
use super::hosts::{RawHosts, RawLinks};
use super::{Blocks, CONTROL_SYSTEM, DEFAULT_TUNING, Matrix, Network, RealHost, Sampling, hosts};
use crate::impairment::Netem;
use crate::system::{SystemFile, SystemFileError};
use crate::tuning::Tuning;
use crate::units::{Ratio, Span};
use crate::workload::calibration::Calibration;
use crate::workload::{self, Workloads};
use meshbench_schemas::words::{Slug, Workload};
use meshbench_stats::stopping::CONFIRMED_FROM;
use meshbench_terminal::Known;
use meshbench_terminal::file::{Tolerant, read};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use toml::Spanned;

/// More blocks than this are a slip of the keyboard.
const MOST_BLOCKS: u32 = 10_000;
/// Tries of a run where the matrix says nothing.
const ATTEMPTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: Spanned<String>,
    seed: u64,
    blocks: Spanned<RawBlocks>,
    hosts: Spanned<RawHosts>,
    links: Option<Spanned<RawLinks>>,
    systems: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    tunings: BTreeMap<Spanned<String>, Tuning>,
    profiles: Spanned<RawProfiles>,
    workloads: Spanned<Workloads>,
    controls: Option<Spanned<bool>>,
    #[serde(default)]
    allow_relay: bool,
    calibration: Option<Spanned<RawCalibration>>,
    #[serde(default)]
    sampling: Sampling,
    attempts: Option<NonZeroU32>,
    #[serde(default)]
    network: Network,
}

/// `blocks = 3` or `[blocks]`.
enum RawBlocks {
    Fixed(i64),
    Adaptive(RawAdaptive),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAdaptive {
    minimum: u32,
    maximum: u32,
    precision: Option<Ratio>,
    #[serde(default)]
    confirm: u32,
    budget: Option<Span>,
}

/// `calibration = false` or `[calibration]`.
enum RawCalibration {
    Switch(bool),
    Parameters(Calibration),
}

/// `profiles = ["baseline", "low"]` or `[profiles.NAME]`.
enum RawProfiles {
    Presets(Vec<Spanned<String>>),
    Tables(BTreeMap<Spanned<String>, Spanned<RawProfile>>),
}

/// `NAME = "low"`, or a table of values.
enum RawProfile {
    Preset(String),
    Values(Box<Netem>),
}

/// Reads a value that may be written in several ways; unlike with serde's untagged enums, an error inside
/// keeps its own words and place.
macro_rules! either {
    ($Raw:ident, $expecting:literal, { $($visit:ident($argument:ident: $Type:ty) => $value:expr,)+ }) => {
        impl<'de> Deserialize<'de> for $Raw {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;
                impl<'de> Visitor<'de> for Either {
                    type Value = $Raw;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }

                    $(either!(@ $Raw, $visit($argument: $Type) => $value);)+
                }
                deserializer.deserialize_any(Either)
            }
        }
    };
    (@ $Raw:ident, visit_map($map:ident: $Type:ty) => $value:expr) => {
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$Raw, A::Error> {
            let $map = <$Type>::deserialize(Tolerant::new(MapAccessDeserializer::new(map)))?;
            Ok($value)
        }
    };
    (@ $Raw:ident, visit_seq($seq:ident: $Type:ty) => $value:expr) => {
        fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<$Raw, A::Error> {
            let $seq = <$Type>::deserialize(SeqAccessDeserializer::new(seq))?;
            Ok($value)
        }
    };
    (@ $Raw:ident, $visit:ident($argument:ident: $Type:ty) => $value:expr) => {
        fn $visit<E: serde::de::Error>(self, $argument: $Type) -> Result<$Raw, E> {
            Ok($value)
        }
    };
}

either!(RawBlocks, "a number of blocks, or a table with minimum and maximum", {
    visit_i64(count: i64) => RawBlocks::Fixed(count),
    visit_map(table: RawAdaptive) => RawBlocks::Adaptive(table),
});
either!(RawHosts, "a number of hosts for a lab, or [[hosts]] with name, interface and address", {
    visit_i64(count: i64) => RawHosts::Lab(count),
    visit_seq(hosts: Vec<Spanned<RealHost>>) => RawHosts::Real(hosts),
});
either!(RawLinks, "\"ring\", \"mesh\" or a list of pairs of hosts", {
    visit_str(word: &str) => RawLinks::Word(word.to_owned()),
    visit_seq(pairs: Vec<Spanned<Vec<String>>>) => RawLinks::Pairs(pairs),
});
either!(RawCalibration, "false, true, or a table with count and interval", {
    visit_bool(switch: bool) => RawCalibration::Switch(switch),
    visit_map(table: Calibration) => RawCalibration::Parameters(table),
});
either!(RawProfiles, "a list of profiles that have values of their own, or [profiles.NAME] tables", {
    visit_seq(names: Vec<Spanned<String>>) => RawProfiles::Presets(names),
    visit_map(tables: BTreeMap<Spanned<String>, Spanned<RawProfile>>) => RawProfiles::Tables(tables),
});

either!(RawProfile, "the name of a profile that has values of its own, or a table of values", {
    visit_str(name: &str) => RawProfile::Preset(name.to_owned()),
    visit_map(netem: Netem) => RawProfile::Values(Box::new(netem)),
});

/// Parses the text of a matrix file.
pub(super) fn parse(
    origin: &str,
    text: &str,
    find: &dyn Fn(&str) -> Result<Arc<SystemFile>, SystemFileError>,
) -> Result<Matrix, MatrixError> {
    let text = Text { origin, text };
    let raw: Raw = read(text.text).map_err(|wrong| text.invalid(wrong.at, wrong.message))?;
    let name = Slug::new(raw.name.get_ref()).map_err(|bad| text.invalid(raw.name.span(), bad.to_string()))?;
    let blocks_at = raw.blocks.span();
    let blocks = blocks(raw.blocks, text)?;
    let hosts = hosts::hosts(raw.hosts, text)?;
    let links = hosts::links(raw.links, &hosts, text)?;
    let systems = systems(&raw.systems, text, find)?;
    let tunings = tunings(raw.tunings, text)?;
    let profiles = profiles(raw.profiles, text)?;
    raw.workloads.get_ref().check().map_err(|wrong| {
        let place = wrong.workload.and_then(|workload| place_of(text.text, workload));
        text.invalid(place.unwrap_or(raw.workloads.span()), wrong.message)
    })?;
    let calibration = match raw.calibration.map(Spanned::into_inner) {
        None | Some(RawCalibration::Switch(true)) => Some(Calibration::default()),
        Some(RawCalibration::Switch(false)) => None,
        Some(RawCalibration::Parameters(parameters)) => Some(parameters),
    };
    let mut matrix = Matrix {
        name,
        seed: raw.seed,
        blocks,
        hosts,
        links,
        systems,
        tunings,
        profiles,
        workloads: raw.workloads.into_inner(),
        controls: false,
        allow_relay: raw.allow_relay,
        calibration,
        sampling: raw.sampling,
        attempts: raw.attempts.unwrap_or(ATTEMPTS),
        network: raw.network,
    };
    matrix.controls = match (raw.controls, controllable(&matrix)) {
        (Some(asked), Err(why)) if *asked.get_ref() => return Err(text.invalid(asked.span(), why)),
        (Some(asked), _) => asked.into_inner(),
        (None, possible) => possible.is_ok() && matrix.systems.len() > 1,
    };
    let runs = u64::from(matrix.runs_per_block()) * u64::from(blocks.maximum);
    if runs > u32::MAX.into() {
        return Err(text.invalid(blocks_at, format!("{runs} runs are more than anyone can wait for")));
    }
    Ok(matrix)
}

/// Where a workload's own table begins.
fn place_of(text: &str, workload: Workload) -> Option<std::ops::Range<usize>> {
    #[derive(Deserialize)]
    struct Places {
        workloads: BTreeMap<Spanned<String>, serde::de::IgnoredAny>,
    }
    let places: Places = read(text).ok()?;
    let known = Known::new("workload", [workload.as_str()]);
    places.workloads.into_keys().find(|name| known.find(name.get_ref()).is_ok()).map(|name| name.span())
}

/// Whether there is something that a control could measure, or what is missing.
fn controllable(matrix: &Matrix) -> Result<(), String> {
    if !matrix.systems.iter().any(|system| system.name.as_str() == CONTROL_SYSTEM) {
        return Err("controls measure `internal`, which is not among the systems".to_owned());
    }
    if matrix.unimpaired().next().is_none() {
        return Err("controls need a profile without impairment, such as `[profiles.baseline]`".to_owned());
    }
    if matrix.control_workloads().is_empty() {
        let controls = workload::ALL.iter().filter(|about| about.control).map(|about| about.word.as_str());
        return Err(format!("controls need the workload {}", controls.collect::<Vec<_>>().join(" or ")));
    }
    Ok(())
}

fn blocks(raw: Spanned<RawBlocks>, text: Text<'_>) -> Result<Blocks, MatrixError> {
    let span = raw.span();
    let blocks = match raw.into_inner() {
        RawBlocks::Fixed(count) => Blocks::fixed(u32::try_from(count.max(0)).unwrap_or(u32::MAX)),
        RawBlocks::Adaptive(RawAdaptive { minimum, maximum, precision, confirm, budget }) => {
            Blocks { minimum, maximum, precision, confirm, budget }
        }
    };
    let wrong = if blocks.minimum == 0 {
        "at least one block is needed".to_owned()
    } else if blocks.maximum > MOST_BLOCKS {
        format!("at most {MOST_BLOCKS} blocks make sense")
    } else if blocks.maximum < blocks.minimum {
        "maximum is below minimum".to_owned()
    } else if blocks.adaptive() && blocks.precision.is_none() && blocks.budget.is_none() {
        "between minimum and maximum something has to decide: give a precision such as \"5%\", a budget such as \"48h\", \
         or both"
            .to_owned()
    } else if blocks.precision.is_some_and(|precision| precision.get() <= 0.0) {
        "precision has to be above zero".to_owned()
    } else if blocks.confirm > 0 && blocks.precision.is_none() {
        "confirm is about precision, and there is none".to_owned()
    } else if blocks.confirm > 0 && blocks.confirm.saturating_add(CONFIRMED_FROM as u32) > blocks.maximum {
        format!("confirm has to leave {CONFIRMED_FROM} blocks of the maximum to look at")
    } else {
        return Ok(blocks);
    };
    Err(text.invalid(span, wrong))
}

fn systems(
    raw: &Spanned<Vec<Spanned<String>>>,
    text: Text<'_>,
    find: &dyn Fn(&str) -> Result<Arc<SystemFile>, SystemFileError>,
) -> Result<Vec<Arc<SystemFile>>, MatrixError> {
    let mut systems: Vec<Arc<SystemFile>> = Vec::new();
    for reference in raw.get_ref() {
        let named = reference.get_ref();
        let system = find(named).map_err(|cause| text.system(reference.span(), named, cause))?;
        if systems.iter().any(|other| other.name == system.name) {
            return Err(text.invalid(reference.span(), format!("the system `{}` is listed twice", system.name)));
        }
        systems.push(system);
    }
    if systems.is_empty() {
        return Err(text.invalid(raw.span(), "list at least one system"));
    }
    Ok(systems)
}

fn tunings(raw: BTreeMap<Spanned<String>, Tuning>, text: Text<'_>) -> Result<BTreeMap<Slug, Tuning>, MatrixError> {
    let mut tunings = BTreeMap::new();
    for (key, tuning) in raw {
        let fail = |message: String| text.invalid(key.span(), message);
        let name = Slug::new(key.get_ref()).map_err(|bad| fail(bad.to_string()))?;
        tuning.check().map_err(|message| fail(format!("tuning `{name}`: {message}")))?;
        tunings.insert(name, tuning);
    }
    if tunings.is_empty() {
        tunings.extend(Slug::new(DEFAULT_TUNING).ok().map(|name| (name, Tuning::default())));
    }
    Ok(tunings)
}

fn profiles(raw: Spanned<RawProfiles>, text: Text<'_>) -> Result<BTreeMap<Slug, Netem>, MatrixError> {
    let whole = raw.span();
    let written: Vec<_> = match raw.into_inner() {
        RawProfiles::Presets(names) => {
            let preset = |name: &Spanned<String>| Spanned::new(name.span(), RawProfile::Preset(name.get_ref().clone()));
            names.into_iter().map(|name| (name.clone(), preset(&name))).collect()
        }
        RawProfiles::Tables(tables) => tables.into_iter().collect(),
    };
    let mut profiles = BTreeMap::new();
    for (key, profile) in written {
        let fail = |message: String| text.invalid(key.span(), message);
        let name = Slug::new(key.get_ref()).map_err(|bad| fail(bad.to_string()))?;
        let at = profile.span();
        let netem = match profile.into_inner() {
            RawProfile::Preset(preset) => Netem::preset(&preset).map_err(|message| text.invalid(at, message))?,
            RawProfile::Values(netem) => *netem,
        };
        netem.check().map_err(|error| fail(format!("profile `{name}`: {error}")))?;
        if profiles.insert(name.clone(), netem).is_some() {
            return Err(fail(format!("the profile `{name}` is listed twice")));
        }
    }
    if profiles.is_empty() {
        return Err(text.invalid(whole, "a profile is needed; `profiles = [\"baseline\"]` is one without impairment"));
    }
    Ok(profiles)
}
