//! Comparison of durations of which some were cut off, between independent groups.

use crate::kaplan_meier::Duration;
use crate::laplacian::Quadratic;
use crate::summary::ExactSum;
use crate::{PValue, Resampling, Values, permutation, tails};

/// How much a difference at each time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// All alike: most powerful where one group's hazard is a constant multiple of the other's (Mantel, 1966).
    LogRank,
    /// By the pooled Kaplan-Meier estimate just before that time, S(t−): stresses early differences (Peto and Peto,
    /// 1972, in the form of Harrington and Fleming, 1982, with ρ = 1, as R's survdiff).
    PetoPeto,
}

/// The statistic with its approximate p.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRank {
    /// The quadratic form of observed minus expected.
    pub chi_square: f64,
    /// Groups that were at risk at all while anything ended, less one.
    pub degrees: usize,
    /// From the chi-square distribution.
    pub p: PValue,
    /// Weighted number of ends in every group.
    pub observed: Vec<f64>,
    /// What it would be expected to be if all groups ended alike.
    pub expected: Vec<f64>,
}

/// (O − E)′V⁻(O − E): at every time t with d ends among n at risk, group j with nⱼ at risk expects d·nⱼ/n, and the
/// covariance is hypergeometric, d(n−d)/(n−1)·nⱼ/n·(δⱼₗ − nₗ/n); all weighted by w(t) and summed over times.
///
/// Null hypothesis: all groups end at the same rate at every time. Durations are independent, and being cut off says
/// nothing about how much longer one would have taken; groups may have different limits. At a tie what ended counts
/// before what was cut off. `None` for less than two groups, an empty one, a time that is negative or not finite, and
/// where nothing is left to compare (nothing ended, or only one group was still running when it did).
pub fn log_rank<G: AsRef<[Duration]>>(groups: &[G], weights: Weights) -> Option<LogRank> {
    if groups.iter().any(|group| group.as_ref().is_empty()) {
        return None;
    }
    Sums::of(groups, weights)?.test()
}

/// What is observed, expected and how both vary, added up over times (and strata).
pub(crate) struct Sums {
    pub(crate) observed: Vec<ExactSum>,
    pub(crate) expected: Vec<ExactSum>,
    pub(crate) covariance: Vec<Vec<f64>>,
}

impl Sums {
    /// Those of groups of which some may be empty. `None` for less than two groups, or a time that is negative or not finite.
    pub(crate) fn of<G: AsRef<[Duration]>>(groups: &[G], weights: Weights) -> Option<Self> {
        let count = groups.len();
        let bad = |group: &G| group.as_ref().iter().any(|d| !d.time.is_finite() || d.time < 0.0);
        if count < 2 || groups.iter().any(bad) {
            return None;
        }
        let mut all: Vec<(usize, Duration)> = groups
            .iter()
            .enumerate()
            .flat_map(|(group, durations)| durations.as_ref().iter().map(move |&duration| (group, duration)))
            .collect();
        all.sort_by(|a, b| a.1.time.total_cmp(&b.1.time));

        let mut at_risk: Vec<f64> = groups.iter().map(|group| group.as_ref().len() as f64).collect();
        let mut survival = 1.0;
        let mut observed = vec![ExactSum::default(); count];
        let mut expected = vec![ExactSum::default(); count];
        let mut covariance = vec![vec![0.0; count]; count];
        for tied in all.chunk_by(|a, b| a.1.time == b.1.time) {
            let n: f64 = at_risk.iter().sum();
            let d = tied.iter().filter(|(_, duration)| duration.ended).count() as f64;
            if d > 0.0 {
                let weight = match weights {
                    Weights::LogRank => 1.0,
                    Weights::PetoPeto => survival,
                };
                let common = if n > 1.0 { weight * weight * d * (n - d) / (n - 1.0) } else { 0.0 };
                for ((row, expected), own) in covariance.iter_mut().zip(&mut expected).zip(&at_risk) {
                    expected.add(weight * d * own / n);
                    for (entry, other) in row.iter_mut().zip(&at_risk) {
                        *entry -= common * (own / n) * (other / n);
                    }
                }
                for (at, (row, own)) in covariance.iter_mut().zip(&at_risk).enumerate() {
                    if let Some(entry) = row.get_mut(at) {
                        *entry += common * (own / n);
                    }
                }
                for (group, _) in tied.iter().filter(|(_, duration)| duration.ended) {
                    if let Some(sum) = observed.get_mut(*group) {
                        sum.add(weight);
                    }
                }
                survival *= 1.0 - d / n;
            }
            for (group, _) in tied {
                if let Some(own) = at_risk.get_mut(*group) {
                    *own -= 1.0;
                }
            }
        }
        Some(Self { observed, expected, covariance })
    }

    /// The test of these sums.
    pub(crate) fn test(self) -> Option<LogRank> {
        let Self { observed, expected, covariance } = self;
        let observed: Vec<f64> = observed.iter().map(ExactSum::total).collect();
        let expected: Vec<f64> = expected.iter().map(ExactSum::total).collect();
        let form = Quadratic::new(covariance);
        let difference: Vec<f64> = observed.iter().zip(&expected).map(|(o, e)| o - e).collect();
        let (chi_square, degrees) = (form.of(&difference), form.rank());
        let p = PValue::of_distribution(tails::chi_square(chi_square, degrees)?)?;
        Some(LogRank { chi_square, degrees, p, observed, expected })
    }
}

/// The log-rank test of two groups, [`Weights::LogRank`], by permutation: |O − E| of a group among all ways to deal the
/// durations out to groups of these sizes.
///
/// Each duration has a score, 1 if it ended and 0 else, less the pooled Nelson-Aalen estimate at its time; their sum over a
/// group is its O − E, so this is [`permutation::mean_difference`] of the scores. Null hypothesis and `None` as for
/// [`log_rank`], and durations of both groups are cut off by the same rule, else they are not exchangeable. It keeps to
/// its level with the fewest runs, where the chi-square distribution does not.
pub fn permuted(left: &[Duration], right: &[Duration], resampling: Resampling) -> Option<PValue> {
    log_rank(&[left, right], Weights::LogRank)?;
    let (left, right) = scores(left, right);
    Some(permutation::mean_difference(Values::new(&left).ok()?, Values::new(&right).ok()?, resampling))
}

/// The log-rank scores of two groups: 1 for what ended and 0 else, less the pooled Nelson-Aalen estimate at its time. They
/// add up to nothing over both groups.
pub(crate) fn scores(left: &[Duration], right: &[Duration]) -> (Vec<f64>, Vec<f64>) {
    let mut all: Vec<Duration> = left.iter().chain(right).copied().collect();
    all.sort_by(|a, b| a.time.total_cmp(&b.time));
    // The pooled cumulative hazard just after each time.
    let (mut at_risk, mut hazard) = (all.len(), 0.0);
    let mut hazards: Vec<(f64, f64)> = Vec::new();
    for tied in all.chunk_by(|a, b| a.time == b.time) {
        hazard += tied.iter().filter(|duration| duration.ended).count() as f64 / at_risk as f64;
        at_risk -= tied.len();
        hazards.extend(tied.first().map(|duration| (duration.time, hazard)));
    }
    let score = |duration: &Duration| {
        let at = hazards.partition_point(|(time, _)| *time <= duration.time);
        let hazard = at.checked_sub(1).and_then(|at| hazards.get(at)).map_or(0.0, |(_, hazard)| *hazard);
        f64::from(u8::from(duration.ended)) - hazard
    };
    let of = |durations: &[Duration]| durations.iter().map(score).collect::<Vec<f64>>();
    (of(left), of(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the share of all 20 deals whose O − E, by the statistic itself, is as large.
    #[test]
    fn permuted_is_the_share_of_deals() {
        let of = |time: f64, ended| Duration { time, ended };
        let all = [of(1.0, true), of(2.0, false), of(2.0, true), of(4.0, true), of(5.0, false), of(5.0, true)];
        let difference = |dealt: u32| {
            let (left, right): (Vec<_>, Vec<_>) = (0..6).partition(|at| dealt >> at & 1 == 1);
            let group = |places: Vec<usize>| places.into_iter().map(|at| all[at]).collect::<Vec<Duration>>();
            let (left, right) = (group(left), group(right));
            let found = log_rank(&[&left, &right], Weights::LogRank).unwrap();
            ((found.observed[0] - found.expected[0]).abs(), permuted(&left, &right, Resampling::default()).unwrap())
        };
        let deals: Vec<u32> = (0..64u32).filter(|dealt| dealt.count_ones() == 3).collect();
        for dealt in &deals {
            let (observed, p) = difference(*dealt);
            let extreme = deals.iter().filter(|other| difference(**other).0 >= observed - 1e-9).count();
            assert!((p.value - extreme as f64 / 20.0).abs() < 1e-12, "{dealt:b}: {p:?}, not {extreme} of 20");
            assert!(p.value >= 0.1 - 1e-12 && p.smallest.is_some_and(|smallest| smallest <= p.value + 1e-12));
        }
        assert_eq!(permuted(&all[..1], &[], Resampling::default()), None);
    }

    #[test]
    fn nothing_to_compare() {
        let ended = |time| Duration { time, ended: true };
        let cut_off = |time| Duration { time, ended: false };
        for groups in [
            vec![vec![ended(1.0)]],
            vec![vec![ended(1.0)], vec![]],
            vec![vec![ended(1.0)], vec![ended(f64::NAN)]],
            vec![vec![cut_off(1.0)], vec![cut_off(2.0)]],
            vec![vec![cut_off(1.0)], vec![ended(2.0), ended(3.0)]],
        ] {
            assert_eq!(log_rank(&groups, Weights::LogRank), None, "{groups:?}");
        }
        assert!(log_rank(&[vec![ended(1.0)], vec![ended(2.0)]], Weights::LogRank).is_some());
    }
}
