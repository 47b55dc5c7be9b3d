//! How often a value of the one system is larger than one of the other.

use crate::midranks::Midranks;
use crate::wilson::score_interval;
use crate::{Confidence, Interval, Located, Values};
use statrs::distribution::{ContinuousCDF, Normal};

/// P(X > Y) + ½P(X = Y) for independent samples (the Mann-Whitney statistic by nm), with Newcombe's interval.
///
/// Assumes independent samples; nothing about their shape. The interval is the set of θ with
/// |θ̂ − θ| ≤ z·√(θ(1−θ)·(1 + ν(1−θ)/(2−θ) + νθ/(1+θ))/(nm)), ν = (n + m)/2 − 1: method 5 of Newcombe
/// (2006), a score interval with Hanley and McNeil's variance. Unlike those with an estimated variance it has a width
/// for samples that do not overlap. Normal populations of one spread, 5 to 30 a side, θ from 0.5 to 0.98: covers 95 to
/// 98 % at 95 %; with spreads of 3 to 1 never below 89 %. With 3 a side: 88 to 91 % at θ = 0.5. (Cliff's consistent
/// variance with Feng and Cliff's asymmetric interval: down to 89 % and 84 %, least where θ is near 1.)
pub fn unpaired(x: Values<'_>, y: Values<'_>, confidence: Confidence) -> Located {
    let (n, m) = (x.count() as f64, y.count() as f64);
    let ranks = Midranks::of(&[x.as_slice(), y.as_slice()].concat());
    let ranks = ranks.doubled();
    let doubled: usize = ranks.iter().take(x.count()).sum();
    let value = (doubled as f64 - n * (n + 1.0)) / (2.0 * n * m);
    let z = Normal::standard().inverse_cdf(confidence.tail()).abs();
    let extra = (n + m) / 2.0 - 1.0;
    let holds = |theta: f64| {
        let variance = theta * (1.0 - theta) / (n * m)
            * (1.0 + extra * (1.0 - theta) / (2.0 - theta) + extra * theta / (1.0 + theta));
        (theta - value).abs() <= z * variance.sqrt()
    };
    // What holds lies around the estimate, except that nothing but an estimate of 0 or 1 holds at 0 or 1.
    let low = border(value, 0.0, holds);
    let high = border(value, 1.0, holds);
    Located { value, interval: Interval::around(value, low, high, confidence.share()) }
}

/// The last number on the way from `inside` to `outside` for which `holds` is true, to neighbouring doubles or 200
/// halvings.
fn border(inside: f64, outside: f64, holds: impl Fn(f64) -> bool) -> f64 {
    if inside == outside {
        return inside;
    }
    let (mut inside, mut outside) = (inside, outside);
    for _ in 0..200 {
        let middle = f64::midpoint(inside, outside);
        if holds(middle) { inside = middle } else { outside = middle }
    }
    inside
}

/// The share of blocks in which the difference is above 0, one of 0 counting half: P(D > 0) + ½P(D = 0), with
/// Wilson's interval.
///
/// Assumes independent blocks, and nothing about the size of the differences. Blocks of 0 make the interval wider
/// than it need be, as half-successes vary less than the binomial does.
pub fn paired(differences: Values<'_>, confidence: Confidence) -> Located {
    let score = |&d: &f64| {
        if d > 0.0 {
            1.0
        } else if d < 0.0 {
            0.0
        } else {
            0.5
        }
    };
    let n = differences.count() as f64;
    let value = differences.as_slice().iter().map(score).sum::<f64>() / n;
    Located { value, interval: score_interval(value, n, confidence) }
}

/// The same on Cliff's scale, δ = P(X > Y) − P(X < Y) = 2·P − 1 (Cliff, 1993), in −1 ..= 1.
pub fn cliffs_delta(superiority: Located) -> Located {
    let delta = |share: f64| 2.0 * share - 1.0;
    let interval = superiority.interval.map(|i| Interval { low: delta(i.low), high: delta(i.high), ..i });
    Located { value: delta(superiority.value), interval }
}
