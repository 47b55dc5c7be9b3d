//! Comparison of durations of which some were cut off, within strata that are not alike, such as links.

use crate::kaplan_meier::Duration;
use crate::log_rank::{LogRank, Sums, Weights, scores};
use crate::subset_sums::{by_size, pairs_at_least};
use crate::summary::sum;
use crate::{Computed, PValue, Resampling, combinations, monte_carlo};
use rand::RngExt;

/// Up to so many sums on each side of the strata every way to deal is counted.
pub const EXACT_UP_TO: f64 = 65_536.0;

/// The two groups of one stratum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratum<'a> {
    /// Durations of the left side.
    pub left: &'a [Duration],
    /// Durations of the right side.
    pub right: &'a [Duration],
}

/// Mantel's (1966) log-rank test within strata: what is observed and expected, and its variance, come from each stratum by
/// itself and are added up, as in R's `survdiff` with `strata()`.
///
/// Null hypothesis: in every stratum both groups end at the same rate at every time; strata may differ from each other as they
/// like. Otherwise as [`crate::log_rank::log_rank`]. A stratum with one group alone compares nothing. `None` where no stratum
/// is left to compare.
pub fn chi_square(strata: &[Stratum<'_>], weights: Weights) -> Option<LogRank> {
    let mut all: Option<Sums> = None;
    for Stratum { left, right } in strata.iter().filter(|stratum| both(stratum)) {
        let own = Sums::of(&[*left, *right], weights)?;
        match &mut all {
            None => all = Some(own),
            Some(all) => all.add(own),
        }
    }
    all?.test()
}

fn both(stratum: &Stratum<'_>) -> bool {
    !stratum.left.is_empty() && !stratum.right.is_empty()
}

impl Sums {
    fn add(&mut self, other: Self) {
        for (own, other) in self.observed.iter_mut().zip(&other.observed) {
            own.add(other.total());
        }
        for (own, other) in self.expected.iter_mut().zip(&other.expected) {
            own.add(other.total());
        }
        for (own, other) in self.covariance.iter_mut().flatten().zip(other.covariance.into_iter().flatten()) {
            *own += other;
        }
    }
}

/// The same by permutation: |O − E| of a group among all ways to deal the durations of each stratum out to its two groups.
///
/// Keeps to its level with the fewest runs, where the chi-square distribution does not, and needs no more than that within a
/// stratum each run could as well have been the other side's. Exact where the sums of half of the strata are at most
/// [`EXACT_UP_TO`], drawn beyond. `smallest` is the p of the most extreme way to deal these very durations; of drawn ones a
/// bound of it. `None` as for [`chi_square`].
pub fn permuted(strata: &[Stratum<'_>], resampling: Resampling) -> Option<PValue> {
    chi_square(strata, Weights::LogRank)?;
    let dealt: Vec<Dealt> = strata.iter().filter(|stratum| both(stratum)).map(Dealt::of).collect();
    let slack = crate::ties::SUMS * sum(dealt.iter().flat_map(|stratum| &stratum.scores).map(|score| score.abs()));
    let observed = sum(dealt.iter().map(|stratum| stratum.observed)).abs();
    let threshold = observed - slack;
    let ways: f64 = dealt.iter().map(Dealt::ways).product();
    if threshold <= 0.0 {
        return PValue::new(1.0, Computed::Exact, Some((1.0 / ways).min(1.0)));
    }
    let Some((first, second)) = halves(&dealt) else {
        let drawn = monte_carlo::count(resampling, |generator, count| {
            let mut decks: Vec<Vec<f64>> = dealt.iter().map(|stratum| stratum.scores.clone()).collect();
            let mut extreme = 0;
            for _ in 0..count {
                let mut total = 0.0;
                for (deck, stratum) in decks.iter_mut().zip(&dealt) {
                    for at in 0..stratum.few {
                        let drawn: u32 = generator.random();
                        let step = (u64::from(drawn) * (deck.len() - at) as u64) >> 32;
                        deck.swap(at, at + step as usize);
                        total += stratum.sign * deck.get(at).copied().unwrap_or_default();
                    }
                }
                extreme += u64::from(f64::abs(total) >= threshold);
            }
            extreme
        });
        return Some(monte_carlo::p_value(drawn, resampling, 1.0 / ways));
    };
    let share = |threshold: f64| (beyond(&first, &second, threshold) / ways).min(1.0);
    let end = |sums: &[f64], last: bool| (if last { sums.last() } else { sums.first() }).copied().unwrap_or_default();
    let most = (end(&first, true) + end(&second, true)).max(-(end(&first, false) + end(&second, false)));
    PValue::new(share(threshold), Computed::Exact, Some(share(most - slack)))
}

/// One stratum's scores, and how many of them the smaller group gets.
struct Dealt {
    scores: Vec<f64>,
    few: usize,
    /// What the smaller group's sum counts for the left side: scores add up to nothing, so the other has the opposite.
    sign: f64,
    /// The left side's sum.
    observed: f64,
}

impl Dealt {
    fn of(stratum: &Stratum<'_>) -> Self {
        let (left, right) = scores(stratum.left, stratum.right);
        let observed = sum(left.iter().copied());
        let (few, sign) = if left.len() <= right.len() { (left.len(), 1.0) } else { (right.len(), -1.0) };
        Self { scores: [left, right].concat(), few, sign, observed }
    }

    fn ways(&self) -> f64 {
        combinations::choose(self.scores.len(), self.few)
    }

    /// The sums that the left side could have had, in ascending order.
    fn sums(&self) -> Vec<f64> {
        let mut ascending = self.scores.clone();
        ascending.sort_unstable_by(f64::total_cmp);
        let own = by_size(&ascending, self.few).pop().unwrap_or_default();
        if self.sign > 0.0 { own } else { own.iter().rev().map(|sum| -sum).collect() }
    }
}

/// All sums of two parts of the strata; `None` where one would have too many.
fn halves(dealt: &[Dealt]) -> Option<(Vec<f64>, Vec<f64>)> {
    let mut sizes = (1.0, 1.0);
    let mut parts: (Vec<&Dealt>, Vec<&Dealt>) = Default::default();
    let mut sorted: Vec<&Dealt> = dealt.iter().collect();
    sorted.sort_by(|a, b| b.ways().total_cmp(&a.ways()));
    for stratum in sorted {
        // Making the sums passes through all smaller subsets.
        if combinations::choose_up_to(stratum.scores.len(), stratum.few) > 4.0 * EXACT_UP_TO {
            return None;
        }
        if sizes.0 <= sizes.1 {
            sizes.0 *= stratum.ways();
            parts.0.push(stratum);
        } else {
            sizes.1 *= stratum.ways();
            parts.1.push(stratum);
        }
        if f64::max(sizes.0, sizes.1) > EXACT_UP_TO {
            return None;
        }
    }
    let all = |part: &[&Dealt]| {
        let mut all = part.iter().fold(vec![0.0], |sums, stratum| {
            let own = stratum.sums();
            sums.iter().flat_map(|sum| own.iter().map(move |other| sum + other)).collect()
        });
        all.sort_unstable_by(f64::total_cmp);
        all
    };
    Some((all(&parts.0), all(&parts.1)))
}

/// How many pairs have a sum of at least `threshold` > 0 to either side.
fn beyond(first: &[f64], second: &[f64], threshold: f64) -> f64 {
    let mirrored = |sums: &[f64]| -> Vec<f64> { sums.iter().rev().map(|sum| -sum).collect() };
    (pairs_at_least(first, second, threshold) + pairs_at_least(&mirrored(first), &mirrored(second), threshold)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_rank::{self, log_rank};

    fn of(times: &[(f64, bool)]) -> Vec<Duration> {
        times.iter().map(|&(time, ended)| Duration { time, ended }).collect()
    }

    #[test]
    fn one_stratum_is_the_plain_test() {
        let left = of(&[(1.0, true), (2.0, false), (4.0, true), (6.0, true)]);
        let right = of(&[(2.0, true), (5.0, false), (5.0, true)]);
        let strata = [Stratum { left: &left, right: &right }];
        let (found, plain) =
            (chi_square(&strata, Weights::LogRank).unwrap(), log_rank(&[&left, &right], Weights::LogRank).unwrap());
        assert_eq!(found, plain);
        let resampling = Resampling::default();
        let (found, plain) = (permuted(&strata, resampling), log_rank::permuted(&left, &right, resampling));
        assert!((found.unwrap().value - plain.unwrap().value).abs() < 1e-12, "{found:?} {plain:?}");
        // A stratum of one side alone changes nothing.
        let more = [strata[0], Stratum { left: &left, right: &[] }];
        assert_eq!(chi_square(&more, Weights::LogRank).unwrap(), chi_square(&strata, Weights::LogRank).unwrap());
        assert_eq!(chi_square(&more[1..], Weights::LogRank), None);
    }

    /// Three links in one block, one run a side on each: signs can be flipped, and no more.
    #[test]
    fn pairs_can_only_be_flipped() {
        let runs: Vec<(Vec<Duration>, Vec<Duration>)> = [(1.0, 3.0), (2.0, 9.0), (4.0, 30.0)]
            .map(|(left, right)| (of(&[(left, true)]), of(&[(right, true)])))
            .into();
        let strata: Vec<Stratum<'_>> = runs.iter().map(|(left, right)| Stratum { left, right }).collect();
        let found = permuted(&strata, Resampling::default()).unwrap();
        assert_eq!((found.value, found.smallest, found.computed), (0.25, Some(0.25), Computed::Exact));
    }

    #[test]
    fn drawn_is_near_what_is_counted() {
        let side = |shift: f64| -> Vec<Vec<Duration>> {
            (0..3)
                .map(|link| {
                    (0..5)
                        .map(|at| Duration { time: shift + f64::from(7 * at % 5 + 10 * link), ended: at != 3 })
                        .collect()
                })
                .collect()
        };
        let (a, b) = (side(0.0), side(1.5));
        let strata: Vec<Stratum<'_>> = a.iter().zip(&b).map(|(left, right)| Stratum { left, right }).collect();
        let found = permuted(&strata, Resampling::default()).unwrap();
        assert_eq!(found.computed, Computed::Exact);
        let more = |shift| -> Vec<Vec<Duration>> { (0..4).flat_map(|_| side(shift)).collect() };
        let (more_a, more_b) = (more(0.0), more(0.2));
        let many: Vec<Stratum<'_>> = more_a.iter().zip(&more_b).map(|(left, right)| Stratum { left, right }).collect();
        let drawn = permuted(&many, Resampling { seed: 1, resamples: 20_000 }).unwrap();
        assert!(matches!(drawn.computed, Computed::MonteCarlo { .. }));
        let by_distribution = chi_square(&many, Weights::LogRank).unwrap().p.value;
        assert!((drawn.value - by_distribution).abs() < 0.05, "{drawn:?} {by_distribution}");
    }
}
