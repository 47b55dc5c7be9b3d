//! How ranks would move if other blocks had been measured.

use super::blocks::Blocks;
use super::bootstrap::replicate;
use super::random::Die;
use super::rank::{Better, Ranks, ranks};
use super::summary::{mean, power_of_two};
use super::{Confidence, Resampling, Values};

/// The rank of each system in many resamples of the blocks.
///
/// The estimand is the rank of a system's mean over all blocks that could have been measured; where values are given
/// as logarithms, of its geometric mean. Whole blocks are resampled, the same ones for all systems, so that what
/// systems share in a block stays shared. Assumes independent blocks.
///
/// **Few blocks vary too little when resampled, and systems that are equal get ranks all the same.** Where four systems
/// are equal, the nominal 95 % intervals hold all true ranks in 19 % of simulated campaigns with 6 blocks and 38 %
/// with 20; where neighbours are 0.3 standard deviations apart, in 88 % and 98 %. It describes the data; for a claim
/// with its stated confidence use [`rank_intervals`](super::rank_intervals).
#[derive(Debug, Clone, PartialEq)]
pub struct RankBootstrap {
    point: Vec<Ranks>,
    shares: Vec<Vec<f64>>,
    resamples: u64,
}

impl RankBootstrap {
    /// Of a table with a column a system. `None` for a single block, and for no resamples.
    pub fn new(blocks: &Blocks, better: Better, resampling: Resampling) -> Option<Self> {
        let (count, systems) = (blocks.count(), blocks.columns());
        if count < 2 || resampling.resamples == 0 {
            return None;
        }
        let columns: Vec<Vec<f64>> = (0..systems).map(|system| blocks.column(system)).collect();
        let means: Option<Vec<f64>> = columns.iter().map(|column| Some(mean(Values::new(column).ok()?))).collect();
        let point = ranks(&means?, better);
        // Scaled by a power of two, so that sums stay finite; ranks of sums are those of means.
        let largest = blocks.rows().flatten().fold(0.0f64, |largest, x| largest.max(x.abs()));
        let scale = power_of_two(largest);
        let scaled: Vec<Vec<f64>> = blocks.rows().map(|row| row.iter().map(|x| x / scale).collect()).collect();
        let die = Die::new(count);
        let drawn: Vec<Vec<Ranks>> = replicate(
            resampling,
            || (vec![0usize; count], vec![0.0; systems]),
            |generator, (counts, sums)| {
                counts.fill(0);
                die.roll(generator, count, |rolled| {
                    for &block in rolled {
                        if let Some(times) = counts.get_mut(block) {
                            *times += 1;
                        }
                    }
                });
                // In the order of the blocks, so that systems with equal values have equal sums.
                sums.fill(0.0);
                for (row, &times) in scaled.iter().zip(counts.iter()).filter(|(_, times)| **times > 0) {
                    sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += times as f64 * x);
                }
                ranks(sums, better)
            },
        );
        let mut shares = vec![vec![0.0; systems]; systems];
        for ranks in &drawn {
            for (row, ranks) in shares.iter_mut().zip(ranks) {
                // Systems that tie share their places evenly.
                let places = (1 + ranks.worst - ranks.best) as f64;
                row.iter_mut().take(ranks.worst).skip(ranks.best - 1).for_each(|share| *share += 1.0 / places);
            }
        }
        let total = drawn.len() as f64;
        shares.iter_mut().flatten().for_each(|share| *share /= total);
        Some(Self { point, shares, resamples: resampling.resamples })
    }

    /// The ranks of the means themselves, one a system; ties share theirs.
    pub fn point(&self) -> &[Ranks] {
        &self.point
    }

    /// Share of the resamples in which each system (row) has each rank (column, from the best). Rows and columns each
    /// add up to 1: systems that tie share their places evenly.
    pub fn shares(&self) -> &[Vec<f64>] {
        &self.shares
    }

    /// Share of the resamples in which each system is first. Adds up to 1.
    pub fn first(&self) -> Vec<f64> {
        self.shares.iter().map(|row| row.first().copied().unwrap_or_default()).collect()
    }

    /// Number of resamples.
    pub const fn resamples(&self) -> u64 {
        self.resamples
    }

    /// The ranks of each system between the tails of its distribution, widened to hold the rank of its mean. One
    /// system at a time: the confidence is not that all intervals hold at once.
    pub fn intervals(&self, confidence: Confidence) -> Vec<Ranks> {
        let interval = |(row, point): (&Vec<f64>, &Ranks)| {
            let best = 1 + until(row.iter(), confidence.tail());
            let worst = row.len() - until(row.iter().rev(), confidence.tail());
            Ranks { best, worst: worst.max(best) }.hull(*point)
        };
        self.shares.iter().zip(&self.point).map(interval).collect()
    }
}

/// How many shares come before the one with which their sum exceeds the tail.
fn until<'a>(mut shares: impl Iterator<Item = &'a f64>, tail: f64) -> usize {
    let mut total = 0.0;
    let reached = shares.position(|share| {
        total += share;
        total > tail + ROUNDING
    });
    reached.unwrap_or_default()
}

/// Rounding of added shares.
const ROUNDING: f64 = 1e-12;
