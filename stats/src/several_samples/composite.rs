//! One number for several cells: the weighted geometric mean of the factor to the best.

mod sensitivity;

use crate::bootstrap::{Bootstrap, replicate};
use crate::random::Die;
use crate::rank::Better;
use crate::summary::sum;
use crate::{Confidence, Interval, Resampling};
pub use sensitivity::{Leaving, Weighting, leave_one_out, random_weights};

/// What a value that is not there counts as. Never as best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MissingPolicy {
    /// Only cells that all systems have count.
    #[default]
    CommonCells,
    /// Each system's own cells count: scores of different cells, **which cannot be compared**.
    PerSystem,
    /// A missing value counts as the worst factor that any system has in its cell, or as the bound that is known of one
    /// that is missing ([`Factors::bounded`]), whichever is worse.
    WorstObserved,
}

/// A cell: which values are good in it, and how much it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Which of two values is the better one.
    pub better: Better,
    /// Its weight, above 0; only ratios of weights count.
    pub weight: f64,
}

/// Why there are no scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadScores {
    /// A system has more or fewer values than there are cells.
    #[error("system {0} (from 0) has not one value a cell")]
    Uneven(usize),
    /// A value is zero, negative or not finite: it has no factor to the best.
    #[error("system {system}, cell {cell} (from 0): not a number above 0")]
    NotPositive {
        /// The system.
        system: usize,
        /// The cell.
        cell: usize,
    },
    /// A weight is not above 0, or not finite.
    #[error("cell {0} (from 0) has no weight above 0")]
    BadWeight(usize),
}

/// The score of one system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// In 0 ..= 1; 1 for a system that is best in every cell. `None` where no cell counts.
    pub value: Option<f64>,
    /// Number of cells that it is made of.
    pub cells: usize,
    /// Of these, how many are filled in because the system has no value.
    pub filled: usize,
}

/// The scores of several systems.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// One a system.
    pub scores: Vec<Score>,
    /// Whether all are made of the same cells, so that they can be compared.
    pub comparable: bool,
    /// Number of cells that all systems have.
    pub common: usize,
    /// What missing values counted as.
    pub policy: MissingPolicy,
}

/// Logarithms of the factor to the best, a row a system and a column a cell, with holes.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors {
    logs: Vec<Vec<Option<f64>>>,
    weights: Vec<f64>,
    /// For each cell what a missing value is known not to exceed.
    bounds: Vec<Option<f64>>,
}

impl Factors {
    /// From the values of systems (rows) in cells: value/best where higher is better, best/value where lower is; the
    /// best is that of the systems that have a value.
    pub fn new<R: AsRef<[Option<f64>]>>(systems: &[R], cells: &[Cell]) -> Result<Self, BadScores> {
        if let Some(at) = cells.iter().position(|cell| !(cell.weight > 0.0 && cell.weight.is_finite())) {
            return Err(BadScores::BadWeight(at));
        }
        let mut logs = Vec::with_capacity(systems.len());
        for (system, values) in systems.iter().map(AsRef::as_ref).enumerate() {
            if values.len() != cells.len() {
                return Err(BadScores::Uneven(system));
            }
            let bad = |value: &Option<f64>| value.is_some_and(|x| !(x > 0.0 && x.is_finite()));
            if let Some(cell) = values.iter().position(bad) {
                return Err(BadScores::NotPositive { system, cell });
            }
            let good = |(value, cell): (&Option<f64>, &Cell)| value.map(|x| goodness(x.ln(), cell.better));
            logs.push(values.iter().zip(cells).map(good).collect());
        }
        let weights = cells.iter().map(|cell| cell.weight).collect();
        let mut factors = Self { logs, weights, bounds: vec![None; cells.len()] };
        factors.relate_to_best();
        Ok(factors)
    }

    /// The same as [`Factors::new`] where something is known of missing values: for each cell a number that a system without
    /// a value is known not to be better than, such as the limit at which its runs were stopped. What is not above 0
    /// bounds nothing.
    pub fn bounded<R: AsRef<[Option<f64>]>>(
        systems: &[R],
        cells: &[Cell],
        bounds: &[Option<f64>],
    ) -> Result<Self, BadScores> {
        let mut factors = Self::new(systems, cells)?;
        let bound = |(at, cell): (usize, &Cell)| {
            let bound = bounds.get(at).copied().flatten().filter(|x| *x > 0.0 && x.is_finite())?;
            let of_cell = |row: &R| row.as_ref().get(at).copied().flatten();
            let best = systems.iter().filter_map(of_cell).map(|x| goodness(x.ln(), cell.better)).reduce(f64::max)?;
            Some(goodness(bound.ln(), cell.better) - best)
        };
        factors.bounds = cells.iter().enumerate().map(bound).collect();
        Ok(factors)
    }

    fn relate_to_best(&mut self) {
        for cell in 0..self.weights.len() {
            let best = self.column(cell).flatten().fold(f64::NEG_INFINITY, f64::max);
            for log in self.logs.iter_mut().filter_map(|row| row.get_mut(cell)?.as_mut()) {
                *log -= best;
            }
        }
    }

    /// The factors of all systems in a cell, as logarithms.
    fn column(&self, cell: usize) -> impl Iterator<Item = Option<f64>> {
        self.logs.iter().map(move |row| row.get(cell).copied().flatten())
    }

    /// The cells that all systems have.
    fn common(&self) -> Vec<usize> {
        (0..self.weights.len()).filter(|&cell| self.column(cell).all(|log| log.is_some())).collect()
    }

    /// The scores: exp(Σ w·ln f / Σ w) over the cells that count (Fleming and Wallace, 1986, for why ratios to a
    /// reference have to be averaged geometrically).
    pub fn scores(&self, policy: MissingPolicy) -> Scores {
        let common = self.common();
        let worst = |(cell, bound): (usize, &Option<f64>)| self.column(cell).flatten().chain(*bound).reduce(f64::min);
        let worst: Vec<Option<f64>> = self.bounds.iter().enumerate().map(worst).collect();
        let score = |row: &Vec<Option<f64>>| {
            let mut filled = 0;
            let mut used = Vec::new();
            for (cell, ((log, weight), worst)) in row.iter().zip(&self.weights).zip(&worst).enumerate() {
                let log = match policy {
                    MissingPolicy::CommonCells => log.filter(|_| common.binary_search(&cell).is_ok()),
                    MissingPolicy::PerSystem => *log,
                    MissingPolicy::WorstObserved => {
                        filled += usize::from(log.is_none() && worst.is_some());
                        log.or(*worst)
                    }
                };
                used.extend(log.map(|log| (log, *weight)));
            }
            Score { value: weighted(&used), cells: used.len(), filled }
        };
        let holes = self.logs.iter().flatten().any(|log| log.is_none());
        Scores {
            scores: self.logs.iter().map(score).collect(),
            comparable: policy != MissingPolicy::PerSystem || !holes,
            common: common.len(),
            policy,
        }
    }
}

/// ln x where higher is better, −ln x where lower is.
fn goodness(log: f64, better: Better) -> f64 {
    match better {
        Better::Higher => log,
        Better::Lower => -log,
    }
}

/// exp(Σ w·log / Σ w); `None` for nothing.
fn weighted(used: &[(f64, f64)]) -> Option<f64> {
    // In units of the largest weight, so that sums of weights stay finite.
    let largest = used.iter().fold(0.0f64, |largest, (_, weight)| largest.max(*weight));
    let total = sum(used.iter().map(|(_, weight)| weight / largest));
    let logs = sum(used.iter().map(|(log, weight)| log * (weight / largest)));
    (largest > 0.0).then(|| (logs / total).exp().min(1.0))
}

/// Scores from blocks, and their percentile intervals: whole blocks are resampled, the same for all systems and cells,
/// and scored anew, the best included.
///
/// `blocks` has, for each block, a row a system with a value a cell. Only cells that every system has in every block
/// count; a cell's value is the geometric mean over blocks. Assumes independent blocks; with few of them the
/// intervals cover less than they say (see [`Bootstrap`]), and as the best is chosen from the same data, scores
/// lean low. An interval is `None` where there are too few resamples for its confidence.
///
/// `Ok(None)` for fewer than two blocks, no system, no complete cell, or blocks of different sizes.
pub fn from_blocks(
    blocks: &[Vec<Vec<Option<f64>>>],
    cells: &[Cell],
    confidence: Confidence,
    resampling: Resampling,
) -> Result<Option<BlockScores>, BadScores> {
    let Some(Complete { rows, weights }) = complete(blocks, cells)? else {
        return Ok(None);
    };
    let once = vec![1; rows.len()];
    let point = scored(&rows, &once, &weights);
    let die = Die::new(rows.len());
    let drawn: Vec<Vec<f64>> = replicate(
        resampling,
        || vec![0usize; rows.len()],
        |generator, times| {
            die.tally(generator, times);
            scored(&rows, times, &weights)
        },
    );
    let score = |(system, &value): (usize, &f64)| {
        let replicates = drawn.iter().filter_map(|scores| scores.get(system).copied()).collect();
        let interval = Bootstrap::new(value, replicates, &[]).and_then(|found| found.percentile(confidence));
        (value, interval)
    };
    Ok(Some(BlockScores { scores: point.iter().enumerate().map(score).collect(), cells: weights.len() }))
}

/// The weighted mean of the logarithms over the cells that count, a row a block and a column a system: what scores of one
/// block differ by, so that a difference between two columns is the logarithm of the ratio of two scores. Higher is better
/// whichever way the cells are. What counts, and `Ok(None)`, as for [`from_blocks`].
pub fn block_scores(blocks: &[Vec<Vec<Option<f64>>>], cells: &[Cell]) -> Result<Option<Vec<Vec<f64>>>, BadScores> {
    let Some(Complete { rows, weights }) = complete(blocks, cells)? else {
        return Ok(None);
    };
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let total = sum(weights.iter().map(|weight| weight / largest));
    let of_system = |logs: &[f64]| sum(logs.iter().zip(&weights).map(|(log, weight)| log * (weight / largest))) / total;
    Ok(Some(rows.iter().map(|row| row.chunks_exact(weights.len()).map(of_system).collect()).collect()))
}

/// The cells that every system has in every block.
struct Complete {
    /// A row of logarithms a block, higher being better: system by system, cell by cell.
    rows: Vec<Vec<f64>>,
    /// One a cell, at least one.
    weights: Vec<f64>,
}

/// `Ok(None)` as for [`from_blocks`].
fn complete(blocks: &[Vec<Vec<Option<f64>>>], cells: &[Cell]) -> Result<Option<Complete>, BadScores> {
    let Some(systems) = blocks.first().map(Vec::len).filter(|&systems| systems > 0 && blocks.len() > 1) else {
        return Ok(None);
    };
    for block in blocks {
        Factors::new(block, cells)?;
    }
    if blocks.iter().any(|block| block.len() != systems) {
        return Ok(None);
    }
    let has = |cell: &usize| blocks.iter().flatten().all(|row| row.get(*cell).copied().flatten().is_some());
    let complete: Vec<usize> = (0..cells.len()).filter(has).collect();
    let counted: Vec<&Cell> = complete.iter().filter_map(|&cell| cells.get(cell)).collect();
    if counted.is_empty() {
        return Ok(None);
    }
    let logs = |block: &Vec<Vec<Option<f64>>>| {
        let of = |row: &Vec<Option<f64>>| {
            let log = |(&at, cell): (&usize, &&Cell)| {
                goodness(row.get(at).copied().flatten().map_or(0.0, f64::ln), cell.better)
            };
            complete.iter().zip(&counted).map(log).collect::<Vec<f64>>()
        };
        block.iter().flat_map(of).collect::<Vec<f64>>()
    };
    let weights = counted.iter().map(|cell| cell.weight).collect();
    Ok(Some(Complete { rows: blocks.iter().map(logs).collect(), weights }))
}

/// Scores with intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockScores {
    /// The score of each system, and its interval.
    pub scores: Vec<(f64, Option<Interval>)>,
    /// Number of cells that they are made of.
    pub cells: usize,
}

/// The score of each system when each block counts so many times.
fn scored(rows: &[Vec<f64>], times: &[usize], weights: &[f64]) -> Vec<f64> {
    let cells = weights.len();
    let blocks: usize = times.iter().sum();
    let mut means = vec![0.0; rows.first().map_or(0, Vec::len)];
    for (row, &times) in rows.iter().zip(times).filter(|(_, times)| **times > 0) {
        let share = times as f64 / blocks as f64;
        means.iter_mut().zip(row).for_each(|(mean, log)| *mean += share * log);
    }
    let mut best = vec![f64::NEG_INFINITY; cells];
    for system in means.chunks_exact(cells) {
        best.iter_mut().zip(system).for_each(|(best, mean)| *best = best.max(*mean));
    }
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let total: f64 = weights.iter().map(|weight| weight / largest).sum();
    let score = |system: &[f64]| {
        let logs =
            system.iter().zip(&best).zip(weights).map(|((mean, best), weight)| (mean - best) * (weight / largest));
        (logs.sum::<f64>() / total).exp().min(1.0)
    };
    means.chunks_exact(cells).map(score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(weights: &[f64]) -> Vec<Cell> {
        weights.iter().map(|&weight| Cell { better: Better::Higher, weight }).collect()
    }

    fn values(scores: &Scores) -> Vec<Option<f64>> {
        scores.scores.iter().map(|score| score.value.map(|value| (value * 1e9).round() / 1e9)).collect()
    }

    #[test]
    fn each_policy_counts_what_it_says() {
        let systems = [vec![Some(8.0), Some(2.0)], vec![Some(2.0), None], vec![Some(4.0), Some(4.0)]];
        let factors = Factors::new(&systems, &cells(&[1.0, 1.0])).unwrap();
        let common = factors.scores(MissingPolicy::CommonCells);
        assert_eq!((values(&common), common.common), (vec![Some(1.0), Some(0.25), Some(0.5)], 1));
        let worst = factors.scores(MissingPolicy::WorstObserved);
        assert_eq!((worst.scores[1].cells, worst.scores[1].filled, worst.comparable), (2, 1, true));
        assert_eq!(values(&worst)[1], Some((0.125f64.sqrt() * 1e9).round() / 1e9));
        // Stopped at 1, which is worse than the worst that was seen; at 3 it is no news.
        for (bound, wanted) in [(1.0, 0.25f64), (3.0, 0.5)] {
            let factors = Factors::bounded(&systems, &cells(&[1.0, 1.0]), &[None, Some(bound)]).unwrap();
            let wanted = ((0.25 * wanted).sqrt() * 1e9).round() / 1e9;
            assert_eq!(values(&factors.scores(MissingPolicy::WorstObserved))[1], Some(wanted), "{bound}");
        }
        let slow = [Cell { better: Better::Lower, weight: 1.0 }];
        let stopped = Factors::bounded(&[[Some(10.0)], [Some(60.0)], [None]], &slow, &[Some(700.0)]).unwrap();
        assert_eq!(
            values(&stopped.scores(MissingPolicy::WorstObserved))[2],
            Some((10.0f64 / 700.0 * 1e9).round() / 1e9)
        );
        let own = factors.scores(MissingPolicy::PerSystem);
        assert_eq!((values(&own)[1], own.scores[1].cells, own.comparable), (Some(0.25), 1, false));
    }

    #[test]
    fn lower_is_better_where_it_says_so_and_weights_count() {
        let cells = [Cell { better: Better::Lower, weight: 3.0 }, Cell { better: Better::Higher, weight: 1.0 }];
        let factors = Factors::new(&[[Some(1.0), Some(1.0)], [Some(16.0), Some(1.0)]], &cells).unwrap();
        assert_eq!(values(&factors.scores(MissingPolicy::default())), [Some(1.0), Some(0.125)]);
    }

    #[test]
    fn nothing_in_common_has_no_score_and_bad_input_is_named() {
        let factors = Factors::new(&[[Some(1.0), None], [None, Some(1.0)]], &cells(&[1.0, 1.0])).unwrap();
        assert_eq!(values(&factors.scores(MissingPolicy::CommonCells)), [None, None]);
        assert_eq!(Factors::new(&[[Some(0.0)]], &cells(&[1.0])), Err(BadScores::NotPositive { system: 0, cell: 0 }));
        assert_eq!(Factors::new(&[[None]], &cells(&[0.0])), Err(BadScores::BadWeight(0)));
        assert_eq!(Factors::new(&[vec![None], vec![]], &cells(&[1.0])), Err(BadScores::Uneven(1)));
    }

    #[test]
    fn blocks_give_intervals() {
        let block = |a, b| vec![vec![Some(a), None], vec![Some(b), Some(1.0)]];
        let blocks = [block(1.0, 2.0), block(1.0, 2.5), block(1.0, 1.8), block(1.0, 2.1)];
        let cells = cells(&[1.0, 1.0]);
        let found = from_blocks(&blocks, &cells, Confidence::P95, Resampling::default()).unwrap().unwrap();
        assert_eq!((found.cells, found.scores[1].0), (1, 1.0));
        let (value, interval) = (found.scores[0].0, found.scores[0].1.unwrap());
        assert!((value - (2.0f64 * 2.5 * 1.8 * 2.1).powf(-0.25)).abs() < 1e-12);
        assert!(interval.low >= 0.4 && interval.high <= 1.0 / 1.8 + 1e-12 && interval.low < value);
        assert_eq!(from_blocks(&blocks[..1], &cells, Confidence::P95, Resampling::default()), Ok(None));
        let apart = block_scores(&blocks, &cells).unwrap().unwrap();
        let mean = apart.iter().map(|row| row[0] - row[1]).sum::<f64>() / 4.0;
        assert!((mean.exp() - value).abs() < 1e-12, "the ratio of two scores is that of the geometric means");
    }
}
