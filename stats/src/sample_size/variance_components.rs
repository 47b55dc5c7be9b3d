//! Where variance comes from, and where the next repetition does most.

use crate::blocks::Blocks;
use crate::power::blocks_for_half_width;
use crate::summary::{mean, moments, sum};
use crate::{Confidence, Values};

/// A variance that was estimated as a difference, and so can come out below zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Component {
    /// The variance, in squared units of the values; 0 where the difference was negative.
    pub variance: f64,
    /// Whether it was negative, and set to 0: what is there is too little to be seen with so few blocks.
    pub clamped: bool,
}

impl Component {
    fn new(difference: f64) -> Option<Self> {
        difference.is_finite().then(|| Self { variance: difference.max(0.0), clamped: difference < 0.0 })
    }
}

/// What a repetition could be added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// Another block.
    Blocks,
    /// Longer runs (or more samples in them).
    WithinRun,
}

/// Variances of the values of runs, one in each block on each link.
///
/// y₍bₗ₎ = μ + linkₗ + block_b + e₍bₗ₎, with fixed links, random blocks, and e made of what a link does in one block
/// only and of what one run does not know about itself (Kalibera and Jones, 2013, for random levels throughout;
/// mean squares of the two-way layout: Searle, Casella and McCulloch, 1992, 4.3). Assumes that the e are
/// independent and equally spread on all links; normality only for the numbers of blocks that are planned from
/// it. For contrasts, give the differences of two systems on the same link in the same block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Components {
    /// Mean over links and blocks, in the unit of the values.
    pub mean: f64,
    /// Number of blocks, at least 2.
    pub blocks: usize,
    /// Number of links, at least 1.
    pub links: usize,
    /// Spread of the links' true means (divisor L − 1). Links are fixed: it says how they differ, and is no part of
    /// the estimate's error. `None` for a single link.
    pub between_links: Option<Component>,
    /// Variance that all links of a block share. With a single link it holds all that differs between blocks,
    /// except what is within runs.
    pub between_blocks: Component,
    /// Variance of what one link does in one block, beyond what is within runs where that is known. `None` for a
    /// single link.
    pub link_by_block: Option<Component>,
    /// Mean variance of a run's value as an estimate of what its link would give in its block with endless runs.
    /// `None` where it was not given.
    pub within_run: Option<f64>,
    /// Correlation of two links in one block: σ²_blocks / (σ²_blocks + σ²_rest). `None` for a single link and where
    /// nothing varies.
    pub intraclass_correlation: Option<f64>,
    /// Mean squares of blocks, of links, and of the residuals (`None` for a single link).
    pub mean_squares: MeanSquares,
}

/// Mean squares of the two-way layout without replication.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanSquares {
    /// Of blocks; B − 1 degrees of freedom. Divided by the number of runs it is the squared standard error of the
    /// mean over fixed links.
    pub blocks: f64,
    /// Of links; L − 1 degrees of freedom.
    pub links: Option<f64>,
    /// Of what is left; (B − 1)(L − 1) degrees of freedom.
    pub residual: Option<f64>,
}

/// Deviations below have squares that are no normal doubles.
const SMALLEST: f64 = 1e-150;

/// The components of a table with a column a link. `within_run` has a variance of the run's value for each run: s²/nₑ
/// for a mean of samples with nₑ of them effective.
///
/// `None` for a single block, for a `within_run` of another shape or with a negative variance, and where squares
/// overflow or vanish.
pub fn components(runs: &Blocks, within_run: Option<&Blocks>) -> Option<Components> {
    let (blocks, links) = (runs.count(), runs.columns());
    if blocks < 2 || within_run.is_some_and(|w| w.count() != blocks || w.columns() != links) {
        return None;
    }
    let all: Vec<f64> = runs.rows().flatten().copied().collect();
    let overall = mean(Values::new(&all).ok()?);
    // About the mean, so that what is left keeps its digits however large the values are.
    let rows: Vec<Vec<f64>> = runs.rows().map(|row| row.iter().map(|y| y - overall).collect()).collect();
    let runs = &Blocks::new(&rows).ok()?;
    let largest = rows.iter().flatten().fold(0.0f64, |largest, y| largest.max(y.abs()));
    if largest > 0.0 && largest < SMALLEST {
        return None;
    }
    let all: Vec<f64> = rows.into_iter().flatten().collect();
    let centre = mean(Values::new(&all).ok()?);
    let (b, l) = (blocks as f64, links as f64);
    let block_means = means(runs.rows().map(<[f64]>::to_vec))?;
    let link_means = means((0..links).map(|link| runs.column(link)))?;
    let variance = |values: &[f64]| Some(moments(Values::new(values).ok()?).standard_deviation?.powi(2));
    let of_blocks = l * variance(&block_means)?;
    let (of_links, residual) = if links > 1 {
        let left = runs
            .rows()
            .zip(&block_means)
            .flat_map(|(row, block)| row.iter().zip(&link_means).map(move |(y, link)| (y - block) - (link - centre)));
        let squares = sum(left.map(|e| e * e));
        (Some(b * variance(&link_means)?), Some(squares / ((b - 1.0) * (l - 1.0))))
    } else {
        (None, None)
    };
    let within = match within_run {
        Some(table) => {
            let variances: Vec<f64> = table.rows().flatten().copied().collect();
            if variances.iter().any(|&v| v < 0.0) {
                return None;
            }
            Some(mean(Values::new(&variances).ok()?))
        }
        None => None,
    };
    let between_links = match (of_links, residual) {
        (Some(of_links), Some(residual)) => Some(Component::new((of_links - residual) / b)?),
        _ => None,
    };
    let link_by_block = match residual {
        Some(residual) => Some(Component::new(residual - within.unwrap_or(0.0))?),
        None => None,
    };
    let between_blocks = Component::new((of_blocks - residual.or(within).unwrap_or(0.0)) / l)?;
    let shared = residual.map(|rest| between_blocks.variance / (between_blocks.variance + rest));
    Some(Components {
        mean: overall,
        blocks,
        links,
        between_links,
        between_blocks,
        link_by_block,
        within_run: within,
        intraclass_correlation: shared.filter(|share| share.is_finite()),
        mean_squares: MeanSquares { blocks: of_blocks, links: of_links, residual },
    })
}

fn means(groups: impl Iterator<Item = Vec<f64>>) -> Option<Vec<f64>> {
    groups.map(|group| Some(mean(Values::new(&group).ok()?))).collect()
}

impl Components {
    /// What each level adds to the squared standard error of the mean: the blocks (with what links do in them), and
    /// the runs.
    pub fn contributions(&self) -> [(Level, f64); 2] {
        let (of_blocks, of_runs) = self.per_block();
        let b = self.blocks as f64;
        [(Level::Blocks, of_blocks / b), (Level::WithinRun, of_runs / b)]
    }

    /// Variance of one block's mean over links: what only further blocks average out, and what longer runs do too.
    fn per_block(&self) -> (f64, f64) {
        let l = self.links as f64;
        let of_links = self.link_by_block.map_or(0.0, |component| component.variance);
        (self.between_blocks.variance + of_links / l, self.within_run.unwrap_or(0.0) / l)
    }

    /// The level that adds most to the error of the mean, and is to be repeated next where costs are alike. Blocks,
    /// where nothing is known of the runs or both are equal.
    pub fn next(&self) -> Level {
        let (of_blocks, of_runs) = self.per_block();
        if of_runs > of_blocks { Level::WithinRun } else { Level::Blocks }
    }

    /// By how much runs should be longer (below 1: shorter) for the least error at a given total cost:
    /// √(c_block/c_runs · σ²_runs/σ²_blocks) (Kalibera and Jones, 2013, 6.1), where `block_cost` is what a block
    /// takes besides its runs, and `run_cost` what its runs take now, both in one unit.
    ///
    /// `None` where a cost is not above 0, within-run variances are not known, or blocks add nothing (runs as long
    /// as can be).
    pub fn optimal_run_factor(&self, block_cost: f64, run_cost: f64) -> Option<f64> {
        let (of_blocks, of_runs) = self.per_block();
        self.within_run?;
        optimal_repetitions(of_blocks, of_runs, block_cost, run_cost)
    }

    /// Blocks needed for a half-width of the mean's t interval that is `relative` to the mean (such as 0.02), with
    /// runs as they are. On logarithms, or for a contrast, where the mean has no meaning as a size, ask
    /// [`Components::blocks_for`]. `None` as there, and for a mean of 0.
    pub fn blocks_for_relative(&self, relative: f64, confidence: Confidence) -> Option<u64> {
        self.blocks_for(relative * self.mean.abs(), confidence)
    }

    /// Blocks needed for an expected half-width in the unit of the values; see
    /// [`blocks_for_half_width`]. `None` as there.
    pub fn blocks_for(&self, half_width: f64, confidence: Confidence) -> Option<u64> {
        blocks_for_half_width((self.mean_squares.blocks / self.links as f64).sqrt(), half_width, confidence)
    }
}

/// The number of repetitions of the lower level within one of the higher that gives the least variance of the mean at
/// a given total cost: √(c_high/c_low · σ²_low/σ²_high), which is to be rounded by the caller, and to be at least 1.
/// `None` where a cost or the higher variance is not above 0, or the lower one is negative.
pub fn optimal_repetitions(high_variance: f64, low_variance: f64, high_cost: f64, low_cost: f64) -> Option<f64> {
    if !(high_variance > 0.0 && low_variance >= 0.0 && high_cost > 0.0 && low_cost > 0.0) {
        return None;
    }
    let repetitions = (high_cost / low_cost).sqrt() * (low_variance / high_variance).sqrt();
    repetitions.is_finite().then_some(repetitions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_known_are_found() {
        // Block effects −1, 0, 1 on both links, which are 10 apart; no residual at all.
        let runs = Blocks::new(&[[4.0, 14.0], [5.0, 15.0], [6.0, 16.0]]).unwrap();
        let found = components(&runs, None).unwrap();
        assert!((found.mean_squares.blocks - 2.0).abs() < 1e-12 && found.mean_squares.residual == Some(0.0));
        assert!((found.between_blocks.variance - 1.0).abs() < 1e-12 && !found.between_blocks.clamped);
        assert!(found.between_links.is_some_and(|links| (links.variance - 50.0).abs() < 1e-12));
        assert_eq!((found.intraclass_correlation, found.next()), (Some(1.0), Level::Blocks));
        // Blocks cancel: their component cannot be seen.
        let runs = Blocks::new(&[[1.0, 2.0], [2.0, 1.0]]).unwrap();
        let found = components(&runs, None).unwrap();
        assert_eq!(found.between_blocks, Component { variance: 0.0, clamped: true });
        assert!(found.link_by_block.is_some_and(|component| (component.variance - 1.0).abs() < 1e-12));
    }

    #[test]
    fn runs_that_know_little_are_to_be_longer() {
        let runs = Blocks::new(&[[4.0, 14.0], [5.0, 16.0], [6.0, 15.0]]).unwrap();
        let within = Blocks::new(&[[9.0; 2]; 3]).unwrap();
        let found = components(&runs, Some(&within)).unwrap();
        assert_eq!((found.next(), found.within_run), (Level::WithinRun, Some(9.0)));
        assert!(found.link_by_block.is_some_and(|component| component.clamped));
        let factor = found.optimal_run_factor(60.0, 30.0).unwrap();
        let per_block = found.between_blocks.variance;
        assert!((factor - (2.0 * 4.5 / per_block).sqrt()).abs() < 1e-12);
        assert_eq!(components(&runs, None).unwrap().optimal_run_factor(1.0, 1.0), None);
    }

    #[test]
    fn no_answer_where_there_is_none() {
        assert_eq!(components(&Blocks::new(&[[1.0, 2.0]]).unwrap(), None), None);
        let runs = Blocks::new(&[[1.0], [2.0]]).unwrap();
        assert_eq!(components(&runs, Some(&Blocks::new(&[[-1.0], [0.0]]).unwrap())), None);
        assert_eq!(components(&runs, Some(&Blocks::new(&[[1.0]]).unwrap())), None);
        let one = components(&runs, None).unwrap();
        assert_eq!((one.link_by_block, one.between_links, one.intraclass_correlation), (None, None, None));
        assert!((one.between_blocks.variance - 0.5).abs() < 1e-12);
        let constant = components(&Blocks::new(&[[3.0, 3.0]; 4]).unwrap(), None).unwrap();
        assert_eq!(
            (constant.intraclass_correlation, constant.blocks_for_relative(0.01, Confidence::P95)),
            (None, Some(2))
        );
        assert_eq!(components(&Blocks::new(&[[1e300, -1e300], [-1e300, 1e300]]).unwrap(), None), None);
        assert_eq!(components(&Blocks::new(&[[1e-200], [2e-200]]).unwrap(), None), None);
        assert_eq!(optimal_repetitions(0.0, 1.0, 1.0, 1.0), None);
    }
}
