//! A system that is far off the others under every profile, where nothing that is recorded explains it.
//!
//! A slow implementation is slow where it is the bottleneck, and like the others where the network is. So being far off
//! without impairment says nothing, and being far off everywhere says something.

use super::facts::{BARE, Cell, Column, Index, Point};
use super::impairment::unimpaired;
use super::say::{count, value};
use super::worst::Worst;
use super::{Scope, finding, measured};
use crate::stats::quantile::median_of;
use crate::stats::summary::Moments;
use meshbench_schemas::catalogue::{Better, Unit};
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::words::Direction;
use std::collections::{BTreeMap, BTreeSet};

/// Fewer others do not say what is usual.
const ENOUGH_OTHERS: usize = 3;
/// Nearer than this is not far.
const FACTOR: f64 = 2.0;
/// And it is this many deviations from the median of the others.
const DEVIATIONS: f64 = 5.0;
/// A median absolute deviation of normal values, times this, is their standard deviation.
const OF_NORMAL: f64 = 1.4826;
/// Others within this factor are as far off.
const AS_FAR: f64 = 1.25;
/// Where the others are unlike each other, their deviations say nothing: then it is this factor from their median, and
/// [`FACTOR`] from the nearest of them. A campaign of eleven systems has the slowest at a fifth of the median under any profile.
const UNLIKE: f64 = 8.0;
/// So many others may be as far off under a profile: one may have failed there for a reason of its own.
const AS_FAR_MOST: usize = 1;
/// Of the less of what the others have and what the system itself has without impairment, a bottleneck leaves at least
/// this share.
const LEFT: f64 = 0.5;
/// A daemon in user space takes less than this for a packet and its answer.
const DAEMON_S: f64 = 5e-3;

/// Levels of systems on logarithms, larger for better, under one profile.
type Levels<'a> = BTreeMap<&'a str, f64>;

/// The profiles of one tuning, each with whether it impairs and the levels.
type Profiles<'a> = BTreeMap<&'a str, (bool, Levels<'a>)>;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    // The direction that is further off stands for both.
    let mut worst = Worst::new();
    let mut directions: BTreeMap<_, usize> = BTreeMap::new();
    for (column, cells) in index.headlines().filter(|(column, _)| looked_at(column)) {
        for (tuning, profiles) in tunings(&column, cells) {
            let systems: BTreeSet<&str> = profiles.values().flat_map(|(_, levels)| levels.keys().copied()).collect();
            for system in systems.into_iter().filter(|system| *system != BARE) {
                let Some((size, row)) = far_off(&column, tuning, system, &profiles) else { continue };
                let key = (system, tuning, column.workload, column.metric.id);
                worst.add(key, size, row);
                *directions.entry(key).or_default() += 1;
            }
        }
    }
    let mut rows = worst.rows();
    // Both have the same keys, and so the same order.
    for (row, _) in rows.iter_mut().zip(directions.values()).filter(|(_, directions)| **directions > 1) {
        row.evidence.push_str("; the other direction is far off, too");
    }
    rows
}

/// Takes out what another finding explains.
pub fn unexplained(all: &mut Vec<Finding>) {
    let reasons: Vec<Finding> = all.iter().filter(|row| row.code.explains_distance()).cloned().collect();
    all.retain(|row| {
        let same = |reason: &Finding| {
            let is = |of: &Option<_>, own: &Option<_>| of.is_none() || of == own;
            reason.system.is_some()
                && reason.system == row.system
                && is(&reason.tuning, &row.tuning)
                && is(&reason.metric, &row.metric)
                && reason.workload.is_none_or(|workload| Some(workload) == row.workload)
        };
        row.code != Code::FarOffEverywhere || !reasons.iter().any(same)
    });
}

fn looked_at(column: &Column) -> bool {
    let connects = column.connects();
    let measure = matches!(column.metric.unit, Unit::Second | Unit::BitPerSecond);
    column.metric.better != Better::Neither && measure && !connects
}

/// The logarithm of a value, larger for better.
fn sign(column: &Column) -> f64 {
    if column.metric.better == Better::Higher { 1.0 } else { -1.0 }
}

/// Geometric means over runs, by tuning, profile and system.
fn tunings<'a>(column: &Column, cells: &BTreeMap<Cell<'a>, Vec<Point<'a>>>) -> BTreeMap<&'a str, Profiles<'a>> {
    let mut out: BTreeMap<&str, Profiles<'_>> = BTreeMap::new();
    for (cell, points) in cells {
        let logs: Vec<f64> =
            points.iter().map(|point| point.value.value).filter(|value| *value > 0.0).map(f64::ln).collect();
        let Some(level) = Moments::of(&logs) else { continue };
        let entry = out.entry(cell.tuning).or_default().entry(cell.profile).or_insert((true, Levels::new()));
        entry.0 &= !points.iter().all(|point| unimpaired(point.run));
        entry.1.insert(cell.system, sign(column) * level.mean);
    }
    out
}

/// A system beside the others under one profile.
struct Beside<'a> {
    profile: &'a str,
    impaired: bool,
    own: f64,
    /// Median of the others.
    usual: f64,
    /// How many others there are.
    others: usize,
    far: bool,
}

impl<'a> Beside<'a> {
    /// `None` where the system has no value, or too few others have one.
    fn of(column: &Column, profile: &'a str, impaired: bool, levels: &Levels<'_>, system: &str) -> Option<Self> {
        let own = *levels.get(system)?;
        let others: Vec<f64> = levels.iter().filter(|(name, _)| **name != system).map(|(_, level)| *level).collect();
        if others.len() < ENOUGH_OTHERS {
            return None;
        }
        let usual = median_of(&others)?;
        let off: Vec<f64> = others.iter().map(|other| (other - usual).abs()).collect();
        let deviation = OF_NORMAL * median_of(&off)?;
        let alone = |factor: f64| others.iter().filter(|other| **other <= own + factor.ln()).count() <= AS_FAR_MOST;
        let distance = usual - own;
        // A task and a rate are limited by what a system can carry; a round trip has its own work added, which is many times
        // that of a fast network.
        let added = column.metric.unit == Unit::Second && !column.metric.duration;
        let beyond_the_usual = distance >= DEVIATIONS * deviation && alone(AS_FAR);
        let beyond_all = !added && distance >= UNLIKE.ln() && alone(FACTOR);
        let enough = !added || (-own).exp() - (-usual).exp() >= DAEMON_S;
        let far = distance >= FACTOR.ln() && (beyond_the_usual || beyond_all) && enough;
        Some(Self { profile, impaired, own, usual, others: others.len(), far })
    }

    fn distance(&self) -> f64 {
        self.usual - self.own
    }
}

fn far_off(column: &Column, tuning: &str, system: &str, profiles: &Profiles<'_>) -> Option<(f64, Finding)> {
    let beside: Vec<Beside<'_>> = profiles
        .iter()
        .filter_map(|(profile, (impaired, levels))| Beside::of(column, profile, *impaired, levels, system))
        .collect();
    let free = beside.iter().filter(|beside| !beside.impaired).map(|beside| beside.own).reduce(f64::max)?;
    if !beside.iter().any(|beside| beside.impaired) || !beside.iter().all(|beside| beside.far) {
        return None;
    }
    // Where the system is the bottleneck it has what it has without impairment.
    let slow = |beside: &Beside<'_>| beside.impaired && beside.own <= free.min(beside.usual) + LEFT.ln();
    let limited = column.metric.unit == Unit::BitPerSecond || column.metric.duration;
    if limited && !beside.iter().any(slow) {
        return None;
    }
    let most = beside.iter().max_by(|a, b| a.distance().total_cmp(&b.distance()))?;
    let least = beside.iter().map(Beside::distance).reduce(f64::min)?;
    let unit = column.metric.unit;
    let shown = |level: f64| (sign(column) * level).exp();
    let evidence = format!(
        "{}{} is under each of {} at least {:.1} times worse than the median of the others; at {} its geometric mean over runs is {} beside {} of {}",
        column.metric.title,
        way(column.direction),
        count(beside.len(), "profile"),
        least.exp(),
        most.profile,
        value(shown(most.own), unit),
        value(shown(most.usual), unit),
        count(most.others, "other system")
    );
    let scope = Scope {
        system: Some(system),
        tuning: Some(tuning),
        workload: Some(column.workload),
        metric: Some(column.metric.id),
        ..Scope::default()
    };
    let row = finding(Code::FarOffEverywhere, scope, beside.len(), beside.len(), evidence);
    Some((most.distance(), measured(row, Some(shown(most.own)), Some(shown(most.usual)), unit.as_str())))
}

fn way(direction: Option<Direction>) -> String {
    direction.map(|direction| format!(" ({direction})")).unwrap_or_default()
}
