//! Friedman's test: do treatments differ, when every block has seen each of them once?

use crate::arrangements::{self, LIMIT};
use crate::blocks::Blocks;
use crate::monte_carlo::{self, shuffle};
use crate::{Computed, PValue, Resampling, tails};
use std::collections::BTreeMap;

/// Friedman's statistic with what is made of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Friedman {
    /// Friedman's Q, corrected for ties.
    pub chi_square: f64,
    /// Its degrees of freedom, k − 1.
    pub degrees: usize,
    /// P(χ² > Q): an approximation that is poor for few blocks; see [`permutation`].
    pub p: PValue,
    /// Kendall's coefficient of concordance W = Q/(n(k − 1)): 0 no agreement between blocks, 1 all rank alike.
    pub concordance: f64,
    /// Iman and Davenport's form; `None` for one block, and where all blocks rank alike (F is infinite).
    pub f: Option<ImanDavenport>,
}

/// Friedman's statistic as an F.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImanDavenport {
    /// (n − 1)Q/(n(k − 1) − Q).
    pub f: f64,
    /// Degrees of freedom above and below: k − 1 and (n − 1)(k − 1).
    pub degrees: (f64, f64),
    /// From the F distribution.
    pub p: PValue,
}

/// The mean rank of every treatment over the blocks; 1 where it has the smallest value in every block.
pub fn average_ranks(blocks: &Blocks) -> Vec<f64> {
    let ranks = blocks.ranks();
    let sum = |treatment: usize| ranks.iter().filter_map(|row| row.doubled().get(treatment)).sum::<usize>();
    (0..blocks.columns()).map(|treatment| sum(treatment) as f64 / (2.0 * blocks.count() as f64)).collect()
}

/// Q = (k−1)·Σⱼ(Rⱼ − n(k+1)/2)² / Σᵢⱼ(rᵢⱼ − (k+1)/2)² with the midranks rᵢⱼ inside n blocks and their sums Rⱼ over
/// blocks (Friedman, 1937; with ties: Conover, 1999, 5.8). W after Kendall and Babington Smith (1939), F after Iman
/// and Davenport (1980).
///
/// Null hypothesis: inside a block every order of the treatments is as likely. Blocks are independent; they need
/// not have a common level or spread. `None` where every block is all ties: no order was seen at all.
pub fn friedman(blocks: &Blocks) -> Option<Friedman> {
    let rows: Vec<Vec<i64>> = blocks.ranks().iter().map(|row| row.centred()).collect();
    let between = spread(&sums(&rows, blocks.columns()));
    let inside: i128 = rows.iter().map(|row| spread(row)).sum();
    if inside == 0 {
        return None;
    }
    let (n, free) = (blocks.count() as f64, blocks.columns() as f64 - 1.0);
    let concordance = between as f64 / (n * inside as f64);
    let chi_square = free * (between as f64 / inside as f64);
    // n·inside − between is exact here, where n(k − 1) − Q would cancel.
    let rest = blocks.count() as i128 * inside - between;
    let f = (rest > 0).then(|| (n - 1.0) * between as f64 / rest as f64).and_then(|f| {
        let degrees = (free, (n - 1.0) * free);
        let p = PValue::of_distribution(tails::f(f, degrees.0, degrees.1)?)?;
        Some(ImanDavenport { f, degrees, p })
    });
    let degrees = blocks.columns() - 1;
    let p = PValue::of_distribution(tails::chi_square(chi_square, degrees)?)?;
    Some(Friedman { chi_square, degrees, p, concordance, f })
}

/// The same statistic against its permutation distribution: all orders inside every block, ties kept.
///
/// Exact where going through them stays feasible, which it does far beyond (k!)ⁿ⁻¹ = 10⁶ because rank sums that
/// differ only in which treatment has them are followed once; else drawn as `resampling` says. Null hypothesis,
/// assumptions and `None` as for [`friedman`], but nothing is approximated.
pub fn permutation(blocks: &Blocks, resampling: Resampling) -> Option<PValue> {
    let mut rows: Vec<Vec<i64>> = blocks.ranks().iter().map(|row| row.centred()).collect();
    let observed = spread(&sums(&rows, blocks.columns()));
    if rows.iter().all(|row| spread(row) == 0) {
        return None;
    }
    // Neither the order of blocks nor that of treatments is to change what is drawn.
    rows.iter_mut().for_each(|row| row.sort_unstable());
    rows.sort_unstable();
    if let Some((value, smallest)) = exact(&rows, observed) {
        return PValue::new(value, Computed::Exact, Some(smallest));
    }
    Some(monte_carlo::drawn(
        resampling,
        || rows.clone(),
        |rows, generator| {
            rows.iter_mut().for_each(|row| shuffle(row, generator));
            spread(&sums(rows, blocks.columns())) >= observed
        },
    ))
}

/// P(spread ≥ observed) over all orders inside the rows, and P of the largest spread; `None` where that is too much
/// work. The first row can stay: only orders relative to it matter.
fn exact(rows: &[Vec<i64>], observed: i128) -> Option<(f64, f64)> {
    let (first, rest) = rows.split_first()?;
    let mut reached = BTreeMap::from([(first.clone(), 1.0)]);
    let mut work = 0;
    for row in rest {
        let orders = arrangements::count(row)?;
        work += orders * reached.len() as u64;
        if work > 2 * LIMIT {
            return None;
        }
        let mut next: BTreeMap<Vec<i64>, f64> = BTreeMap::new();
        let mut order = row.clone();
        loop {
            for (sums, probability) in &reached {
                let mut sums: Vec<i64> = sums.iter().zip(&order).map(|(a, b)| a + b).collect();
                sums.sort_unstable();
                *next.entry(sums).or_default() += probability / orders as f64;
            }
            if !arrangements::advance(&mut order) {
                break;
            }
        }
        reached = next;
    }
    let share_from = |bound: i128| {
        crate::summary::sum(
            reached.iter().filter(|(sums, _)| spread(sums) >= bound).map(|(_, probability)| *probability),
        )
    };
    let largest = reached.keys().map(|sums| spread(sums)).max()?;
    Some((share_from(observed), share_from(largest)))
}

/// Sum of every column.
fn sums(rows: &[Vec<i64>], columns: usize) -> Vec<i64> {
    let mut sums = vec![0; columns];
    for row in rows {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    sums
}

/// Sum of squares of what sums to zero.
fn spread(centred: &[i64]) -> i128 {
    centred.iter().map(|&x| i128::from(x) * i128::from(x)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_alike_is_as_extreme_as_it_gets() {
        let rows = vec![vec![1.0, 2.0, 3.0]; 3];
        let blocks = Blocks::new(&rows).unwrap();
        let test = friedman(&blocks).unwrap();
        assert_eq!((test.chi_square, test.concordance, test.f), (6.0, 1.0, None));
        // One order of six is right, in two of three blocks.
        let p = permutation(&blocks, Resampling::default()).unwrap();
        assert!(p.computed == Computed::Exact && (p.value - 1.0 / 36.0).abs() < 1e-15 && p.smallest == Some(p.value));
    }

    #[test]
    fn drawn_agrees_with_exact() {
        let rows = vec![vec![1.0, 2.0, 3.0, 4.0], vec![2.0, 1.0, 3.0, 3.0], vec![1.0, 4.0, 3.0, 5.0]];
        let blocks = Blocks::new(&rows).unwrap();
        let exact = permutation(&blocks, Resampling::default()).unwrap();
        let mut rows: Vec<Vec<i64>> = blocks.ranks().iter().map(|row| row.centred()).collect();
        let observed = spread(&sums(&rows, 4));
        let drawn = monte_carlo::drawn(
            Resampling { seed: 5, resamples: 20_000 },
            || rows.clone(),
            |rows, generator| {
                rows.iter_mut().for_each(|row| shuffle(row, generator));
                spread(&sums(rows, 4)) >= observed
            },
        );
        rows.clear();
        assert!((drawn.value - exact.value).abs() < 4.0 * drawn.monte_carlo_error().unwrap());
    }
}
