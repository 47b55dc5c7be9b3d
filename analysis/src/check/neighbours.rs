//! Blocks that depend on each other, which no interval over blocks can see.

use super::facts::{Index, Link, Point};
use super::{Scope, finding, measured};
use crate::stats::Resampling;
use crate::stats::random;
use meshbench_schemas::finding::{Code, Finding};
use std::collections::{BTreeMap, BTreeSet};

/// Error rate over the whole campaign.
const ALPHA: f64 = 0.005;
/// Below 6 blocks no order is rare enough.
pub const LEAST_BLOCKS: usize = 6;
/// A smaller autocorrelation makes intervals too narrow by less than a tenth.
const LEAST: f64 = 0.1;
/// Orders that are drawn.
const RESAMPLING: Resampling = Resampling { seed: 0, resamples: 9_999 };

/// The mean lag-1 autocorrelation over the blocks of all cells and headline metrics, against the same with all blocks in
/// shuffled orders: what cells share in a block stays together, so it does not count as evidence more than once.
pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let blocks: BTreeSet<u32> = index.cells.values().flatten().map(|run| run.block).collect();
    let n = blocks.len();
    if n < LEAST_BLOCKS {
        return Vec::new();
    }
    // For each pair of blocks, the products of their standardised values, added up over series.
    let mut products = vec![vec![0.0; n]; n];
    let mut series = 0;
    for (_, cells) in index.headlines() {
        for points in cells.values() {
            let Some(values) = standardised(points, &blocks) else { continue };
            series += 1;
            for (row, a) in products.iter_mut().zip(&values) {
                row.iter_mut().zip(&values).for_each(|(product, b)| *product += a * b);
            }
        }
    }
    if series == 0 {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..n).collect();
    let of = |order: &[usize]| -> f64 {
        let pairs = order.iter().zip(order.iter().skip(1));
        pairs.filter_map(|(a, b)| products.get(*a)?.get(*b)).sum()
    };
    let found = of(&order);
    // Sums differ by rounding, and an order read backwards has the same one.
    let least = found - 1e-9 * series as f64;
    let mut generator = RESAMPLING.stream(0);
    let mut extreme = 0;
    for _ in 0..RESAMPLING.resamples {
        for at in (1..n).rev() {
            order.swap(at, random::index(&mut generator, at + 1));
        }
        extreme += u32::from(of(&order) >= least);
    }
    let p = (1.0 + f64::from(extreme)) / (1.0 + RESAMPLING.resamples as f64);
    let (mean, chance) = (found / series as f64, -1.0 / n as f64);
    if p > ALPHA || mean - chance < LEAST {
        return Vec::new();
    }
    let evidence = format!(
        "over {series} series of {n} blocks the autocorrelation of neighbouring blocks is {mean:.2} on average, where chance gives \
         {chance:.2}; of {} shuffled orders of the blocks {extreme} have as much",
        RESAMPLING.resamples
    );
    let row = finding(Code::NeighbouringBlocksAlike, Scope::default(), n, n, evidence);
    vec![measured(row, Some(mean), Some(chance), "ratio")]
}

/// The means of logarithms over links, one a block, with mean 0 and squares that add up to 1. `None` where a block lacks a
/// link, a value is not above zero, or all blocks are equal.
fn standardised(points: &[Point<'_>], blocks: &BTreeSet<u32>) -> Option<Vec<f64>> {
    // Of several attempts the last one, which the points' order has last.
    let mut of: BTreeMap<u32, BTreeMap<Link<'_>, f64>> = BTreeMap::new();
    for point in points.iter().filter(|point| point.value.value > 0.0) {
        let link = (&*point.run.source, &*point.run.target);
        of.entry(point.run.block).or_default().insert(link, point.value.value.ln());
    }
    let links: BTreeSet<Link<'_>> = of.values().flat_map(|links| links.keys().copied()).collect();
    let mean = |block: &u32| {
        let own = of.get(block).filter(|own| own.len() == links.len())?;
        Some(own.values().sum::<f64>() / own.len() as f64)
    };
    let values: Vec<f64> = blocks.iter().map(mean).collect::<Option<_>>()?;
    let centre = values.iter().sum::<f64>() / values.len() as f64;
    let size = values.iter().map(|value| (value - centre).powi(2)).sum::<f64>().sqrt();
    // Equal values differ by rounding.
    (size > 1e-12 * (1.0 + centre.abs()) && size.is_finite())
        .then(|| values.iter().map(|value| (value - centre) / size).collect())
}
