//! Durbin's test: Friedman's for balanced incomplete blocks.

use crate::blocks::Incomplete;
use crate::{PValue, tails};

/// The statistic in both forms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Durbin {
    /// T₁, corrected for ties.
    pub chi_square: f64,
    /// t − 1.
    pub degrees: usize,
    /// P(χ² > T₁).
    pub p: PValue,
    /// The F form, which Conover prefers; `None` where it has no degrees of freedom, or is infinite.
    pub f: Option<DurbinF>,
}

/// Durbin's statistic as an F.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DurbinF {
    /// T₂.
    pub f: f64,
    /// Degrees of freedom above and below: t − 1 and bk − b − t + 1.
    pub degrees: (f64, f64),
    /// From the F distribution.
    pub p: PValue,
}

/// T₁ = (t−1)·Σⱼ(Rⱼ − r(k+1)/2)² / Σᵢⱼ(rᵢⱼ − (k+1)/2)² for b blocks of k cells and t treatments in r blocks each, and
/// T₂ = (T₁/(t−1)) / ((b(k−1) − T₁)/(bk − b − t + 1)) (Durbin, 1951; with ties: Conover, 1999, 5.9).
///
/// Null hypothesis: inside a block every order of the values that are there is as likely. `None` unless the table is
/// balanced (blocks equally large, treatments equally often, and every pair of them equally often in one block, at
/// least once); [`crate::skillings_mack`] takes the others. `None` also where all blocks are all ties.
pub fn durbin(table: &Incomplete) -> Option<Durbin> {
    let size = balanced(table)?;
    let rows = table.centred_ranks();
    let treatments = table.columns();
    let mut sums = vec![0i64; treatments];
    for row in &rows {
        for (&treatment, &rank) in row.columns.iter().zip(&row.centred) {
            if let Some(sum) = sums.get_mut(treatment) {
                *sum += rank;
            }
        }
    }
    let square = |&x: &i64| i128::from(x) * i128::from(x);
    let between: i128 = sums.iter().map(square).sum();
    let inside: i128 = rows.iter().flat_map(|row| &row.centred).map(square).sum();
    if inside == 0 {
        return None;
    }
    let (b, k, free) = (rows.len() as f64, size as f64, treatments as f64 - 1.0);
    let chi_square = free * (between as f64 / inside as f64);
    let below = b * (k - 1.0) - free;
    // b(k − 1) − T₁ times `inside`, without its rounding.
    let rest = rows.len() as i128 * (size as i128 - 1) * inside - (treatments as i128 - 1) * between;
    let f = (rest > 0 && below > 0.0).then(|| between as f64 / rest as f64 * below).and_then(|f| {
        let p = PValue::of_distribution(tails::f(f, free, below)?)?;
        Some(DurbinF { f, degrees: (free, below), p })
    });
    let degrees = treatments - 1;
    let p = PValue::of_distribution(tails::chi_square(chi_square, degrees)?)?;
    Some(Durbin { chi_square, degrees, p, f })
}

/// Cells in every block, where the table is balanced.
fn balanced(table: &Incomplete) -> Option<usize> {
    let is_there = |row: &Vec<Option<f64>>, at: usize| row.get(at).is_some_and(Option::is_some);
    let all_equal = |counts: &[usize]| counts.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
    let sizes: Vec<usize> = table.rows().iter().map(|row| row.iter().flatten().count()).collect();
    let all = 0..table.columns();
    let times: Vec<usize> = all.clone().map(|at| table.rows().iter().filter(|row| is_there(row, at)).count()).collect();
    let together: Vec<usize> = all
        .clone()
        .flat_map(|a| (0..a).map(move |b| (a, b)))
        .map(|(a, b)| table.rows().iter().filter(|row| is_there(row, a) && is_there(row, b)).count())
        .collect();
    let meet = together.first().is_some_and(|&count| count > 0);
    if meet && all_equal(&sizes) && all_equal(&times) && all_equal(&together) { sizes.first().copied() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_balanced_tables() {
        let row = |cells: [f64; 3]| cells.iter().map(|&x| (x != 0.0).then_some(x)).collect::<Vec<_>>();
        let balanced = vec![row([1.0, 2.0, 0.0]), row([3.0, 0.0, 4.0]), row([0.0, 5.0, 6.0])];
        assert!(durbin(&Incomplete::new(balanced.clone()).unwrap()).is_some());
        assert_eq!(durbin(&Incomplete::new(balanced[..2].to_vec()).unwrap()), None);
        let with_single = [balanced, vec![row([1.0, 0.0, 0.0])]].concat();
        assert_eq!(durbin(&Incomplete::new(with_single).unwrap()), None);
    }
}
