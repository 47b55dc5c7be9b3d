//! Whether the impairment was what it was said to be.
//!
//! The yardstick is `stats::impairment`: netem's own model, and the rule by which a campaign judged its own runs.

mod asked;

use super::facts::{BARE, Cell, Index, Point, ok};
use super::say::{count, seconds, share};
use super::{Scope, finding, measured};
use crate::comparisons::contrasts::BASELINE;
use crate::stats::impairment::{self as rule, Added, Delay, STANDARD_ERRORS, correlated_share};
use crate::stats::summary::Moments;
pub use asked::Asked;
use meshbench_schemas::catalogue::{LOSS, LOSS_MEAN, REORDERING, RTT_MEAN, UNDERLAY_REORDERING, UNDERLAY_RTT};
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::note::NoteCode;
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::WorkloadKind;
use std::collections::{BTreeMap, BTreeSet};

/// Echoes behind a ping of which the dataset has only a summary: what a short one sends.
const ASSUMED_ECHOES: u64 = 100;
/// Reordering of so many times what was asked is another impairment than its name.
const REORDERED: f64 = 2.0;
/// Below this share out of order nobody speaks of a reordering profile.
const REORDERED_LEAST: f64 = 0.01;
/// Less than this share of the asked reordering is hardly any.
const STARVED: f64 = 0.5;
/// How well `correlated_share` knows.
const STARVED_KNOWN: f64 = 1e-4;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    let profiles = profiles(index);
    // Where not even the others of a profile say what was asked, the reader's note does that it is unknown.
    let noted: BTreeSet<&str> = index.facts.runs.iter().filter(|run| is_noted(run)).map(|run| &*run.profile).collect();
    for profile in noted {
        if !profiles.get(profile).is_some_and(Asked::impairs) {
            out.extend(untold(index, profile));
        }
    }
    for (profile, asked) in profiles {
        out.extend(calibrated(index, profile, &asked));
        out.extend(pinged(index, profile, &asked));
        if asked.impairs() {
            out.extend(unverified(index, profile));
            out.extend(untold(index, profile));
            out.extend(reordered(index, profile, &asked));
            out.extend(starved(profile, &asked));
            out.extend(faster(index, profile, &asked));
        }
    }
    out
}

/// What most runs of each profile asked for.
pub fn profiles<'a>(index: &Index<'a>) -> BTreeMap<&'a str, Asked> {
    let mut all: BTreeMap<&str, BTreeMap<String, (usize, Asked)>> = BTreeMap::new();
    for (cell, runs) in &index.cells {
        for asked in runs.iter().filter_map(|run| Asked::of(run)) {
            let entry = all.entry(cell.profile).or_default().entry(asked.words()).or_insert((0, asked));
            entry.0 += 1;
        }
    }
    let most = |of: BTreeMap<String, (usize, Asked)>| of.into_values().max_by_key(|(n, _)| *n).map(|(_, asked)| asked);
    all.into_iter().filter_map(|(profile, of)| Some((profile, most(of)?))).collect()
}

/// Whether nothing is asked of netem in this run; where nothing is known of it, its profile's name says so.
pub fn unimpaired(run: &Run) -> bool {
    Asked::of(run).map_or(&*run.profile == BASELINE && !is_noted(run), |asked| !asked.impairs())
}

/// Whether a reader noted that it could not tell what was asked of netem.
fn is_noted(run: &Run) -> bool {
    let mut codes = run.notes.as_deref().unwrap_or_default().split_whitespace();
    codes.any(|code| code == NoteCode::ImpairmentUnknown.as_str())
}

/// Cells of which nobody says what was asked of netem, where others of their profile say it.
fn untold(index: &Index<'_>, profile: &str) -> Vec<Finding> {
    let mut of: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for (cell, runs) in index.cells.iter().filter(|(cell, _)| cell.profile == profile) {
        let entry = of.entry((cell.tuning, cell.system)).or_default();
        entry.0 += ok(runs).filter(|run| Asked::of(run).is_none()).count();
        entry.1 += ok(runs).count();
    }
    let row = |((tuning, system), (without, all)): ((&str, &str), (usize, usize))| {
        let scope = Scope { system: Some(system), tuning: Some(tuning), profile: Some(profile), ..Scope::default() };
        let evidence = format!(
            "of {without} of {} under {profile} the dataset does not say what was asked of netem",
            count(all, "ok run")
        );
        finding(Code::ImpairmentUnverified, scope, without, all, evidence)
    };
    of.into_iter().filter(|(_, (without, _))| *without > 0).map(row).collect()
}

/// The mean round trip of the bare network without impairment.
fn base(index: &Index<'_>, cell: &Cell<'_>) -> Option<f64> {
    let pings = index
        .cells
        .keys()
        .filter(|other| (other.workload.kind(), other.system, other.tuning) == (WorkloadKind::Echo, BARE, cell.tuning));
    let values: Vec<f64> = pings
        .flat_map(|ping| index.points(ping, RTT_MEAN.id, None))
        .filter(|point| unimpaired(point.run))
        .map(|point| point.value.value)
        .collect();
    Moments::of(&values).map(|moments| moments.mean)
}

/// Echoes behind some pings.
fn echoes(points: &[Point<'_>]) -> u64 {
    points.iter().map(|point| point.value.samples.unwrap_or(ASSUMED_ECHOES)).sum()
}

/// Round trips of which the mean and their number are known; their spread is that of the model.
fn echoing(mean: f64, echoes: u64) -> Moments {
    Moments { count: usize::try_from(echoes).unwrap_or(usize::MAX), mean, standard_deviation: None }
}

/// How far the mean of so many round trips may be from what is expected.
fn allowed(added: Added, quiet: f64, echoes: u64) -> f64 {
    rule::delay_allowance(echoing(quiet, echoes).count, echoing(quiet, 1), added)
}

/// A finding about round trips, else about losses.
fn disagreement(
    scope: Scope<'_>,
    who: &str,
    runs: usize,
    delay: Option<Delay>,
    losses: Option<(u64, u64, f64)>,
) -> Option<Finding> {
    if let Some(Delay { added_s, expected_s, allowed_s, echoes: _ }) = delay {
        let evidence = format!(
            "{who}: round trips over the bare network took {} longer than without impairment, expected are {} ± {}",
            seconds(added_s),
            seconds(expected_s),
            seconds(allowed_s)
        );
        let row = finding(Code::ImpairmentNotRealised, scope, runs, runs, evidence);
        return Some(measured(row, Some(added_s), Some(expected_s), "s"));
    }
    let (lost, sent, expected) =
        losses.filter(|(lost, sent, share)| rule::losses_are_no_chance(*lost, *sent, *share))?;
    let evidence = format!("{who}: {lost} of {sent} echoes were lost, expected are {}", share(expected));
    let row = finding(Code::ImpairmentNotRealised, scope, runs, runs, evidence);
    Some(measured(row, Some(lost as f64 / sent.max(1) as f64), Some(expected), "ratio"))
}

/// The pings around each run, system by system.
fn calibrated(index: &Index<'_>, profile: &str, asked: &Asked) -> Vec<Finding> {
    let all = index.facts.calibration;
    let quiet = index.cells.values().flatten().filter(|run| run.outcome == Outcome::Ok && unimpaired(run));
    let mut base = super::calibration::Calibration::default();
    quiet.filter_map(|run| all.get(&run.run_id)).for_each(|own| base.add(own));
    /// Runs, and the pings around them.
    type Found = (usize, super::calibration::Calibration);
    /// Of a system as a whole, and of each block.
    type Blocks = (Found, BTreeMap<u32, Found>);
    let mut of: BTreeMap<(&str, &str), Blocks> = BTreeMap::new();
    for (cell, runs) in index.cells.iter().filter(|(cell, _)| cell.profile == profile) {
        for (run, own) in ok(runs).filter_map(|run| Some((run, all.get(&run.run_id)?))) {
            let (whole, blocks) = of.entry((cell.tuning, cell.system)).or_default();
            for entry in [whole, blocks.entry(run.block).or_default()] {
                entry.0 += 1;
                entry.1.add(own);
            }
        }
    }
    let row = |(tuning, system): (&str, &str), block: Option<u32>, (runs, found): &Found| {
        let runs = *runs;
        let scope = Scope { system: Some(system), tuning: Some(tuning), profile: Some(profile), ..Scope::default() };
        let delay = match (asked.what.added(), found.moments(), base.moments()) {
            (Ok(added), Some(found), Some(base)) => rule::delay(found, base, added),
            _ => None,
        };
        let losses = asked.what.lost().ok().map(|loss| (found.sent.saturating_sub(found.answered), found.sent, loss));
        let place = block.map(|block| format!(" in block {block}")).unwrap_or_default();
        let who = format!("calibration of {}{place}", count(runs, "run"));
        Some(Finding { block, ..disagreement(scope, &who, runs, delay, losses)? })
    };
    let of_system = |(name, (whole, blocks)): (&(&str, &str), &Blocks)| {
        // What is off as a whole is said once; else the blocks that are.
        match row(*name, None, whole) {
            Some(found) => vec![found],
            None if blocks.len() < 2 => Vec::new(),
            None => blocks.iter().filter_map(|(block, found)| row(*name, Some(*block), found)).collect(),
        }
    };
    of.iter().flat_map(of_system).collect()
}

/// The ping workload of the bare network.
fn pinged(index: &Index<'_>, profile: &str, asked: &Asked) -> Vec<Finding> {
    if !asked.impairs() {
        return Vec::new();
    }
    let of_profile =
        |cell: &&Cell<'_>| (cell.workload.kind(), cell.system, cell.profile) == (WorkloadKind::Echo, BARE, profile);
    let row = |cell: &Cell<'_>| {
        let points = index.points(cell, RTT_MEAN.id, None);
        let scope = Scope { tuning: Some(cell.tuning), profile: Some(profile), ..Scope::default() };
        let means: Vec<f64> = points.iter().map(|point| point.value.value).collect();
        let delay = match (asked.what.added(), Moments::of(&means), base(index, cell)) {
            (Ok(added), Some(found), Some(quiet)) => {
                rule::delay(echoing(found.mean, echoes(points)), echoing(quiet, 1), added)
            }
            _ => None,
        };
        let loss = [LOSS.id, LOSS_MEAN.id].into_iter().map(|metric| index.points(cell, metric, None));
        let loss = loss.into_iter().find(|points| !points.is_empty()).unwrap_or_default();
        let sent = echoes(loss);
        let lost: f64 =
            loss.iter().map(|p| p.value.value.clamp(0.0, 1.0) * p.value.samples.unwrap_or(ASSUMED_ECHOES) as f64).sum();
        let losses = asked.what.lost().ok().filter(|_| sent > 0).map(|loss| (lost.round() as u64, sent, loss));
        let who = format!("ping of {BARE} in {}", count(points.len().max(loss.len()), "run"));
        disagreement(scope, &who, points.len().max(loss.len()), delay, losses)
    };
    index.cells.keys().filter(of_profile).filter_map(row).collect()
}

/// Whether somebody pinged the bare network around this run.
fn has_calibration(index: &Index<'_>, run: &Run) -> bool {
    index.facts.calibration.contains_key(&run.run_id)
        || index.values(run).iter().any(|value| &*value.metric == UNDERLAY_RTT.id)
}

fn unverified(index: &Index<'_>, profile: &str) -> Option<Finding> {
    let runs = || index.cells.iter().filter(|(cell, _)| cell.profile == profile).flat_map(|(_, runs)| ok(runs));
    let (all, without) = (runs().count(), runs().filter(|run| !has_calibration(index, run)).count());
    (without > 0).then(|| {
        let scope = Scope { profile: Some(profile), ..Scope::default() };
        let evidence = format!(
            "around {without} of {} under {profile} nobody measured the bare network; what was configured is all that is known",
            count(all, "ok run")
        );
        finding(Code::ImpairmentUnverified, scope, without, all, evidence)
    })
}

/// Whether these shares are far above the asked one, and not by chance; with their mean.
fn far_above(shares: &[f64], asked: f64) -> Option<f64> {
    let bound = (REORDERED * asked).max(REORDERED_LEAST);
    let moments = Moments::of(shares)?;
    (moments.mean - STANDARD_ERRORS * moments.standard_error() > bound).then_some(moments.mean)
}

fn reordered(index: &Index<'_>, profile: &str, asked: &Asked) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut echoes = Vec::new();
    for (cell, runs) in index.cells.iter().filter(|(cell, _)| cell.profile == profile) {
        let around = ok(runs).flat_map(|run| index.values(run).iter());
        echoes.extend(around.filter(|value| &*value.metric == UNDERLAY_REORDERING.id).map(|value| value.value));
        let shares: Vec<f64> = index.all_points(cell, REORDERING.id).iter().map(|point| point.value.value).collect();
        if let Some(mean) = far_above(&shares, asked.what.reorder) {
            let evidence = format!(
                "{} of the datagrams of {} came out of order, and netem was asked to reorder {}",
                share(mean),
                count(shares.len(), "transfer"),
                share(asked.what.reorder)
            );
            let row = finding(Code::ReorderingBeyondAsked, cell.scope(), shares.len(), shares.len(), evidence);
            out.push(measured(row, Some(mean), Some(asked.what.reorder), "ratio"));
        }
    }
    if let Some(mean) = far_above(&echoes, asked.what.reorder) {
        let evidence = format!(
            "{} of the answers on the bare network came out of order around {}, and netem was asked to reorder {}",
            share(mean),
            count(echoes.len(), "run"),
            share(asked.what.reorder)
        );
        let scope = Scope { profile: Some(profile), ..Scope::default() };
        let row = finding(Code::ReorderingBeyondAsked, scope, echoes.len(), echoes.len(), evidence);
        out.push(measured(row, Some(mean), Some(asked.what.reorder), "ratio"));
    }
    out
}

fn starved(profile: &str, asked: &Asked) -> Option<Finding> {
    let made = correlated_share(asked.what.reorder, asked.what.reorder_correlation);
    (asked.what.reorder > 0.0 && made < STARVED * asked.what.reorder).then(|| {
        // The theory is good to 1 in 10,000.
        let known = (made >= STARVED_KNOWN).then_some(made);
        let evidence = format!(
            "of {} asked at a correlation of {} netem's generator makes {}",
            share(asked.what.reorder),
            share(asked.what.reorder_correlation),
            known.map_or_else(|| format!("less than {}", share(STARVED_KNOWN)), share)
        );
        let scope = Scope { profile: Some(profile), ..Scope::default() };
        measured(finding(Code::ReorderingStarved, scope, 1, 1, evidence), known, Some(asked.what.reorder), "ratio")
    })
}

/// Pings of systems that cannot have passed the impairment.
fn faster(index: &Index<'_>, profile: &str, asked: &Asked) -> Vec<Finding> {
    let Ok(added) = asked.what.added() else { return Vec::new() };
    let of_profile =
        |cell: &&Cell<'_>| cell.workload.kind() == WorkloadKind::Echo && cell.profile == profile && cell.system != BARE;
    let row = |cell: &Cell<'_>| {
        let points = index.points(cell, RTT_MEAN.id, None);
        let quiet = base(index, cell).unwrap_or(0.0);
        let too_fast = |point: &&Point<'_>| {
            let echoes = echoes(std::slice::from_ref(*point));
            point.value.value - quiet < added.mean_s - allowed(added, quiet, echoes)
        };
        let fast: Vec<&Point<'_>> = points.iter().filter(too_fast).collect();
        let fastest = fast.iter().map(|point| point.value.value).reduce(f64::min)?;
        let expected = quiet + added.mean_s;
        let evidence = format!(
            "in {} of {} the mean round trip was as low as {}, and the bare network with netem's delay takes {}",
            fast.len(),
            count(points.len(), "ping"),
            seconds(fastest),
            seconds(expected)
        );
        let row = finding(Code::FasterThanDelay, cell.scope(), fast.len(), points.len(), evidence);
        Some(measured(row, Some(fastest), Some(expected), "s"))
    };
    index.cells.keys().filter(of_profile).filter_map(row).collect()
}
