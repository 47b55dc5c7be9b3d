//! How much of an order is due to the weights.

use super::{Factors, MissingPolicy, Resampling, Scores};
use crate::bootstrap::replicate;
use crate::rank::{Better, Ranks, ranks};
use rand::RngExt;

/// How systems rank under weights that somebody else might have chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighting {
    /// Share of the weightings in which each system is first; ties share, so it adds up to 1.
    pub first: Vec<f64>,
    /// All ranks that each system has under some weighting.
    pub ranks: Vec<Ranks>,
}

/// The ranks with one group of cells left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaving {
    /// The ranks of each system without each group, in the order of the groups; `None` where nothing is left.
    pub without: Vec<Option<Vec<Ranks>>>,
    /// All ranks that each system has without some group, and with all of them.
    pub ranks: Vec<Ranks>,
}

/// Ranks of scores that all exist and can be compared.
fn ranked(scores: &Scores) -> Option<Vec<Ranks>> {
    let values: Option<Vec<f64>> = scores.scores.iter().map(|score| score.value).collect();
    Some(ranks(&values.filter(|_| scores.comparable)?, Better::Higher))
}

fn hull(all: &mut [Ranks], ranks: &[Ranks]) {
    all.iter_mut().zip(ranks).for_each(|(all, ranks)| *all = all.hull(*ranks));
}

/// Ranks under weights drawn from the flat Dirichlet distribution, under which all weights that add up to 1 are alike:
/// how much of the order survives if nobody agrees on what matters. The weights that cells have do not enter.
///
/// `None` where the scores cannot be compared under `policy`, there is no system, or there are no resamples.
pub fn random_weights(factors: &Factors, policy: MissingPolicy, resampling: Resampling) -> Option<Weighting> {
    let mut all = ranked(&factors.scores(policy))?;
    let systems = all.len();
    if systems == 0 || resampling.resamples == 0 {
        return None;
    }
    let drawn: Vec<Vec<Ranks>> = replicate(
        resampling,
        || factors.clone(),
        |generator, factors| {
            // Exponential variables over their sum; dividing is left to the score. Not 0, as a uniform one may be.
            let uniform = |drawn: u64| ((drawn >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
            factors.weights.iter_mut().for_each(|weight| *weight = -uniform(generator.random()).ln());
            ranked(&factors.scores(policy)).unwrap_or_default()
        },
    );
    let mut first = vec![0.0; systems];
    for ranks in &drawn {
        hull(&mut all, ranks);
        for (first, ranks) in first.iter_mut().zip(ranks).filter(|(_, ranks)| ranks.best == 1) {
            *first += 1.0 / ranks.worst as f64;
        }
    }
    first.iter_mut().for_each(|share| *share /= drawn.len() as f64);
    Some(Weighting { first, ranks: all })
}

/// Ranks with each group of cells (a workload, a profile, or a single cell) left out in turn; `groups` has the group of
/// each cell, from 0. `None` where the scores cannot be compared under `policy`, or `groups` has not one a cell.
pub fn leave_one_out(factors: &Factors, policy: MissingPolicy, groups: &[usize]) -> Option<Leaving> {
    if groups.len() != factors.weights.len() {
        return None;
    }
    let mut all = ranked(&factors.scores(policy))?;
    let mut names = groups.to_vec();
    names.sort_unstable();
    names.dedup();
    let without = |&left: &usize| {
        let keep = |cell: &usize| groups.get(*cell) != Some(&left);
        let kept: Vec<usize> = (0..groups.len()).filter(keep).collect();
        let row = |row: &Vec<Option<f64>>| kept.iter().filter_map(|&cell| row.get(cell).copied()).collect();
        let rest = Factors {
            logs: factors.logs.iter().map(row).collect(),
            weights: kept.iter().filter_map(|&cell| factors.weights.get(cell).copied()).collect(),
            bounds: kept.iter().filter_map(|&cell| factors.bounds.get(cell).copied()).collect(),
        };
        ranked(&rest.scores(policy))
    };
    let without: Vec<Option<Vec<Ranks>>> = names.iter().map(without).collect();
    without.iter().flatten().for_each(|ranks| hull(&mut all, ranks));
    Some(Leaving { without, ranks: all })
}

#[cfg(test)]
mod tests {
    use super::super::Cell;
    use super::*;

    fn factors(systems: &[[f64; 2]]) -> Factors {
        let rows: Vec<Vec<Option<f64>>> = systems.iter().map(|row| row.iter().copied().map(Some).collect()).collect();
        Factors::new(&rows, &[Cell { better: Better::Higher, weight: 1.0 }; 2]).unwrap()
    }

    #[test]
    fn weights_decide_between_opposites_and_not_between_unequals() {
        let opposite = factors(&[[1.0, 2.0], [2.0, 1.0], [0.5, 0.5]]);
        let found = random_weights(&opposite, MissingPolicy::CommonCells, Resampling::default()).unwrap();
        assert!((found.first[0] - 0.5).abs() < 0.02 && (found.first.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!((found.first[2], found.ranks[2]), (0.0, Ranks { best: 3, worst: 3 }));
        assert_eq!(found.ranks[0], Ranks { best: 1, worst: 2 });
        let left = leave_one_out(&opposite, MissingPolicy::CommonCells, &[0, 1]).unwrap();
        assert_eq!(left.without[0].as_ref().unwrap()[0], Ranks { best: 1, worst: 1 });
        assert_eq!(left.without[1].as_ref().unwrap()[0], Ranks { best: 2, worst: 2 });
        assert_eq!(left.ranks[2], Ranks { best: 3, worst: 3 });
        assert_eq!(leave_one_out(&opposite, MissingPolicy::CommonCells, &[4, 4]).unwrap().without, [None]);
        assert_eq!(leave_one_out(&opposite, MissingPolicy::CommonCells, &[0]), None);
    }

    #[test]
    fn a_flat_dirichlet_gives_the_share_that_geometry_does() {
        // The first leads while w·ln 4 > (1 − w)·ln 2, so for w > 1/3.
        let found = factors(&[[4.0, 1.0], [1.0, 2.0]]);
        let found = random_weights(&found, MissingPolicy::CommonCells, Resampling::default()).unwrap();
        assert!((found.first[0] - 2.0 / 3.0).abs() < 0.02, "{}", found.first[0]);
    }
}
