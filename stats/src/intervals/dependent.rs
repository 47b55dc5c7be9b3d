//! The mean of values that depend on the one before them: blocks in the order in which they were measured.

use crate::student::{t_quantile, t_tail};
use crate::summary::{ExactSum, mean, power_of_two};
use crate::t_interval::Located;
use crate::{Confidence, Interval, PValue, Values};

/// The largest correlation between neighbours that is thought possible. Nearer to 1 a few values say next to nothing of
/// the mean, and an interval that allows for it has no use.
pub const MOST: f64 = 0.9;

/// Points and weights of Gauss and Legendre's rule on −1 … 1, the positive ones of 16.
const RULE: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_89),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_095),
];

/// Into how many pieces the range of correlations is cut: the more values there are, the more they say of the correlation. So
/// many are exact to rounding, or nearly so beyond hundreds of values.
const fn pieces(values: usize) -> usize {
    match values {
        0..=12 => 2,
        13..=40 => 4,
        _ => 16,
    }
}

/// Steps to a quantile; one that is bracketed is halved to rounding in fewer.
const STEPS: usize = 200;

/// Student's t of one correlation, with the weight that the values give it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    weight: f64,
    correlation: f64,
    centre: f64,
    scale: f64,
}

/// What a series says about its mean where neighbours may be correlated, and nobody knows by how much.
///
/// The values are taken as a stationary normal autoregressive series of the first order, with a correlation between
/// neighbours anywhere from 0 to [`MOST`], all as likely beforehand, and nothing known of mean and spread. Given the
/// correlation, the mean has Student's t; over all correlations, each weighted by how well it fits, it is a mixture of these
/// (Zellner and Tiao, 1964). So a correlation is never estimated and then taken for true, which is where intervals with an
/// effective number of values or with a long-run variance fall short when there are few.
///
/// Independent values are allowed for as well, and pay for it with wider intervals. What it reaches is in METHODS.md. The
/// order of the values matters, and a series read backwards says the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependent {
    parts: Vec<Part>,
    value: f64,
    degrees: f64,
    /// By what everything was divided.
    unit: f64,
}

impl Dependent {
    /// Takes values in their order. `None` for fewer than two, and where all are equal: nothing then says how they vary.
    pub fn new(values: Values<'_>) -> Option<Self> {
        let (low, high) = values.range();
        if values.count() < 2 || low == high {
            return None;
        }
        let unit = power_of_two(low.abs().max(high.abs()));
        let scaled: Vec<f64> = values.as_slice().iter().map(|value| value / unit).collect();
        let value = mean(Values::new(&scaled).ok()?);
        let sums = Sums::of(&scaled, value)?;
        let fits: Vec<(f64, f64, Fit)> = nodes(pieces(values.count()))
            .filter_map(|(correlation, weight)| {
                let fit = sums.fit(correlation)?;
                Some((correlation, weight.ln() + fit.log_likelihood, fit))
            })
            .collect();
        let most = fits.iter().map(|(_, log, _)| *log).fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = fits.iter().map(|(_, log, _)| (log - most).exp()).sum();
        let part = |(correlation, log, fit): &(f64, f64, Fit)| Part {
            weight: (log - most).exp() / total,
            correlation: *correlation,
            centre: value + fit.shift,
            scale: fit.scale,
        };
        // What weighs next to nothing changes no digit.
        let parts: Vec<Part> = fits.iter().map(part).filter(|part| part.weight > 1e-18).collect();
        let whole = |part: &Part| part.centre.is_finite() && part.scale > 0.0 && part.scale.is_finite();
        (!parts.is_empty() && parts.iter().all(whole)).then_some(Self { parts, value, degrees: sums.count - 1.0, unit })
    }

    /// The correlation between neighbours, the mean of what the values leave possible.
    pub fn correlation(&self) -> f64 {
        self.parts.iter().map(|part| part.weight * part.correlation).sum::<f64>().clamp(0.0, MOST)
    }

    /// The probability that the mean is above `at`, the values given.
    pub fn above(&self, at: f64) -> f64 {
        self.tail(at / self.unit, 1.0)
    }

    /// The probability that it is below.
    pub fn below(&self, at: f64) -> f64 {
        self.tail(at / self.unit, -1.0)
    }

    /// Two-sided p of the hypothesis that the mean is `at`: at most 1 − confidence exactly where the interval of that
    /// confidence leaves it out.
    pub fn p(&self, at: f64) -> Option<PValue> {
        PValue::of_distribution((2.0 * self.above(at).min(self.below(at))).min(1.0))
    }

    /// The arithmetic mean with the interval that leaves as much above it as below. The interval is `None` where an end
    /// overflows.
    pub fn interval(&self, confidence: Confidence) -> Located {
        let value = self.value * self.unit;
        let ends = self.quantile(confidence.tail(), -1.0).zip(self.quantile(confidence.tail(), 1.0));
        let interval =
            ends.and_then(|(low, high)| Interval::around(value, low * self.unit, high * self.unit, confidence.share()));
        Located { value, interval }
    }

    /// P(mean beyond `at`), to the side of `sign`; keeps its digits in the tail.
    fn tail(&self, at: f64, sign: f64) -> f64 {
        let of = |part: &Part| {
            let t = sign * (at - part.centre) / part.scale;
            part.weight * t_tail(t, self.degrees).unwrap_or(if t > 0.0 { 0.0 } else { 1.0 })
        };
        self.parts.iter().map(of).sum::<f64>().clamp(0.0, 1.0)
    }

    /// The value with so much beyond it, to the side of `sign`: between the quantiles of the parts, by regula falsi on
    /// logarithms (Illinois), with bisection where that is slow.
    fn quantile(&self, beyond: f64, sign: f64) -> Option<f64> {
        let t = t_quantile(1.0 - beyond, self.degrees)?;
        let ends = self.parts.iter().map(|part| sign * part.centre + t * part.scale);
        let (mut low, mut high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        let off = |x: f64| (self.tail(sign * x, sign) / beyond).ln();
        let (mut at_low, mut at_high) = (off(low), off(high));
        let mut side = 0;
        for step in 0..STEPS {
            if high - low <= 4.0 * f64::EPSILON * low.abs().max(high.abs()) {
                break;
            }
            let secant = (low * at_high - high * at_low) / (at_high - at_low);
            let inside = secant > low && secant < high && step % 8 != 7;
            let middle = if inside { secant } else { f64::midpoint(low, high) };
            let found = off(middle);
            if found > 0.0 {
                (low, at_low) = (middle, found);
                if side == 1 {
                    at_high /= 2.0;
                }
                side = 1;
            } else if found < 0.0 {
                (high, at_high) = (middle, found);
                if side == -1 {
                    at_low /= 2.0;
                }
                side = -1;
            } else {
                return Some(sign * middle);
            }
        }
        let found = f64::midpoint(low, high);
        found.is_finite().then_some(sign * found)
    }
}

/// The difference of the means of two series that have nothing to do with each other, `x` less `y`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference<'a> {
    /// The first series.
    pub x: &'a Dependent,
    /// The second one.
    pub y: &'a Dependent,
}

/// A smaller probability is not told from this one.
const LEAST_TAIL: f64 = 1e-12;

impl Difference<'_> {
    /// The difference of the arithmetic means, with the interval that the intervals of both leave: value ∓ the root of the sum
    /// of squares of their arms on the sides that count (Zou and Donner, 2008; what Newcombe does for shares).
    pub fn interval(&self, confidence: Confidence) -> Located {
        let value = self.value();
        let ends = self.end(confidence.tail(), -1.0).zip(self.end(confidence.tail(), 1.0));
        let interval = ends.and_then(|(low, high)| Interval::around(value, low, high, confidence.share()));
        Located { value, interval }
    }

    /// Two-sided p of the hypothesis that the difference is `at`: at most 1 − confidence where the interval of that confidence leaves
    /// it out.
    pub fn p(&self, at: f64) -> Option<PValue> {
        PValue::of_distribution((2.0 * self.beyond(at)?).min(1.0))
    }

    /// One-sided p of the hypothesis that the difference is no further up than `at`, or with `sign` −1 no further down.
    pub fn p_towards(&self, at: f64, sign: f64) -> Option<PValue> {
        let tail = self.beyond(at)?;
        PValue::of_distribution(if sign * (self.value() - at) > 0.0 { tail } else { 1.0 - tail })
    }

    fn value(&self) -> f64 {
        self.x.value * self.x.unit - self.y.value * self.y.unit
    }

    /// The end of the interval that leaves so much beyond it, to the side of `sign`.
    fn end(&self, beyond: f64, sign: f64) -> Option<f64> {
        let arm = |of: &Dependent, sign: f64| Some((of.quantile(beyond, sign)? - of.value) * of.unit);
        let arms = arm(self.x, sign)?.hypot(arm(self.y, -sign)?);
        Some(self.value() + sign * arms)
    }

    /// How much beyond an end makes that end `at`; one half where the difference is just that.
    fn beyond(&self, at: f64) -> Option<f64> {
        let sign = if at > self.value() { 1.0 } else { -1.0 };
        let (mut low, mut high) = (LEAST_TAIL, 0.5);
        if at == self.value() {
            return Some(0.5);
        }
        if sign * (at - self.end(low, sign)?) >= 0.0 {
            return Some(low);
        }
        // On logarithms, to a part in a million.
        while high / low > 1.0 + 1e-6 {
            let middle = (low * high).sqrt();
            if sign * (at - self.end(middle, sign)?) > 0.0 { high = middle } else { low = middle }
        }
        Some((low * high).sqrt())
    }
}

/// Correlations from 0 to [`MOST`] with their weights.
fn nodes(pieces: usize) -> impl Iterator<Item = (f64, f64)> {
    let width = MOST / pieces as f64;
    (0..pieces).flat_map(move |piece| {
        let centre = width * (piece as f64 + 0.5);
        let both = |(point, weight): (f64, f64)| [(-point, weight), (point, weight)];
        RULE.into_iter().flat_map(both).map(move |(point, weight)| (centre + width / 2.0 * point, width / 2.0 * weight))
    })
}

/// What is needed of centred values to fit any correlation.
struct Sums {
    count: f64,
    squares: f64,
    inner_squares: f64,
    products: f64,
    sum: f64,
    inner_sum: f64,
    largest: f64,
}

/// The series with one correlation.
struct Fit {
    log_likelihood: f64,
    /// The weighted mean, from the plain one.
    shift: f64,
    /// Its standard error.
    scale: f64,
}

impl Sums {
    fn of(values: &[f64], mean: f64) -> Option<Self> {
        let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
        // In units of the largest deviation, so that no square vanishes.
        let largest = centred.iter().fold(0.0f64, |most, value| most.max(value.abs()));
        let centred: Vec<f64> = centred.iter().map(|value| value / largest).collect();
        let inner = centred.get(1..centred.len().checked_sub(1)?).unwrap_or_default();
        let total = |terms: &mut dyn Iterator<Item = f64>| {
            let mut sum = ExactSum::default();
            terms.for_each(|term| sum.add(term));
            sum.total()
        };
        Some(Self {
            count: values.len() as f64,
            squares: total(&mut centred.iter().map(|x| x * x)),
            inner_squares: total(&mut inner.iter().map(|x| x * x)),
            products: total(&mut centred.iter().zip(centred.iter().skip(1)).map(|(x, next)| x * next)),
            sum: total(&mut centred.iter().copied()),
            inner_sum: total(&mut inner.iter().copied()),
            largest,
        })
    }

    /// The inverse of the correlation matrix of such a series, times 1 − r², has 1 at both ends of its diagonal, 1 + r²
    /// between them, and −r beside it. `None` where the series fits exactly.
    fn fit(&self, r: f64) -> Option<Fit> {
        let n = self.count;
        let ones = 2.0 + (n - 2.0) * (1.0 + r * r) - 2.0 * r * (n - 1.0);
        let cross = self.sum + r * r * self.inner_sum - r * (self.sum + self.inner_sum);
        let squares = self.squares + r * r * self.inner_squares - 2.0 * r * self.products;
        let shift = cross / ones;
        let rest = squares - cross * shift;
        (rest > 0.0).then(|| Fit {
            log_likelihood: 0.5 * ((1.0 - r * r).ln() - ones.ln()) - (n - 1.0) / 2.0 * rest.ln(),
            shift: shift * self.largest,
            scale: (rest / (n - 1.0) / ones).sqrt() * self.largest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Dependent {
        Dependent::new(Values::new(values).unwrap()).unwrap()
    }

    #[test]
    fn the_rule_integrates() {
        let total: f64 = nodes(2).map(|(_, weight)| weight).sum();
        let cubes: f64 = nodes(16).map(|(r, weight)| weight * r.powi(20)).sum();
        assert!((total - MOST).abs() < 1e-15 && (cubes / (MOST.powi(21) / 21.0) - 1.0).abs() < 1e-13);
    }

    #[test]
    fn p_and_interval_agree_and_order_matters() {
        let wave = [5.0, 5.2, 5.9, 6.4, 6.1, 5.8, 5.1, 4.9, 5.0, 5.5];
        let found = of(&wave);
        let interval = found.interval(Confidence::P95).interval.unwrap();
        for (at, beyond) in [(interval.low, found.below(interval.low)), (interval.high, found.above(interval.high))] {
            assert!((beyond - 0.025).abs() < 1e-12, "{beyond}");
            assert!((found.p(at).unwrap().value - 0.05).abs() < 1e-11);
        }
        let mixed = [5.0, 6.4, 5.1, 5.9, 4.9, 6.1, 5.0, 5.8, 5.2, 5.5];
        let other = of(&mixed);
        assert!(
            other.correlation() < 0.25 && found.correlation() > 0.4,
            "{} {}",
            other.correlation(),
            found.correlation()
        );
        let narrow = other.interval(Confidence::P95).interval.unwrap();
        assert!(narrow.high - narrow.low < interval.high - interval.low);
        let backwards: Vec<f64> = wave.iter().rev().copied().collect();
        let turned = of(&backwards).interval(Confidence::P95).interval.unwrap();
        assert!((turned.low - interval.low).abs() < 1e-12 && (turned.high - interval.high).abs() < 1e-12);
    }

    #[test]
    fn a_difference_agrees_with_its_interval() {
        let (x, y) = (of(&[5.0, 5.2, 5.9, 6.4, 6.1, 5.8]), of(&[4.0, 4.4, 4.1, 4.9, 4.3]));
        let both = Difference { x: &x, y: &y };
        let found = both.interval(Confidence::P95);
        let interval = found.interval.unwrap();
        for at in [interval.low, interval.high] {
            assert!((both.p(at).unwrap().value - 0.05).abs() < 1e-6, "{:?}", both.p(at));
        }
        assert!((found.value - (34.4 / 6.0 - 21.7 / 5.0)).abs() < 1e-12);
        let turned = Difference { x: &y, y: &x }.interval(Confidence::P95).interval.unwrap();
        assert!((turned.low + interval.high).abs() < 1e-12 && (turned.high + interval.low).abs() < 1e-12);
        assert!((both.p_towards(interval.low, 1.0).unwrap().value - 0.025).abs() < 1e-6);
        assert!((both.p_towards(interval.low, -1.0).unwrap().value - 0.975).abs() < 1e-6);
        assert_eq!(both.p(found.value).unwrap().value, 1.0);
        assert!(both.p(1e6).unwrap().value <= 3.0 * LEAST_TAIL);
    }

    #[test]
    fn what_does_not_vary_says_nothing() {
        assert_eq!(Dependent::new(Values::new(&[1.0]).unwrap()), None);
        assert_eq!(Dependent::new(Values::new(&[0.1; 9]).unwrap()), None);
        for wild in
            [vec![1e300, -1e300, 1e299], vec![1e-300, 2e-300], vec![f64::MAX, -f64::MAX], vec![1.0, 1.0 + 1e-15]]
        {
            let found = of(&wild).interval(Confidence::P95);
            assert!(found.interval.is_none_or(|i| i.low <= found.value && found.value <= i.high), "{wild:?}");
        }
    }
}
