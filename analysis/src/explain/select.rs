//! Words that name a cell or a contrast.

use crate::comparisons::contrasts::BASELINE;
use crate::error::AnalysisError;
use crate::estimates::campaign::{Campaign, CellName, Column};
use crate::words::Words;
use meshbench_schemas::words::{Direction, Workload};
use meshbench_terminal::Known;
use std::collections::BTreeSet;

/// What the words name.
pub enum Selected<'a> {
    /// One metric of one cell.
    Cell {
        /// The metric.
        column: Column,
        /// The cell.
        name: CellName<'a>,
    },
    /// Two cells in one metric, which differ in system, tuning or profile.
    Contrast {
        /// The metric.
        column: Column,
        /// One cell.
        left: CellName<'a>,
        /// The other one.
        right: CellName<'a>,
    },
    /// What two systems keep of their baselines under an impairment.
    Interaction {
        /// The metric.
        column: Column,
        /// One impaired cell.
        left: CellName<'a>,
        /// The other one.
        right: CellName<'a>,
    },
}

/// Finds what the words name. Where a word is missing and there is only one choice, or a usual one (the headline
/// metric, forward, `default`), that is taken.
pub fn select<'a>(campaign: &Campaign<'a>, known: &Words<'_>, words: &[String]) -> Result<Selected<'a>, AnalysisError> {
    let workloads: BTreeSet<Workload> = campaign.columns().iter().map(|column| column.workload).collect();
    let names: BTreeSet<CellName<'a>> =
        workloads.iter().flat_map(|workload| campaign.cells(*workload)).map(|cell| cell.name()).collect();
    let directions = Known::new("direction", Direction::ALL.iter().map(|direction| direction.as_str()));
    let kinds = [&known.systems, &known.workloads, &known.profiles, &known.tunings, &directions, &known.metrics];
    let [systems, workload, profile, tuning, direction, metric] = sorted(kinds, words)?;
    let one = |what: &'static str, given: &[String], choices: BTreeSet<String>, usual: Option<&str>| {
        let choices: Vec<String> =
            choices.into_iter().filter(|choice| given.is_empty() || given.contains(choice)).collect();
        match choices.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(AnalysisError::NothingInCommon),
            several => match usual.filter(|usual| several.iter().any(|choice| choice == usual)) {
                Some(usual) => Ok(usual.to_owned()),
                None => Err(AnalysisError::SayWhich { what, choices: several.join(", ") }),
            },
        }
    };
    let of_system = |name: &&CellName<'a>| systems.is_empty() || systems.contains(&name.system.to_string());
    // Two of a kind name the two sides of a contrast.
    let side = |given: &[String], at: usize| match given {
        [_, _] => given.get(at).cloned().into_iter().collect(),
        _ => given.to_vec(),
    };
    let place = |at: usize| -> Result<(String, String), AnalysisError> {
        let profiles = names.iter().filter(of_system).map(|name| name.profile.to_string()).collect();
        let tunings = names.iter().filter(of_system).map(|name| name.tuning.to_string()).collect();
        Ok((
            one("profile", &side(&profile, at), profiles, Some(BASELINE))?,
            one("tuning", &side(&tuning, at), tunings, Some("default"))?,
        ))
    };
    let (first, second) = (place(0)?, place(1)?);
    let has =
        |column: &&Column, asked: &[String]| asked.is_empty() || asked.iter().any(|word| word == column.metric.id);
    let candidates: Vec<&Column> = campaign.columns().iter().filter(|column| has(column, &metric)).collect();
    let workload =
        one("workload", &workload, candidates.iter().map(|column| column.workload.to_string()).collect(), None)?;
    let candidates: Vec<&Column> =
        candidates.into_iter().filter(|column| column.workload.as_str() == workload).collect();
    let usual = candidates.iter().find(|column| column.metric.headline).map(|column| column.metric.id);
    let metric = one("metric", &metric, candidates.iter().map(|column| column.metric.id.to_owned()).collect(), usual)?;
    let candidates: Vec<&Column> = candidates.into_iter().filter(|column| column.metric.id == metric).collect();
    let word = |direction: Option<Direction>| direction.map_or("none", Direction::as_str).to_owned();
    let direction = one(
        "direction",
        &direction,
        candidates.iter().map(|column| word(column.direction)).collect(),
        Some("forward"),
    )?;
    let Some(column) = candidates.into_iter().find(|column| word(column.direction) == direction) else {
        return Err(AnalysisError::NothingInCommon);
    };
    let cell = |system: &str, (profile, tuning): &(String, String)| {
        campaign
            .cells(column.workload)
            .iter()
            .map(|cell| cell.name())
            .find(|name| {
                (&**name.system, &**name.tuning, &**name.profile) == (system, tuning.as_str(), profile.as_str())
            })
            .ok_or(AnalysisError::NothingInCommon)
    };
    let contrast = |left, right| Ok(Selected::Contrast { column: *column, left, right });
    match systems.as_slice() {
        [system] if first == second => Ok(Selected::Cell { column: *column, name: cell(system, &first)? }),
        [system] if first.0 == second.0 || first.0 == BASELINE || second.0 == BASELINE => {
            contrast(cell(system, &first)?, cell(system, &second)?)
        }
        [left, right] if first == second => contrast(cell(left, &first)?, cell(right, &first)?),
        [left, right] if first.1 == second.1 && [&first.0, &second.0].iter().any(|profile| *profile == BASELINE) => {
            let impaired = if first.0 == BASELINE { &second } else { &first };
            Ok(Selected::Interaction { column: *column, left: cell(left, impaired)?, right: cell(right, impaired)? })
        }
        _ if first.0 != second.0 && [&first.0, &second.0].iter().all(|profile| *profile != BASELINE) => {
            Err(AnalysisError::SayWhich {
                what: "profiles: two are compared only where one of them is",
                choices: BASELINE.to_owned(),
            })
        }
        other => Err(AnalysisError::SayWhich {
            what: if other.is_empty() {
                "system"
            } else {
                "one system (or two in one cell, one in two, or two in an impaired profile and `baseline`)"
            },
            choices: names
                .iter()
                .map(|name| name.system.to_string())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

/// The words by what they name. One that names several things is taken for the first of them.
fn sorted<'k>(kinds: [&Known<'k>; 6], words: &[String]) -> Result<[Vec<String>; 6], AnalysisError> {
    let mut found: [Vec<String>; 6] = Default::default();
    for word in words {
        let meant = kinds.iter().zip(&mut found).find_map(|(known, place)| Some((known.find(word).ok()?, place)));
        match meant {
            Some((meant, place)) if place.iter().any(|named| named == meant) => {
                return Err(AnalysisError::NamedTwice(meant.to_owned()));
            }
            Some((meant, place)) => place.push(meant.to_owned()),
            None => {
                let what = "system, profile, workload, metric, direction or tuning";
                return Err(Known::of_all(what, &kinds).unknown(word).into());
            }
        }
    }
    Ok(found)
}
