//! The Skillings-Mack test: Friedman's for tables with missing cells.

use crate::blocks::{Incomplete, Ranked};
use crate::laplacian::Quadratic;
use crate::monte_carlo::{self, shuffle};
use crate::{PValue, Resampling, tails};

/// The statistic with its approximate p.
#[derive(Debug, Clone, PartialEq)]
pub struct SkillingsMack {
    /// T; equal to Friedman's Q for a complete table without ties.
    pub chi_square: f64,
    /// k − 1.
    pub degrees: usize,
    /// P(χ² > T): an approximation that is poor for few blocks, and conservative with ties; see [`permutation`].
    pub p: PValue,
    /// Weighted sum of centred ranks of every treatment, Aⱼ: below 0 where its values tend to be small.
    pub sums: Vec<f64>,
    /// How many blocks have at least two cells: only these count.
    pub blocks: usize,
}

/// T = A′Σ⁻A with Aⱼ = Σᵢ √(12/(kᵢ+1))·(rᵢⱼ − (kᵢ+1)/2) over the kᵢ cells that block i has, and Σ the covariance of A
/// without ties: −(blocks that have both j and l), and what makes rows sum to zero (Skillings and Mack, 1981).
///
/// Null hypothesis: inside a block every order of the values that are there is as likely. What is missing must be
/// so for reasons that have nothing to do with its value: a system that fails where it would be slow breaks this.
/// `None` where the blocks do not link all treatments with each other (one that is nowhere measured beside another
/// cannot be compared), and where all blocks are all ties.
pub fn skillings_mack(table: &Incomplete) -> Option<SkillingsMack> {
    let (rows, form) = prepare(table)?;
    let sums = weighted_sums(&rows, table.columns());
    let (chi_square, degrees) = (form.of(&sums), form.rank());
    let p = PValue::of_distribution(tails::chi_square(chi_square, degrees)?)?;
    Some(SkillingsMack { chi_square, degrees, p, sums, blocks: rows.len() })
}

/// The same statistic against random orders inside every block, ties and missing cells staying where they are.
/// Null hypothesis and `None` as for [`skillings_mack`], but nothing rests on a limit.
pub fn permutation(table: &Incomplete, resampling: Resampling) -> Option<PValue> {
    let (rows, form) = prepare(table)?;
    // Orders that give the same statistic may differ in its last digits.
    let observed = form.of(&weighted_sums(&rows, table.columns())) * (1.0 - 1e-10);
    Some(monte_carlo::drawn(
        resampling,
        || rows.clone(),
        |rows, generator| {
            rows.iter_mut().for_each(|row| shuffle(&mut row.centred, generator));
            form.of(&weighted_sums(rows, table.columns())) >= observed
        },
    ))
}

/// The ranked blocks in an order of their own, and the inverse covariance; `None` where there is no test.
fn prepare(table: &Incomplete) -> Option<(Vec<Ranked>, Quadratic)> {
    let mut rows = table.centred_ranks();
    rows.sort_unstable_by(|a, b| (&a.columns, &a.centred).cmp(&(&b.columns, &b.centred)));
    let mut covariance = vec![vec![0.0; table.columns()]; table.columns()];
    for row in &rows {
        for (at, line) in covariance.iter_mut().enumerate() {
            if !row.columns.contains(&at) {
                continue;
            }
            for &other in &row.columns {
                if let Some(entry) = line.get_mut(other) {
                    *entry += if other == at { row.columns.len() as f64 - 1.0 } else { -1.0 };
                }
            }
        }
    }
    let form = Quadratic::new(covariance);
    let tied = rows.iter().all(|row| row.centred.iter().all(|&rank| rank == 0));
    (!tied && form.rank() + 1 == table.columns()).then_some((rows, form))
}

/// A, from twice the centred ranks.
fn weighted_sums(rows: &[Ranked], treatments: usize) -> Vec<f64> {
    let mut sums = vec![0.0; treatments];
    for row in rows {
        let weight = (3.0 / (row.columns.len() as f64 + 1.0)).sqrt();
        for (&treatment, &rank) in row.columns.iter().zip(&row.centred) {
            if let Some(sum) = sums.get_mut(treatment) {
                *sum += weight * rank as f64;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn treatments_that_never_meet_are_not_compared() {
        let apart = vec![vec![Some(1.0), Some(2.0), None, None], vec![None, None, Some(1.0), Some(2.0)]];
        assert_eq!(skillings_mack(&Incomplete::new(apart).unwrap()), None);
        let linked = vec![vec![Some(1.0), Some(2.0), None], vec![None, Some(1.0), Some(2.0)]];
        assert_eq!(skillings_mack(&Incomplete::new(linked).unwrap()).map(|test| test.degrees), Some(2));
    }
}
