//! What follows from netem's own model, as far as both programs need it: `collect` to judge a calibration,
//! `analyze` to judge a dataset.
//!
//! Source: the kernel's `net/sched/sch_netem.c` (`tabledist`, `get_crandom`).

/// Mean and mean square of max(0, X), X uniform on `delay` ± `jitter`: what one packet waits in netem, in the unit of
/// both.
pub fn clipped_uniform(delay: f64, jitter: f64) -> (f64, f64) {
    if jitter == 0.0 {
        return (delay, delay * delay);
    }
    // The moments of a density of 1 / 2·jitter, from what is left above zero.
    let (low, high, width) = ((delay - jitter).max(0.0), delay + jitter, 2.0 * jitter);
    ((high.powi(2) - low.powi(2)) / (2.0 * width), (high.powi(3) - low.powi(3)) / (3.0 * width))
}

/// How finely [`correlated_share`] knows the distribution function: steps from 0 to 1.
const STEPS: usize = 4096;

/// The share of events that netem really makes of `share` when they are correlated by `correlation`.
///
/// netem's correlated random number is (1 − ρ)·U + ρ·previous, U uniform. Such numbers pile up around one half,
/// so small ones become rare: of 2.5 % asked at ρ = 50 %, about one in 100,000 is left. This is the stationary
/// distribution function of that number at `share`, from F(x) = ∫₀¹ F((x − (1 − ρ)u) / ρ) du on a grid; off by
/// at most 1e-4.
pub fn correlated_share(share: f64, correlation: f64) -> f64 {
    if correlation <= 0.0 || share <= 0.0 || share >= 1.0 {
        return share;
    }
    if correlation >= 1.0 {
        // The number never moves from where it began.
        return share;
    }
    let step = 1.0 / STEPS as f64;
    let mut function: Vec<f64> = (0..=STEPS).map(|index| index as f64 * step).collect();
    let (own, before) = (1.0 - correlation, correlation);
    // Every round shrinks the error by the correlation.
    let rounds = ((1e-5f64).ln() / before.ln()).ceil().clamp(1.0, 200.0) as usize;
    for _ in 0..rounds {
        let mut integral = Vec::with_capacity(function.len());
        let mut sum = 0.0;
        let mut last = 0.0;
        for value in &function {
            sum += 0.5 * (last + value) * step;
            last = *value;
            integral.push(sum);
        }
        // F is 0 below 0 and 1 above 1.
        let upto = |x: f64| match x {
            x if x <= 0.0 => 0.0,
            x if x >= 1.0 => sum + (x - 1.0),
            x => interpolate(&integral, x),
        };
        let next = |x: f64| before / own * (upto(x / before) - upto((x - own) / before));
        function = (0..=STEPS).map(|index| next(index as f64 * step)).collect();
    }
    interpolate(&function, share).clamp(0.0, 1.0)
}

/// The value of a function on a grid from 0 to 1, at `x` within it.
fn interpolate(grid: &[f64], x: f64) -> f64 {
    let place = x * grid.len().saturating_sub(1) as f64;
    let at = |index: f64| grid.get(index as usize).copied().unwrap_or(0.0);
    let below = place.floor();
    at(below) + (place - below) * (at(place.ceil()) - at(below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Draws as the kernel does: correlated numbers of 32 bits.
    fn drawn(share: f64, correlation: f64, draws: usize) -> f64 {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut last: f64 = random.random();
        let hits = (0..draws).filter(|_| {
            last = (1.0 - correlation) * random.random::<f64>() + correlation * last;
            last <= share
        });
        hits.count() as f64 / draws as f64
    }

    #[test]
    fn correlation_starves_small_shares() {
        for (share, correlation) in [(0.005, 0.25), (0.025, 0.5), (0.05, 0.5), (0.1, 0.25), (0.3, 0.5), (0.3, 0.9)] {
            let (theory, seen) = (correlated_share(share, correlation), drawn(share, correlation, 1_000_000));
            assert!((theory - seen).abs() < 2e-3, "{share} at {correlation}: {theory} {seen}");
        }
        assert!(correlated_share(0.025, 0.5) < 1e-4);
        assert!(correlated_share(0.05, 0.5) < 2e-4);
        assert_eq!(correlated_share(0.3, 0.0), 0.3);
    }
}
