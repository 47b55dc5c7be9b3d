//! Means of resamples, quickly.

use crate::Values;
use crate::lanes::{Lanes, STEP};
use crate::summary::{mean, power_of_two};

/// A table of sums has at most this many entries, so that it stays in the nearest cache.
const ENTRIES: usize = 2048;

/// Fewer tuples than this are looked up for many resamples in turn, more for one resample after the other.
const FEW: usize = 8;

/// About so many indices are drawn at a time, for the same reason.
const AT_ONCE: usize = 8 * STEP;

/// Draws the means of resamples of some values.
///
/// To draw k values with replacement is to draw one of the nᵏ ordered k-tuples, so their sums are made once
/// and looked up: n = 30 takes 15 look-ups of pairs instead of 30 of values. The values are centred and scaled
/// by a power of two before, so that nothing overflows and equal values give exactly their mean.
#[derive(Debug)]
pub(crate) struct Means {
    centre: f64,
    /// From a sum of centred and scaled values to what the mean is off the centre.
    factor: f64,
    range: (f64, f64),
    tuples: Table,
    rest: Table,
}

/// Sums of tuples, and how many of them a resample takes.
#[derive(Debug)]
struct Table {
    sums: Vec<f64>,
    times: usize,
}

impl Table {
    /// Adds to each of `totals` the sum of tuples of its own.
    fn add(&self, lanes: &mut Lanes, indices: &mut Vec<u64>, totals: &mut [f64]) {
        if self.times < FEW {
            // A tuple of each resample at a time.
            indices.resize(totals.len().next_multiple_of(STEP), 0);
            for _ in 0..self.times {
                lanes.fill(self.sums.len(), indices);
                totals.iter_mut().zip(&*indices).for_each(|(total, &index)| *total += self.at(index));
            }
            return;
        }
        let resamples = (AT_ONCE / self.times).max(1);
        indices.resize((resamples * self.times).next_multiple_of(STEP), 0);
        for totals in totals.chunks_mut(resamples) {
            lanes.fill(self.sums.len(), indices);
            let resamples = totals.iter_mut().zip(indices.chunks_exact(self.times));
            resamples.for_each(|(total, indices)| *total += self.sum(indices));
        }
    }

    #[inline(always)]
    fn at(&self, index: u64) -> f64 {
        self.sums.get(index as usize).copied().unwrap_or_default()
    }

    #[inline(always)]
    fn sum(&self, indices: &[u64]) -> f64 {
        let (eights, rest) = indices.as_chunks::<8>();
        // Eight sums of their own do not wait for each other.
        let mut sums = [0.0; 8];
        for eight in eights {
            sums.iter_mut().zip(eight).for_each(|(sum, &index)| *sum += self.at(index));
        }
        let [a, b, c, d, e, f, g, h] = sums;
        let rest = rest.iter().fold(0.0, |sum, &index| sum + self.at(index));
        ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest
    }
}

impl Means {
    pub(crate) fn new(values: Values<'_>) -> Self {
        let (low, high) = values.range();
        let scale = power_of_two(low.abs().max(high.abs()));
        let centre = mean(values);
        let single: Vec<f64> = values.as_slice().iter().map(|x| x / scale - centre / scale).collect();
        let n = single.len();
        let mut widths = vec![single];
        while let [single, .., widest] | [single @ widest] = widths.as_slice()
            && widths.len() < n
            && widest.len().saturating_mul(n) <= ENTRIES
        {
            let wider = widest.iter().flat_map(|sum| single.iter().map(move |x| sum + x)).collect();
            widths.push(wider);
        }
        let width = widths.len();
        let rest = (n % width).checked_sub(1).and_then(|at| widths.get(at).cloned());
        let rest = rest.map_or(Table { sums: Vec::new(), times: 0 }, |sums| Table { sums, times: 1 });
        let tuples = Table { sums: widths.pop().unwrap_or_default(), times: n / width };
        Self { centre, factor: scale / n as f64, range: (low, high), tuples, rest }
    }

    /// How many indices a resample takes.
    pub(crate) fn draws(&self) -> usize {
        self.tuples.times + self.rest.times
    }

    /// Adds to each of `replicates` the `share` of the mean of a resample. The rest is scratch.
    pub(crate) fn add(&self, share: f64, lanes: &mut Lanes, scratch: &mut Scratch, replicates: &mut [f64]) {
        let Scratch { totals, indices } = scratch;
        totals.clear();
        totals.resize(replicates.len(), 0.0);
        self.tuples.add(lanes, indices, totals);
        self.rest.add(lanes, indices, totals);
        let (low, high) = self.range;
        for (replicate, total) in replicates.iter_mut().zip(totals) {
            let mean = self.centre + *total * self.factor;
            // Never beyond the values, which rounding could bring about, and with it an overflow.
            let mean = if mean < low { low } else { mean };
            *replicate += share * if mean > high { high } else { mean };
        }
    }
}

/// Memory that is used again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    totals: Vec<f64>,
    indices: Vec<u64>,
}
