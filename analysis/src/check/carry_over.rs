//! Whether it matters when something was measured within its block, or what was measured before it.

use super::facts::{Index, Link, Point};
use super::say::share;
use super::{Scope, finding, measured};
use crate::stats::Resampling;
use crate::stats::random;
use meshbench_schemas::catalogue::Better;
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::words::{Direction, Workload};
use std::collections::{BTreeMap, BTreeSet};

/// Error rate of each of the questions over the whole campaign.
const ALPHA: f64 = 0.005;
/// The margin of practical equality that comparisons use.
const MARGIN: f64 = 0.03;
/// With fewer orders that there could have been none is rare enough.
const LEAST_ORDERS: f64 = 1000.0;
/// Orders that are drawn.
const RESAMPLING: Resampling = Resampling { seed: 0, resamples: 9_999 };

/// The order of systems within blocks, and of profiles within the stay of a system in a block, against the values: were the order
/// drawn anew, how often would values go with the place, or with what came before, as much as they do? Orders are drawn at random by
/// the plan, so nothing else is assumed.
pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let parts = [("system", systems(index)), ("profile", profiles(index))];
    let mut places = Vec::new();
    let mut befores = Vec::new();
    for (what, layout) in &parts {
        let Some(found) = layout.tested() else { continue };
        places.extend(found.place.map(|seen| (*what, seen)));
        befores.extend(found.before.map(|seen| (*what, seen)));
    }
    let mut out = Vec::new();
    let draws = RESAMPLING.resamples;
    if let Some((_, worst)) = places.first() {
        let said = places.iter().map(|(what, seen)| {
            let side = if seen.change > 0.0 { "better" } else { "worse" };
            format!(
                "from the first to the last {what} of its turn values become {side} by {} on average over {} series; of {draws} other \
                 orders {} have as much",
                share(seen.change.exp_m1().abs()),
                seen.series,
                seen.extreme
            )
        });
        let evidence = said.collect::<Vec<_>>().join("; ");
        let row = finding(Code::PositionMatters, Scope::default(), worst.groups, worst.groups, evidence);
        out.push(measured(row, Some(worst.change.exp_m1()), Some(0.0), "ratio"));
    }
    if let Some((_, worst)) = befores.first() {
        let said = befores.iter().map(|(what, seen)| {
            let side = if seen.change > 0.0 { "better" } else { "worse" };
            format!(
                "after the {what} {} values are {side} by {} than otherwise, on average over {} series; of {draws} other orders {} go \
                 as far with what came before",
                seen.name,
                share(seen.change.exp_m1().abs()),
                seen.series,
                seen.extreme
            )
        });
        let evidence = said.collect::<Vec<_>>().join("; ");
        let row = finding(Code::CarryOver, Scope::default(), worst.groups, worst.groups, evidence);
        out.push(measured(row, Some(worst.change.exp_m1()), Some(0.0), "ratio"));
    }
    out
}

/// What is measured in turns: in each group every treatment once, one after another.
#[derive(Default)]
struct Layout {
    names: Vec<String>,
    /// The treatments of each group in the order in which they were measured.
    orders: Vec<Vec<usize>>,
    /// Per series what is left of logarithms (turned so that more is better) without treatment and group, by group and
    /// treatment; 0 where a group has no value.
    series: Vec<Vec<f64>>,
}

/// One question's answer.
struct Seen {
    name: String,
    /// On logarithms, more being better.
    change: f64,
    extreme: u64,
    series: usize,
    groups: usize,
}

#[derive(Default)]
struct Found {
    place: Option<Seen>,
    before: Option<Seen>,
}

impl Layout {
    /// `None` where chance could not be told from anything else: few orders, or always the same one.
    fn tested(&self) -> Option<Found> {
        let (treatments, groups) = (self.names.len(), self.orders.len());
        let distinct: BTreeSet<&Vec<usize>> = self.orders.iter().collect();
        let orders: f64 = (2..=treatments).map(|k| (k as f64).ln()).sum::<f64>() * groups as f64;
        if self.series.is_empty() || distinct.len() < 2 || orders < LEAST_ORDERS.ln() {
            return None;
        }
        let sizes: Vec<f64> = self.series.iter().map(|own| own.iter().map(|e| e * e).sum::<f64>().sqrt()).collect();
        // Every series counts the same, whatever it varies by.
        let units: Vec<Vec<f64>> =
            self.series.iter().zip(&sizes).map(|(own, size)| own.iter().map(|e| e / size).collect()).collect();
        let mut total = vec![0.0; groups * treatments];
        units.iter().for_each(|own| total.iter_mut().zip(own).for_each(|(total, e)| *total += e));
        let place = |orders: &[Vec<usize>]| by_place(&total, orders, treatments).abs();
        let before =
            |orders: &[Vec<usize>]| -> f64 { units.iter().map(|own| by_predecessor(own, orders, treatments)).sum() };
        let (at_place, at_before) = (place(&self.orders), before(&self.orders));
        let mut generator = RESAMPLING.stream(0);
        let mut drawn = self.orders.clone();
        let mut extreme = (0, 0);
        for _ in 0..RESAMPLING.resamples {
            for order in &mut drawn {
                for at in (1..order.len()).rev() {
                    order.swap(at, random::index(&mut generator, at + 1));
                }
            }
            // Sums differ by rounding.
            extreme.0 += u64::from(place(&drawn) >= at_place * (1.0 - 1e-9));
            // What came before is known by the place where there are but two.
            extreme.1 += u64::from(treatments < 3 || before(&drawn) >= at_before * (1.0 - 1e-9));
        }
        let rare = |extreme: u64| (1.0 + extreme as f64) / (1.0 + RESAMPLING.resamples as f64) <= ALPHA;
        let seen = |name: String, change: f64, extreme| {
            let matters = rare(extreme) && change.is_finite() && change.exp_m1().abs() >= MARGIN;
            matters.then_some(Seen { name, change, extreme, series: self.series.len(), groups })
        };
        let (name, change) = self.after();
        Some(Found { place: seen(String::new(), self.slope(), extreme.0), before: seen(name, change, extreme.1) })
    }

    /// The mean change from the first place to the last.
    fn slope(&self) -> f64 {
        let treatments = self.names.len();
        let squares: f64 = (0..treatments).map(|at| from_middle(at, treatments).powi(2)).sum();
        let of = |own: &Vec<f64>| {
            let groups = own.chunks(treatments.max(1)).filter(|group| group.iter().any(|e| *e != 0.0)).count();
            by_place(own, &self.orders, treatments) / (squares * groups as f64) * (treatments as f64 - 1.0)
        };
        self.series.iter().map(of).sum::<f64>() / self.series.len() as f64
    }

    /// After which treatment values are furthest from the others, and by how much.
    fn after(&self) -> (String, f64) {
        let treatments = self.names.len();
        let mut sums = vec![(0.0, 0usize); treatments];
        for own in &self.series {
            for ((sum, count), (more, further)) in sums.iter_mut().zip(after_each(own, &self.orders, treatments)) {
                *sum += more;
                *count += further;
            }
        }
        let means = sums.into_iter().map(|(sum, count)| sum / count.max(1) as f64);
        let named = self.names.iter().cloned().zip(means);
        named.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).unwrap_or_default()
    }
}

fn from_middle(at: usize, treatments: usize) -> f64 {
    at as f64 - (treatments as f64 - 1.0) / 2.0
}

/// Σ residual · (place − the middle one).
fn by_place(residuals: &[f64], orders: &[Vec<usize>], treatments: usize) -> f64 {
    let of_group = |(group, order): (usize, &Vec<usize>)| {
        let value = |treatment: &usize| residuals.get(group * treatments + treatment).copied().unwrap_or_default();
        order.iter().enumerate().map(|(at, treatment)| value(treatment) * from_middle(at, treatments)).sum::<f64>()
    };
    orders.iter().enumerate().map(of_group).sum()
}

/// What comes after each treatment: the sum of residuals, and their number. What goes with the place is taken out first, or
/// treatments that happened to come late would seem to leave something behind.
fn after_each(residuals: &[f64], orders: &[Vec<usize>], treatments: usize) -> Vec<(f64, usize)> {
    let squares: f64 = (0..treatments).map(|at| from_middle(at, treatments).powi(2)).sum();
    let slope = by_place(residuals, orders, treatments) / (squares * orders.len() as f64);
    let mut sums = vec![(0.0, 0usize); treatments];
    for (group, order) in orders.iter().enumerate() {
        for (at, (first, second)) in order.iter().zip(order.iter().skip(1)).enumerate() {
            let residual = residuals.get(group * treatments + second).copied().unwrap_or_default();
            if let Some((sum, count)) = sums.get_mut(*first) {
                *sum += residual - slope * from_middle(at + 1, treatments);
                *count += 1;
            }
        }
    }
    sums
}

/// Σ over what came before of (Σ residuals after it)² / their number.
fn by_predecessor(residuals: &[f64], orders: &[Vec<usize>], treatments: usize) -> f64 {
    let sums = after_each(residuals, orders, treatments);
    sums.into_iter().map(|(sum, count)| sum * sum / count.max(1) as f64).sum()
}

/// A metric and direction of a workload in one cell.
type Series<'a> = (Workload, &'a str, Option<Direction>, &'a str, &'a str);

/// Systems with their tuning, in blocks.
fn systems(index: &Index<'_>) -> Layout {
    layout(index, |run| {
        let tuning = if &*run.tuning == "default" { String::new() } else { format!(" ({})", run.tuning) };
        (format!("{}{tuning}", run.system), (run.block, String::new()), (&run.profile, ""))
    })
}

/// Profiles, in the stay of a system in a block.
fn profiles(index: &Index<'_>) -> Layout {
    layout(index, |run| {
        (run.profile.to_string(), (run.block, format!("{} {}", run.system, run.tuning)), (&run.system, &run.tuning))
    })
}

type Group = (u32, String);

/// `of` says what of a run is the treatment, which group it belongs to, and what else tells its series apart.
fn layout<'a>(
    index: &Index<'a>,
    of: impl Fn(&'a meshbench_schemas::tables::Run) -> (String, Group, (&'a str, &'a str)),
) -> Layout {
    // When each treatment of a group began; unknown as soon as one run has no place.
    let mut began: BTreeMap<Group, BTreeMap<String, Option<u32>>> = BTreeMap::new();
    for &run in index.cells.values().flatten() {
        let (treatment, group, _) = of(run);
        let entry = began.entry(group).or_default().entry(treatment).or_insert(Some(u32::MAX));
        *entry = entry.zip(run.position).map(|(known, position)| known.min(position));
    }
    let names: BTreeSet<String> = began.values().flat_map(|own| own.keys().cloned()).collect();
    let names: Vec<String> = names.into_iter().collect();
    let place = |name: &str| names.binary_search_by(|known| known.as_str().cmp(name)).unwrap_or_default();
    let mut orders: BTreeMap<Group, Vec<usize>> = BTreeMap::new();
    for (group, own) in &began {
        let mut known: Vec<(u32, usize)> =
            own.iter().filter_map(|(treatment, at)| Some(((*at)?, place(treatment)))).collect();
        known.sort_unstable();
        if known.len() == names.len() {
            orders.insert(group.clone(), known.into_iter().map(|(_, treatment)| treatment).collect());
        }
    }
    let groups: BTreeMap<&Group, usize> = orders.keys().enumerate().map(|(at, group)| (group, at)).collect();
    // The mean logarithm over links of each treatment in each group, by series.
    let mut series: BTreeMap<Series<'a>, BTreeMap<(usize, usize), f64>> = BTreeMap::new();
    for (column, cells) in index.headlines() {
        let sign = match column.metric.better {
            Better::Higher => 1.0,
            Better::Lower => -1.0,
            Better::Neither => continue,
        };
        for points in cells.values() {
            for (block, value) in of_blocks(points) {
                let Some(run) = points.iter().map(|point| point.run).find(|run| run.block == block) else { continue };
                let (treatment, group, (a, b)) = of(run);
                let Some(&group) = groups.get(&group) else { continue };
                let key = (column.workload, column.metric.id, column.direction, a, b);
                series.entry(key).or_default().insert((group, place(&treatment)), sign * value);
            }
        }
    }
    let (treatments, count) = (names.len(), orders.len());
    let series = series.values().filter_map(|values| residuals(values, count, treatments)).collect();
    Layout { names, orders: orders.into_values().collect(), series }
}

/// The mean of logarithms over links, of the blocks in which every link has a value above zero.
fn of_blocks(points: &[Point<'_>]) -> BTreeMap<u32, f64> {
    let mut of: BTreeMap<u32, BTreeMap<Link<'_>, f64>> = BTreeMap::new();
    // Of several attempts the last one, which the points' order has last.
    for point in points.iter().filter(|point| point.value.value > 0.0) {
        let link = (&*point.run.source, &*point.run.target);
        of.entry(point.run.block).or_default().insert(link, point.value.value.ln());
    }
    let links: BTreeSet<Link<'_>> = of.values().flat_map(|links| links.keys().copied()).collect();
    of.retain(|_, own| own.len() == links.len());
    of.into_iter().map(|(block, own)| (block, own.values().sum::<f64>() / own.len() as f64)).collect()
}

/// What is left without the means of treatments and of groups, of the groups in which every treatment has a value. `None` for
/// fewer than three of them, and where nothing is left.
fn residuals(values: &BTreeMap<(usize, usize), f64>, groups: usize, treatments: usize) -> Option<Vec<f64>> {
    let row = |group: usize| -> Option<Vec<f64>> {
        (0..treatments).map(|treatment| values.get(&(group, treatment)).copied()).collect()
    };
    let whole: Vec<(usize, Vec<f64>)> = (0..groups).filter_map(|group| Some((group, row(group)?))).collect();
    if whole.len() < 3 || treatments < 2 {
        return None;
    }
    let mean = |values: &mut dyn Iterator<Item = f64>, count: usize| values.sum::<f64>() / count as f64;
    let of_treatment: Vec<f64> = (0..treatments)
        .map(|at| mean(&mut whole.iter().filter_map(|(_, row)| row.get(at).copied()), whole.len()))
        .collect();
    let grand = mean(&mut of_treatment.iter().copied(), treatments);
    let mut out = vec![0.0; groups * treatments];
    for (group, row) in &whole {
        let own = mean(&mut row.iter().copied(), treatments);
        for (at, (value, of_treatment)) in row.iter().zip(&of_treatment).enumerate() {
            if let Some(slot) = out.get_mut(group * treatments + at) {
                *slot = value - own - of_treatment + grand;
            }
        }
    }
    let size = out.iter().map(|e| e * e).sum::<f64>().sqrt();
    // Equal values differ by rounding.
    (size > 1e-12 * (1.0 + grand.abs()) && size.is_finite()).then_some(out)
}
