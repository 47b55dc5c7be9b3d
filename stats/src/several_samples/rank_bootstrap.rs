//! How ranks would move if other blocks had been measured.

use crate::blocks::Blocks;
use crate::bootstrap::{drawn_median, replicate};
use crate::random::Die;
use crate::rank::{Better, Ranks, ranks, ranks_within};
use crate::summary::{mean, power_of_two};
use crate::{Confidence, Resampling, Values, quantile, ties};

/// What systems are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Centre {
    /// The mean over blocks; of logarithms, that of the geometric mean.
    Mean,
    /// The median over blocks, whose resamples take few values: with few blocks, ties are frequent.
    Median,
}

/// The rank of each system in many resamples of the blocks.
///
/// The estimand is the rank of a system's mean (or median) over all blocks that could have been measured. Whole blocks are resampled, the same ones for all systems, so that what
/// systems share in a block stays shared. Assumes independent blocks.
///
/// **Few blocks vary too little when resampled, and systems that are equal get ranks all the same.** Where four systems
/// are equal, the nominal 95 % intervals (by means) hold all true ranks in 19 % of simulated campaigns with 6 blocks and 38 %
/// with 20; where neighbours are 0.3 standard deviations apart, in 88 % and 98 %. It describes the data; for a claim
/// with its stated confidence use [`rank_intervals`](crate::rank_intervals).
#[derive(Debug, Clone, PartialEq)]
pub struct RankBootstrap {
    point: Vec<Ranks>,
    shares: Vec<Vec<f64>>,
    resamples: u64,
}

impl RankBootstrap {
    /// Of a table with a column a system. `None` for a single block, and for no resamples.
    pub fn new(blocks: &Blocks, centre: Centre, better: Better, resampling: Resampling) -> Option<Self> {
        let (count, systems) = (blocks.count(), blocks.columns());
        if count < 2 || resampling.resamples == 0 {
            return None;
        }
        let columns: Vec<Vec<f64>> = (0..systems).map(|system| blocks.column(system)).collect();
        let of = |column: &Vec<f64>| {
            let values = Values::new(column).ok()?;
            Some(match centre {
                Centre::Mean => mean(values),
                Centre::Median => quantile::median(values),
            })
        };
        let centres: Option<Vec<f64>> = columns.iter().map(of).collect();
        let point = ranks(&centres?, better);
        let draw = Draw::new(blocks, centre);
        let slack = draw.slack(count);
        let die = Die::new(count);
        let drawn: Vec<Vec<Ranks>> = replicate(
            resampling,
            || (vec![0usize; count], vec![0.0; systems]),
            |generator, (times, centres)| {
                die.tally(generator, times);
                draw.centres(times, centres);
                ranks_within(centres, better, slack)
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

    /// The ranks of the centres themselves, one a system; ties share theirs.
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

    /// The ranks of each system between the tails of its distribution, widened to hold the rank of its centre. One
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

/// What the centres of a resample are computed from.
enum Draw {
    /// Rows, scaled by a power of two so that sums stay finite; ranks of sums are those of means.
    Sums(Vec<Vec<f64>>),
    /// For each system its values in ascending order, with the block of each.
    Sorted(Vec<Vec<(f64, usize)>>),
}

impl Draw {
    fn new(blocks: &Blocks, centre: Centre) -> Self {
        match centre {
            Centre::Mean => {
                let scale = power_of_two(blocks.rows().flatten().fold(0.0f64, |largest, x| largest.max(x.abs())));
                Self::Sums(blocks.rows().map(|row| row.iter().map(|x| x / scale).collect()).collect())
            }
            Centre::Median => {
                let sorted = |system| {
                    let mut values: Vec<(f64, usize)> = blocks.column(system).into_iter().zip(0..).collect();
                    values.sort_by(|(a, _), (b, _)| a.total_cmp(b));
                    values
                };
                Self::Sorted((0..blocks.columns()).map(sorted).collect())
            }
        }
    }

    /// Centres of resamples that are no further apart are equal: the same values come in another order, or in another unit.
    fn slack(&self, blocks: usize) -> f64 {
        match self {
            // Magnitudes are at most 2.
            Self::Sums(_) => ties::VALUES * blocks as f64,
            Self::Sorted(_) => 0.0,
        }
    }

    /// Writes each system's centre, where each block counts so many times.
    fn centres(&self, times: &[usize], centres: &mut [f64]) {
        match self {
            Self::Sums(rows) => {
                centres.fill(0.0);
                for (row, &times) in rows.iter().zip(times).filter(|(_, times)| **times > 0) {
                    centres.iter_mut().zip(row).for_each(|(sum, x)| *sum += times as f64 * x);
                }
            }
            Self::Sorted(systems) => {
                for (centre, values) in centres.iter_mut().zip(systems) {
                    let of_block = |&(value, block): &(f64, usize)| (value, times.get(block).copied().unwrap_or(0));
                    *centre = drawn_median(times.len(), values.iter().map(of_block));
                }
            }
        }
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
