//! Cells that are two things at once: links that disagree, values that form two groups.

use super::facts::{Cell, Column, Index, Link, Point};
use super::outcomes::apart;
use super::say::{count, value};
use super::worst::Worst;
use super::{finding, measured};
use crate::stats::quantile::median_of;
use crate::stats::student::t_beyond;
use crate::stats::summary::Moments;
use meshbench_schemas::catalogue::{Scale, Unit};
use meshbench_schemas::finding::{Code, Finding};
use std::collections::{BTreeMap, BTreeSet};

/// How far apart links have to be to be two things, however sure it is that they differ.
#[derive(Debug, Clone, Copy)]
struct Apart {
    /// Where runs were repeated.
    repeated: f64,
    /// Where nothing was repeated, and the spread of the other systems says what is usual.
    once: f64,
    /// Where that does not say it either.
    alone: f64,
}

/// On logarithms: factors.
const FACTORS: [f64; 3] = [1.5, 2.0, 3.0];
/// Of shares: percentage points.
const SHARES: Apart = Apart { repeated: 0.05, once: 0.1, alone: 0.2 };
/// Of what else is on the linear scale: relative to the mean of the links.
const RELATIVE: Apart = Apart { repeated: 0.5, once: 1.0, alone: 1.5 };
/// How much further apart than usual.
const TIMES_USUAL: f64 = 3.0;
/// Below this many other systems nothing is known to be usual.
const ENOUGH_OTHERS: usize = 3;
/// By so much times to connect differ as well: they are polled each second or two, and count from when the later of two
/// hosts was started. Links of one system that has no trouble were seen 10 s apart after a reboot.
const CONNECT_S: f64 = 15.0;
/// Error rate over all cells of the campaign.
const ALPHA: f64 = 0.01;
/// Two groups cannot be told from fewer values.
const ENOUGH_VALUES: usize = 6;
/// A group of one is an outlier.
const LEAST_GROUP: usize = 2;
/// The gap between two groups.
const GAP_FACTOR: f64 = 2.0;
/// Share of the variance between the groups. The best split of normal values explains 64 %.
const EXPLAINED: f64 = 0.97;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let columns: Vec<_> = index.headlines().collect();
    let tests: usize = columns.iter().map(|(_, cells)| cells.len()).sum();
    // The direction that is further off stands for both.
    let mut worst = Worst::new();
    for (column, cells) in columns {
        let spreads: BTreeMap<Cell<'_>, Spread<'_>> =
            cells.iter().filter_map(|(cell, points)| Some((*cell, Spread::of(points, &column)?))).collect();
        for (cell, spread) in &spreads {
            let others: Vec<f64> = spreads
                .iter()
                .filter(|(other, _)| other.comparison() == cell.comparison() && other.system != cell.system)
                .map(|(_, other)| other.range())
                .collect();
            let disagree = spread.disagree(&others, tests);
            let points = cells.get(cell).map(Vec::as_slice).unwrap_or_default();
            let grouped = || if splits(&column) { two_groups(&column, cell, points) } else { None };
            let row = if disagree { disagreement(&column, cell, spread) } else { grouped() };
            if let Some(row) = row {
                worst.add((*cell, column.metric.id), spread.range(), row);
            }
        }
    }
    let mut out = worst.rows();
    // What two metrics say in the same numbers, such as two times to connect, is said once.
    let numbers = |row: &Finding| (row.observed.map(f64::to_bits), row.expected.map(f64::to_bits));
    let place = |row: &Finding| (row.code, row.workload, row.profile.clone(), row.tuning.clone(), row.system.clone());
    let mut told = BTreeSet::new();
    out.retain(|row| told.insert((place(row), numbers(row))));
    out
}

/// Whether two groups are looked for: factors are what tells them.
fn splits(column: &Column) -> bool {
    matches!(column.metric.unit, Unit::Second | Unit::BitPerSecond)
}

/// How far apart means are at the least, in the unit of the metric, to be two things.
fn least(column: &Column) -> f64 {
    if column.connects() { CONNECT_S } else { 0.0 }
}

/// A cell's values by link and block, the last attempt of each: logarithms, or on the linear scale as they are.
struct Spread<'a> {
    links: BTreeMap<Link<'a>, BTreeMap<u32, f64>>,
    apart: Apart,
    log: bool,
    /// How far the means of links are apart at least, in the unit of the metric.
    least: f64,
}

impl<'a> Spread<'a> {
    fn of(points: &[Point<'a>], column: &Column) -> Option<Self> {
        // Rates and times have factors, whatever scale their means are taken on.
        let log = column.metric.scale == Scale::Log || matches!(column.metric.unit, Unit::Second | Unit::BitPerSecond);
        let mut links: BTreeMap<Link<'a>, BTreeMap<u32, f64>> = BTreeMap::new();
        for point in points.iter().filter(|point| !log || point.value.value > 0.0) {
            let link = (&*point.run.source, &*point.run.target);
            let value = point.value.value;
            links.entry(link).or_default().insert(point.run.block, if log { value.ln() } else { value });
        }
        let all: Vec<f64> = links.values().flat_map(BTreeMap::values).copied().collect();
        let [repeated, once, alone] = FACTORS.map(f64::ln);
        let apart = match column.metric.unit {
            _ if log => Apart { repeated, once, alone },
            Unit::Ratio => SHARES,
            _ => {
                let level = Moments::of(&all)?.mean.abs();
                let of = |share: f64| if level > 0.0 { share * level } else { f64::INFINITY };
                Apart { repeated: of(RELATIVE.repeated), once: of(RELATIVE.once), alone: of(RELATIVE.alone) }
            }
        };
        (links.len() > 1).then_some(Self { links, apart, log, least: least(column) })
    }

    /// A mean of [`Self::means`] in the unit of the metric.
    fn back(&self, mean: f64) -> f64 {
        if self.log { mean.exp() } else { mean }
    }

    /// Mean of each link, on logarithms where those are taken.
    fn means(&self) -> Vec<(Link<'a>, f64)> {
        let mean = |blocks: &BTreeMap<u32, f64>| Moments::of(&blocks.values().copied().collect::<Vec<_>>());
        self.links.iter().filter_map(|(link, blocks)| Some((*link, mean(blocks)?.mean))).collect()
    }

    /// The lowest and the highest link.
    fn ends(&self) -> Option<((Link<'a>, f64), (Link<'a>, f64))> {
        let means = self.means();
        let low = means.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1))?;
        let high = means.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some((low, high))
    }

    fn range(&self) -> f64 {
        self.ends().map_or(0.0, |(low, high)| high.1 - low.1)
    }

    /// The standard error of a difference of two links' means after taking out the blocks, with its degrees of
    /// freedom: a two-way analysis of variance over the blocks that every link has.
    fn error(&self) -> Option<(f64, f64)> {
        let all: BTreeSet<u32> = self.links.values().flat_map(BTreeMap::keys).copied().collect();
        let whole: Vec<u32> =
            all.into_iter().filter(|block| self.links.values().all(|own| own.contains_key(block))).collect();
        let (l, b) = (self.links.len() as f64, whole.len() as f64);
        if whole.len() < 2 {
            return None;
        }
        let at = |own: &BTreeMap<u32, f64>, block: &u32| own.get(block).copied().unwrap_or(0.0);
        let of_link: Vec<f64> =
            self.links.values().map(|own| whole.iter().map(|block| at(own, block)).sum::<f64>() / b).collect();
        let grand = of_link.iter().sum::<f64>() / l;
        let mut residual = 0.0;
        for block in &whole {
            let of_block = self.links.values().map(|own| at(own, block)).sum::<f64>() / l;
            for (own, mean) in self.links.values().zip(&of_link) {
                residual += (at(own, block) - mean - of_block + grand).powi(2);
            }
        }
        let degrees = (l - 1.0) * (b - 1.0);
        let error = (2.0 * residual / degrees / b).sqrt();
        error.is_finite().then_some((error, degrees))
    }

    fn disagree(&self, others: &[f64], tests: usize) -> bool {
        let range = self.range();
        let ends = self.ends().map_or(0.0, |(low, high)| self.back(high.1) - self.back(low.1));
        if ends < self.least {
            return false;
        }
        match self.error() {
            Some((error, degrees)) => {
                let pairs = (self.links.len() * (self.links.len() - 1) / 2).max(1);
                let p = ALPHA / (2 * pairs * tests.max(1)) as f64;
                range >= self.apart.repeated && t_beyond(range, error, degrees, p)
            }
            None if others.len() < ENOUGH_OTHERS => range >= self.apart.alone,
            None => {
                let usual = median_of(others).unwrap_or(0.0);
                range >= self.apart.once && range >= TIMES_USUAL * usual
            }
        }
    }
}

fn disagreement(column: &Column, cell: &Cell<'_>, spread: &Spread<'_>) -> Option<Finding> {
    let (low, high) = spread.ends()?;
    let (least, most) = (spread.back(low.1), spread.back(high.1));
    let name = |link: Link<'_>| format!("{} → {}", link.0, link.1);
    let direction = column.direction.map(|direction| format!(" ({direction})")).unwrap_or_default();
    let distance = match column.metric.unit {
        _ if spread.log => apart(most, least),
        Unit::Ratio => format!("{:.1} percentage points", (most - least) * 100.0),
        unit => value(most - least, unit),
    };
    let evidence = format!(
        "{}{direction} is {} on {} and {} on {}, {distance} apart",
        column.metric.title,
        value(least, column.metric.unit),
        name(low.0),
        value(most, column.metric.unit),
        name(high.0)
    );
    let mut scope = cell.scope();
    scope.metric = Some(column.metric.id);
    let row = finding(Code::LinksDisagree, scope, 2, spread.links.len(), evidence);
    Some(measured(row, Some(most), Some(least), column.metric.unit.as_str()))
}

/// Values, each relative to its link's median, that split into two groups.
fn two_groups(column: &Column, cell: &Cell<'_>, points: &[Point<'_>]) -> Option<Finding> {
    let mut of: BTreeMap<Link<'_>, Vec<f64>> = BTreeMap::new();
    for point in points.iter().filter(|point| point.value.value > 0.0) {
        of.entry((&*point.run.source, &*point.run.target)).or_default().push(point.value.value.ln());
    }
    let all: Vec<f64> = of.values().flatten().copied().collect();
    let overall = median_of(&all)?;
    let centred = |own: &Vec<f64>| {
        let middle = median_of(own).unwrap_or(0.0);
        own.iter().map(|log| log - middle).collect::<Vec<_>>()
    };
    let mut logs: Vec<f64> = of.values().flat_map(centred).collect();
    logs.sort_by(f64::total_cmp);
    let at = split(&logs)?;
    let (low, high) = logs.split_at_checked(at)?;
    let (low_mean, high_mean) = (Moments::of(low)?.mean, Moments::of(high)?.mean);
    let (few, many) = ((overall + low_mean).exp(), (overall + high_mean).exp());
    if many - few < least(column) {
        return None;
    }
    let direction = column.direction.map(|direction| format!(" ({direction})")).unwrap_or_default();
    let evidence = format!(
        "{}{direction} has two groups: {} around {} and {} around {}",
        column.metric.title,
        count(low.len(), "value"),
        value(few, column.metric.unit),
        count(high.len(), "value"),
        value(many, column.metric.unit)
    );
    let mut scope = cell.scope();
    scope.metric = Some(column.metric.id);
    let row = finding(Code::Bimodal, scope, low.len().min(high.len()), logs.len(), evidence);
    Some(measured(row, Some(many), Some(few), column.metric.unit.as_str()))
}

/// Where sorted logarithms split into two groups; `None` where they do not.
fn split(logs: &[f64]) -> Option<usize> {
    if logs.len() < ENOUGH_VALUES {
        return None;
    }
    let total = Moments::of(logs)?.deviation().powi(2) * (logs.len() as f64 - 1.0);
    let within = |part: &[f64]| Moments::of(part).map_or(0.0, |m| m.deviation().powi(2) * (m.count as f64 - 1.0));
    let gaps = logs.windows(2).enumerate().filter_map(|(at, pair)| match pair {
        [low, high] if high - low >= GAP_FACTOR.ln() => Some(at + 1),
        _ => None,
    });
    gaps.filter(|at| *at >= LEAST_GROUP && logs.len() - at >= LEAST_GROUP).find(|at| {
        let (low, high) = (logs.get(..*at).unwrap_or_default(), logs.get(*at..).unwrap_or_default());
        within(low) + within(high) <= (1.0 - EXPLAINED) * total
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    /// Values that are normal on logarithms, by twelve uniform numbers.
    fn normal(random: &mut ChaCha8Rng, n: usize, deviation: f64) -> Vec<f64> {
        let uniform = |random: &mut ChaCha8Rng| f64::from(random.next_u32()) / f64::from(u32::MAX);
        let one = |random: &mut ChaCha8Rng| (0..12).map(|_| uniform(random)).sum::<f64>() - 6.0;
        let mut values: Vec<f64> = (0..n).map(|_| deviation * one(random)).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    #[test]
    fn one_group_is_seldom_taken_for_two() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        for (n, deviation) in [(6, 0.1), (6, 0.5), (6, 1.0), (18, 0.5), (18, 1.0), (36, 1.0)] {
            let rounds = 4_000;
            let wrong = (0..rounds).filter(|_| split(&normal(&mut random, n, deviation)).is_some()).count();
            assert!(wrong * 100 <= rounds, "{n} values of deviation {deviation}: {wrong} of {rounds}");
        }
    }

    #[test]
    fn two_groups_are_told() {
        let mut random = ChaCha8Rng::seed_from_u64(6);
        let told = |random: &mut ChaCha8Rng, apart: f64| {
            let mut values = normal(random, 6, 0.05);
            values.extend(normal(random, 6, 0.05).into_iter().map(|log| log + apart.ln()));
            values.sort_by(f64::total_cmp);
            split(&values).is_some()
        };
        assert!((0..200).all(|_| told(&mut random, 5.0)));
        assert!((0..200).all(|_| !told(&mut random, 1.2)));
    }
}
