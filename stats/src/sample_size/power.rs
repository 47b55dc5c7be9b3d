//! How many blocks a question needs, and which question some blocks can answer.

use crate::Confidence;
use crate::noncentral_t::{above, below};
use crate::student::t_quantile;
use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::gamma::ln_gamma;

/// Nobody measures more blocks than this; a larger number is no answer.
pub const MOST_BLOCKS: u64 = 1_000_000;

/// Expected half-width of the t interval of the mean over `blocks` independent normal values with standard
/// deviation `deviation`: t₍n₋₁₎·c₄(n)·σ/√n, where c₄ is what a sample's deviation is short of σ on average
/// (c₄ = √(2/(n−1))·Γ(n/2)/Γ((n−1)/2)).
///
/// In the unit of the deviation. `None` below two blocks, and for a deviation that is negative or not finite.
pub fn expected_half_width(blocks: u64, deviation: f64, confidence: Confidence) -> Option<f64> {
    if blocks < 2 || !(deviation >= 0.0 && deviation.is_finite()) {
        return None;
    }
    let n = blocks as f64;
    let short = (0.5 * (2.0 / (n - 1.0)).ln() + ln_gamma(n / 2.0) - ln_gamma((n - 1.0) / 2.0)).exp();
    let half = t_quantile(1.0 - confidence.tail(), n - 1.0)? * short.min(1.0) * (deviation / n.sqrt());
    half.is_finite().then_some(half)
}

/// The least number of blocks whose expected half-width is at most `half_width`; see [`expected_half_width`].
/// `None` where the half-width is not above 0, or more than [`MOST_BLOCKS`] would be needed.
pub fn blocks_for_half_width(deviation: f64, half_width: f64, confidence: Confidence) -> Option<u64> {
    if half_width.is_nan() || half_width <= 0.0 {
        return None;
    }
    // Half of a normal interval.
    let near = (normal(confidence.tail()) * deviation / half_width).powi(2);
    least(near, |blocks| Some(expected_half_width(blocks, deviation, confidence)? <= half_width))
}

/// Probability that the two-sided t test of the mean over `blocks` values at the level 1 − `confidence` finds
/// that it is not 0, where it is `effect` and the values' standard deviation is `deviation`.
///
/// P(|T| > t₍n₋₁₎) for T noncentral with δ = effect/deviation·√n. For paired differences, one a block, effect and
/// deviation are those of the differences. Assumes independent normal values. `None` below two blocks, for a
/// deviation that is not above 0 and for an effect that is not finite.
pub fn power(blocks: u64, effect: f64, deviation: f64, confidence: Confidence) -> Option<f64> {
    if blocks < 2 || !(deviation > 0.0 && deviation.is_finite() && effect.is_finite()) {
        return None;
    }
    let n = blocks as f64;
    at_noncentrality((effect / deviation).abs() * n.sqrt(), n - 1.0, confidence)
}

fn at_noncentrality(delta: f64, degrees: f64, confidence: Confidence) -> Option<f64> {
    let limit = t_quantile(1.0 - confidence.tail(), degrees)?;
    Some((above(limit, degrees, delta)? + below(-limit, degrees, delta)?).min(1.0))
}

/// Whether the power is at least `wanted`. The tail on the other side is at most half the level, and mostly matters not.
fn reaches(wanted: f64, delta: f64, degrees: f64, confidence: Confidence) -> Option<bool> {
    let limit = t_quantile(1.0 - confidence.tail(), degrees)?;
    let side = above(limit, degrees, delta)?;
    if side >= wanted || side + 1.001 * confidence.tail() < wanted {
        return Some(side >= wanted);
    }
    Some(side + below(-limit, degrees, delta)? >= wanted)
}

/// The standard normal quantile of an upper `tail`.
fn normal(tail: f64) -> f64 {
    Normal::standard().inverse_cdf(1.0 - tail)
}

/// The least number of blocks with which [`power`] is at least `wanted` (such as 0.8). `None` where `wanted` is no
/// share between 0 and 1, the effect is 0, or more than [`MOST_BLOCKS`] would be needed.
pub fn blocks_for_effect(effect: f64, deviation: f64, wanted: f64, confidence: Confidence) -> Option<u64> {
    if !(wanted > 0.0 && wanted < 1.0) {
        return None;
    }
    if !(deviation > 0.0 && deviation.is_finite() && effect.is_finite()) {
        return None;
    }
    // Guenther's approximation (1981): the normal one, and what not knowing the deviation costs.
    let z = normal(confidence.tail());
    let near = ((z + normal(1.0 - wanted)) * deviation / effect).powi(2) + z * z / 2.0;
    least(near, |blocks| {
        let n = blocks as f64;
        reaches(wanted, (effect / deviation).abs() * n.sqrt(), n - 1.0, confidence)
    })
}

/// The smallest effect, in the unit of the deviation, that [`power`] finds in `blocks` blocks with probability
/// `wanted`. `None` below two blocks, for a deviation that is negative or not finite, and where `wanted` is not
/// above the level 1 − `confidence` (which no effect at all reaches) and below 1.
pub fn detectable_effect(blocks: u64, deviation: f64, wanted: f64, confidence: Confidence) -> Option<f64> {
    let level = 1.0 - confidence.share();
    if blocks < 2 || !(deviation >= 0.0 && deviation.is_finite() && wanted > level && wanted < 1.0) {
        return None;
    }
    let n = blocks as f64;
    let reaches = |delta: f64| reaches(wanted, delta, n - 1.0, confidence);
    let (mut low, mut high) = (0.0, 1.0);
    while !reaches(high)? {
        (low, high) = (high, high * 2.0);
        if high > 1e9 {
            return None;
        }
    }
    // Halved until the ends differ by rounding only.
    while high - low > 1e-13 * high {
        let middle = low + (high - low) / 2.0;
        if reaches(middle)? { high = middle } else { low = middle }
    }
    let effect = high * (deviation / n.sqrt());
    effect.is_finite().then_some(effect)
}

/// The least number of blocks, from 2, that is `enough`, which more blocks are to be too. The search starts `near` a
/// number and goes away from it in growing steps.
fn least(near: f64, enough: impl Fn(u64) -> Option<bool>) -> Option<u64> {
    // Numbers too large, and NaN, become ends of the range.
    let start = (near.ceil() as u64).clamp(2, MOST_BLOCKS);
    let mut step = 1;
    let (mut bad, mut good);
    if enough(start)? {
        (bad, good) = (1, start);
        while good > 2 {
            let fewer = good.saturating_sub(step).max(2);
            if !enough(fewer)? {
                bad = fewer;
                break;
            }
            (good, step) = (fewer, step * 2);
        }
    } else {
        (bad, good) = (start, start);
        while bad == good {
            if bad >= MOST_BLOCKS {
                return None;
            }
            good = (bad + step).min(MOST_BLOCKS);
            if !enough(good)? {
                bad = good;
            }
            step *= 2;
        }
    }
    while good - bad > 1 {
        let middle = bad + (good - bad) / 2;
        if enough(middle)? { good = middle } else { bad = middle }
    }
    Some(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_is_just_enough() {
        let blocks = blocks_for_effect(0.03, 0.05, 0.8, Confidence::P95).unwrap();
        assert!(power(blocks, 0.03, 0.05, Confidence::P95).unwrap() >= 0.8);
        assert!(power(blocks - 1, 0.03, 0.05, Confidence::P95).unwrap() < 0.8);
        let effect = detectable_effect(blocks, 0.05, 0.8, Confidence::P95).unwrap();
        assert!(effect <= 0.03 && effect > 0.028, "{effect}");
        let blocks = blocks_for_half_width(0.05, 0.03, Confidence::P95).unwrap();
        assert!(expected_half_width(blocks, 0.05, Confidence::P95).unwrap() <= 0.03);
        assert!(expected_half_width(blocks - 1, 0.05, Confidence::P95).unwrap() > 0.03);
    }

    #[test]
    fn the_search_finds_the_border_from_anywhere() {
        for border in [2, 3, 17, 1000, MOST_BLOCKS] {
            for near in [f64::NAN, 0.0, 2.0, 16.0, 17.0, 18.0, 999.0, 5e5, f64::INFINITY] {
                assert_eq!(least(near, |blocks| Some(blocks >= border)), Some(border), "{border} from {near}");
            }
        }
        assert_eq!(least(9.0, |_| Some(false)), None);
    }

    #[test]
    fn no_answer_where_there_is_none() {
        let at = Confidence::P95;
        assert_eq!((expected_half_width(1, 1.0, at), power(1, 1.0, 1.0, at)), (None, None));
        assert_eq!((blocks_for_effect(0.0, 1.0, 0.8, at), blocks_for_effect(1e-9, 1.0, 0.8, at)), (None, None));
        assert_eq!((blocks_for_half_width(1.0, 0.0, at), blocks_for_half_width(1.0, 1e-9, at)), (None, None));
        assert_eq!(blocks_for_half_width(0.0, 1e-9, at), Some(2));
        assert_eq!((detectable_effect(9, 1.0, 0.05, at), detectable_effect(9, 0.0, 0.8, at)), (None, Some(0.0)));
        assert_eq!((power(9, f64::NAN, 1.0, at), power(9, 1.0, 0.0, at)), (None, None));
        assert!(power(9, 1e300, 1e-300, at).is_none_or(|power| power == 1.0));
        // Without an effect, what is found is the test's own error.
        assert!((power(9, 0.0, 1.0, at).unwrap() - 0.05).abs() < 1e-12);
    }
}
