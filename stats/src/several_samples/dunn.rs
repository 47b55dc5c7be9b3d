//! Dunn's comparison of all pairs of groups by their mean ranks, after the Kruskal-Wallis test.

use crate::groups::{Groups, Pair, pairs};
use crate::midranks::Midranks;
use crate::{PValue, Values, tails};

/// One pair of groups.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Which two.
    pub pair: Pair,
    /// Mean rank of the first minus that of the second, over its standard error.
    pub z: f64,
    /// Two-sided, and not yet adjusted for the other pairs.
    pub p: PValue,
}

/// z = (R̄ᵢ − R̄ⱼ)/√(s²·(1/nᵢ + 1/nⱼ)) with ranks among all N values and
/// s² = N(N+1)/12 − Σ(t³ − t)/(12(N−1)) over the groups of t ties (Dunn, 1964), against the normal distribution.
///
/// Assumptions as for Kruskal-Wallis, and groups large enough for mean ranks to be normal; the p of a pair depends on
/// which other groups there are. `None` where all values are equal.
pub fn dunn(groups: &Groups<'_>) -> Option<Vec<Comparison>> {
    let values = groups.pooled();
    let ranks = Midranks::new(Values::new(&values).ok()?);
    if ranks.ties().len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let variance = n * (n + 1.0) / 12.0 - ranks.tie_sum() / (12.0 * (n - 1.0));
    let mut rest = ranks.doubled();
    let mut means = Vec::with_capacity(groups.count());
    for size in groups.sizes() {
        let (own, others) = rest.split_at_checked(size)?;
        means.push((own.iter().sum::<usize>() as f64 / (2.0 * size as f64), size as f64));
        rest = others;
    }
    pairs(&means)
        .map(|(pair, a, b)| {
            let z = (a.0 - b.0) / (variance * (1.0 / a.1 + 1.0 / b.1)).sqrt();
            Some(Comparison { pair, z, p: PValue::of_distribution(tails::normal_two_sided(z))? })
        })
        .collect()
}
