//! What blocks that were not measured yet would give: widths of median intervals, and the power of the tests by
//! sign flips and signed ranks. Everything assumes independent normal values; effects are in standard deviations.

use crate::Confidence;
use crate::noncentral_t::above;
use crate::of_blocks::order_statistics;
use crate::student::t_quantile;
use statrs::distribution::{ChiSquared, Continuous, ContinuousCDF, Normal};
use statrs::function::gamma::ln_gamma;
use std::sync::LazyLock;

/// Numbers of blocks beyond this are not planned for.
pub const MOST_BLOCKS: usize = 1000;

/// Beyond so many standard deviations, an order statistic of [`MOST_BLOCKS`] values has no weight.
const REACH: f64 = 9.0;

/// Step of the integral: half the width of the narrowest order statistic, where the trapezoidal rule has no error left.
const STEP: f64 = 0.02;

/// x with the logarithms of Φ, 1 − Φ and φ there, which are the same for all numbers of blocks.
static POINTS: LazyLock<Vec<[f64; 4]>> = LazyLock::new(|| {
    let normal = Normal::standard();
    let points = (0..=(2.0 * REACH / STEP) as i32).map(|at| STEP * f64::from(at) - REACH);
    points.map(|x| [x, normal.cdf(x).ln(), normal.sf(x).ln(), normal.ln_pdf(x)]).collect()
});

/// Expected half-width of the interval of the median from order statistics
/// ([`median_interval`](crate::order_statistic::median_interval)), in standard deviations: (E x₍n+1−r₎ − E x₍r₎)/2,
/// which is E x₍n+1−r₎ of standard normal values, ∫ x·n!/((n−r)!(r−1)!)·Φⁿ⁻ʳ(1−Φ)ʳ⁻¹φ dx (David and Nagaraja, 2003,
/// 3.1).
///
/// It does not always shrink with more blocks: ranks are whole numbers, and the confidence reached jumps with them.
/// `None` where the blocks do not have that interval ([`order_statistics`]) and above [`MOST_BLOCKS`].
pub fn median_half_width(blocks: usize, confidence: Confidence) -> Option<f64> {
    if blocks > MOST_BLOCKS {
        return None;
    }
    let (rank, _) = order_statistics(blocks, confidence)?;
    let (n, r) = (blocks as f64, rank as f64);
    let constant = ln_gamma(n + 1.0) - ln_gamma(n - r + 1.0) - ln_gamma(r);
    let expected: f64 = POINTS
        .iter()
        .map(|[x, below, above, density]| x * (constant + (n - r) * below + (r - 1.0) * above + density).exp() * STEP)
        .sum();
    expected.is_finite().then_some(expected.max(0.0))
}

/// By what the standard deviation of `count` normal values may be wrong: factors to it, (√(ν/χ²₍1−tail₎),
/// √(ν/χ²₍tail₎)) with ν = `count` − 1, between which the population's lies with the confidence. `None` below two
/// values.
pub fn deviation_factors(count: usize, confidence: Confidence) -> Option<(f64, f64)> {
    if count < 2 {
        return None;
    }
    let degrees = count as f64 - 1.0;
    let law = ChiSquared::new(degrees).ok()?;
    let quantile = |probability: f64| {
        let (mut low, mut high) = (0.0, degrees + 40.0 * (degrees.sqrt() + 10.0));
        // Halved until the ends are neighbours, or as good as.
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if law.cdf(middle) < probability { low = middle } else { high = middle }
        }
        high
    };
    let factor = |quantile: f64| Some((degrees / quantile).sqrt()).filter(|factor| factor.is_finite());
    Some((factor(quantile(1.0 - confidence.tail()))?, factor(quantile(confidence.tail()))?))
}

/// Probability that the exact two-sided test by sign flips ([`sign_flip`](crate::sign_flip::sign_flip)) over `blocks`
/// differences has p ≤ `level`, where their mean is `effect` standard deviations.
///
/// Where only one pattern of signs is extreme enough (c = ⌊level·2ⁿ⁻¹⌋ = 1), exactly: P(all signs alike) = Φ(δ)ⁿ +
/// Φ(−δ)ⁿ. For c > 1 the t test's power at the level that can be reached, c/2ⁿ⁻¹, less, in standard normal quantiles,
/// what it is too large by at c = 1, divided by √c. 0 where no pattern is extreme enough. Against simulation it is
/// right to 0.05 from 6 to 20 blocks. `None` for no blocks or more than [`MOST_BLOCKS`], and an effect or level that
/// is no number.
pub fn sign_flip_power(blocks: usize, effect: f64, level: f64) -> Option<f64> {
    let delta = effect.abs();
    let patterns = patterns(blocks, blocks.checked_sub(1)?, level)?;
    if delta.is_nan() {
        return None;
    }
    let n = blocks as f64;
    let alike = |delta: f64| {
        let normal = Normal::standard();
        normal.cdf(delta).powf(n) + normal.sf(delta).powf(n)
    };
    // The far side of the t test, as large as the near one without an effect, and nothing soon.
    let by_t = |tail: f64| {
        let limit = t_quantile(1.0 - tail, n - 1.0)?;
        let root = delta * n.sqrt();
        Some((above(limit, n - 1.0, root)? + above(limit, n - 1.0, -root)?).min(1.0))
    };
    corrected(patterns, 2f64.powf(-n), delta, alike, by_t)
}

/// Probability that both one-sided signed-rank tests of equivalence ([`signed_rank`](crate::equivalence::signed_rank))
/// over `blocks` differences have p ≤ `level`, where their mean is `above_low` standard deviations above the lower end
/// of the margin and `below_high` below the upper one.
///
/// At least P(one) + P(other) − 1; each as in [`sign_flip_power`] from the one-sided t test, with π/3 times the blocks
/// (the efficiency of signed ranks for normal values). Where only one pattern counts, exactly: P(all differences
/// within the margin). `None` as there.
pub fn equivalence_power(blocks: usize, above_low: f64, below_high: f64, level: f64) -> Option<f64> {
    let patterns = patterns(blocks, blocks, level)?;
    if blocks < 2 || above_low.is_nan() || below_high.is_nan() {
        return None;
    }
    let (n, normal) = (blocks as f64, Normal::standard());
    if patterns == 1.0 {
        return Some((normal.cdf(below_high) - normal.sf(above_low)).max(0.0).powf(n));
    }
    let one = |delta: f64| {
        let by_t = |tail: f64| {
            above(t_quantile(1.0 - tail, n - 1.0)?, n - 1.0, delta * (n * 3.0 / std::f64::consts::PI).sqrt())
        };
        corrected(patterns, 2f64.powf(-n), delta, |delta| normal.cdf(delta).powf(n), by_t)
    };
    Some((one(above_low)? + one(below_high)? - 1.0).max(0.0))
}

/// The smallest effect that [`sign_flip_power`] finds with probability `wanted`, in standard deviations. `None` where
/// no pattern of signs is extreme enough, and where `wanted` is no share above the level and below 1.
pub fn sign_flip_detectable(blocks: usize, level: f64, wanted: f64) -> Option<f64> {
    let reaches = |effect: f64| Some(sign_flip_power(blocks, effect, level)? >= wanted);
    let (mut low, mut high) = (0.0, 64.0);
    if !(wanted > level && wanted < 1.0 && reaches(high)?) {
        return None;
    }
    while high - low > 1e-6 * high {
        let middle = f64::midpoint(low, high);
        if reaches(middle)? { high = middle } else { low = middle }
    }
    Some(high)
}

/// How many patterns of signs have p ≤ `level`, where all 2^`bits` of them are as likely.
fn patterns(blocks: usize, bits: usize, level: f64) -> Option<f64> {
    if blocks == 0 || blocks > MOST_BLOCKS || !(level > 0.0 && level < 1.0) {
        return None;
    }
    // A level such as 0.05/1.6 = 1/32 may have lost its last bit.
    Some((level * 2f64.powf(bits as f64) * (1.0 + 1e-12)).floor())
}

/// From so many patterns on the correction is below 1 % of what it is for one.
const FINE: f64 = 10_000.0;

/// The power of a test that counts `patterns` patterns, each of probability `each` at one end.
fn corrected(
    patterns: f64,
    each: f64,
    delta: f64,
    alike: impl Fn(f64) -> f64,
    by_t: impl Fn(f64) -> Option<f64>,
) -> Option<f64> {
    if patterns < 1.0 {
        return Some(0.0);
    }
    if patterns == 1.0 {
        return Some(alike(delta).min(1.0));
    }
    if delta.abs() > 1e3 {
        return Some(if delta > 0.0 { 1.0 } else { 0.0 });
    }
    let power = by_t(patterns * each)?;
    if patterns >= FINE {
        return Some(power);
    }
    let normal = Normal::standard();
    let quantile = |p: f64| normal.inverse_cdf(p.clamp(1e-300, 1.0 - 1e-16));
    let excess = (quantile(by_t(each)?) - quantile(alike(delta))).max(0.0);
    Some(normal.cdf(quantile(power) - excess / patterns.sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pattern_is_exact() {
        let power = sign_flip_power(6, 1.0, 0.05).unwrap();
        let same = Normal::standard().cdf(1.0f64).powi(6) + Normal::standard().sf(1.0f64).powi(6);
        assert!((power - same).abs() < 1e-12);
        assert_eq!(
            (sign_flip_power(5, 9.0, 0.05), sign_flip_power(6, f64::INFINITY, 1.0 / 32.0)),
            (Some(0.0), Some(1.0))
        );
        assert_eq!(sign_flip_power(12, f64::INFINITY, 0.05), Some(1.0));
    }

    #[test]
    fn no_answer_where_there_is_none() {
        assert_eq!((median_half_width(5, Confidence::P95), median_half_width(1001, Confidence::P95)), (None, None));
        // An interval of five order statistics there is at 80 %; the estimates have the mean with t, and so has the plan.
        assert_eq!(median_half_width(5, Confidence::new(0.8).unwrap()), None);
        assert_eq!((deviation_factors(1, Confidence::P95), sign_flip_power(0, 1.0, 0.05)), (None, None));
        assert_eq!((sign_flip_power(8, f64::NAN, 0.05), sign_flip_power(8, 1.0, 0.0)), (None, None));
        assert_eq!((sign_flip_detectable(5, 0.05, 0.8), sign_flip_detectable(9, 0.05, 0.01)), (None, None));
        assert_eq!(equivalence_power(8, f64::NAN, 1.0, 0.05), None);
        assert_eq!(equivalence_power(4, 9.0, 9.0, 0.05), Some(0.0));
    }

    #[test]
    fn detectable_is_just_enough() {
        for (blocks, level) in [(6, 0.05), (12, 0.05 / 45.0), (30, 0.05 / 10.0), (1000, 0.01)] {
            let effect = sign_flip_detectable(blocks, level, 0.8).unwrap();
            let power = sign_flip_power(blocks, effect, level).unwrap();
            assert!((power - 0.8).abs() < 1e-3, "{blocks}: {power}");
        }
    }
}
