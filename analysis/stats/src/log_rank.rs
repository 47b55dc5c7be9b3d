//! Comparison of durations of which some were cut off, between independent groups.

use super::kaplan_meier::Duration;
use super::laplacian::Quadratic;
use super::summary::ExactSum;
use super::{PValue, tails};

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
    let count = groups.len();
    let bad = |group: &G| {
        let durations = group.as_ref();
        durations.is_empty() || durations.iter().any(|d| !d.time.is_finite() || d.time < 0.0)
    };
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
    let observed: Vec<f64> = observed.iter().map(ExactSum::total).collect();
    let expected: Vec<f64> = expected.iter().map(ExactSum::total).collect();
    let form = Quadratic::new(covariance);
    let difference: Vec<f64> = observed.iter().zip(&expected).map(|(o, e)| o - e).collect();
    let (chi_square, degrees) = (form.of(&difference), form.rank());
    let p = PValue::of_distribution(tails::chi_square(chi_square, degrees)?)?;
    Some(LogRank { chi_square, degrees, p, observed, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

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
