//! Welch's analysis of variance: do independent groups differ in mean, whatever their variances?

use crate::groups::Groups;
use crate::summary::{Moments, moments, power_of_two};
use crate::{PValue, Values, tails};

/// Welch's F.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WelchAnova {
    /// The statistic.
    pub f: f64,
    /// Degrees of freedom above and below; the latter is no whole number.
    pub degrees: (f64, f64),
    /// From the F distribution.
    pub p: PValue,
}

/// Groups moved to a common origin and divided by a common power of two, and the factor that takes a difference
/// back: differences and variances then neither cancel, overflow nor vanish.
pub(crate) fn standardised(groups: &Groups<'_>) -> Option<(Vec<Moments>, f64)> {
    let ends = groups.as_slice().iter().map(|values| values.range());
    let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |all, own| (all.0.min(own.0), all.1.max(own.1)));
    let unit = power_of_two(low.abs().max(high.abs()));
    let of = |values: &Values<'_>| {
        let moved: Vec<f64> = values.as_slice().iter().map(|x| x / unit - low / unit).collect();
        Some(moments(Values::new(&moved).ok()?))
    };
    Some((groups.as_slice().iter().map(of).collect::<Option<_>>()?, unit))
}

/// F = (Σwᵢ(x̄ᵢ − x̃)²/(k−1)) / (1 + 2(k−2)/(k²−1)·Λ) with wᵢ = nᵢ/sᵢ², x̃ their weighted mean and
/// Λ = Σ(1 − wᵢ/Σw)²/(nᵢ−1); k−1 and (k²−1)/(3Λ) degrees of freedom (Welch, 1951).
///
/// Null hypothesis: all means are equal. Values are independent and normal, the less so the larger the groups.
/// `None` where a group has a single value or no spread, which leaves its weight unknown.
pub fn welch_anova(groups: &Groups<'_>) -> Option<WelchAnova> {
    let (groups, _) = standardised(groups)?;
    let deviations: Vec<f64> = groups.iter().map(|group| group.standard_deviation).collect::<Option<_>>()?;
    let smallest = deviations.iter().copied().fold(f64::INFINITY, f64::min);
    if smallest <= 0.0 {
        return None;
    }
    // Weights times the smallest variance: at most nᵢ.
    let weighted: Vec<(f64, &Moments)> =
        groups.iter().zip(&deviations).map(|(group, s)| (group.count as f64 * (smallest / s).powi(2), group)).collect();
    let sum =
        |terms: &dyn Fn(f64, &Moments) -> f64| crate::summary::sum(weighted.iter().map(|&(w, group)| terms(w, group)));
    let total = sum(&|w, _| w);
    let centre = sum(&|w, group| w / total * group.mean);
    let k = groups.len() as f64;
    let between = sum(&|w, group| w * ((group.mean - centre) / smallest).powi(2)) / (k - 1.0);
    let lambda = sum(&|w, group| (1.0 - w / total).powi(2) / (group.count as f64 - 1.0));
    let f = between / (1.0 + 2.0 * (k - 2.0) / (k * k - 1.0) * lambda);
    let degrees = (k - 1.0, (k * k - 1.0) / (3.0 * lambda));
    let p = PValue::of_distribution(tails::f(f, degrees.0, degrees.1)?)?;
    f.is_finite().then_some(WelchAnova { f, degrees, p })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_and_origin_do_not_matter() {
        let groups = [vec![1.0, 2.0, 4.0], vec![3.0, 5.0, 8.0], vec![9.0, 9.5, 12.0]];
        let wanted = welch_anova(&Groups::new(&groups).unwrap()).unwrap();
        for (factor, origin) in [(2f64.powi(1000), 0.0), (2f64.powi(-1000) * 2f64.powi(-60), 0.0), (1.0, 2f64.powi(40))]
        {
            let moved = groups.clone().map(|group| group.iter().map(|x| x * factor + origin).collect::<Vec<_>>());
            let found = welch_anova(&Groups::new(&moved).unwrap()).unwrap();
            assert!((found.f - wanted.f).abs() < 1e-12 * wanted.f, "{factor:e} {origin:e}: {found:?}");
        }
        for bad in [[vec![1.0], vec![1.0, 2.0]], [vec![1.0, 1.0], vec![1.0, 2.0]]] {
            assert_eq!(welch_anova(&Groups::new(&bad).unwrap()), None);
        }
    }
}
