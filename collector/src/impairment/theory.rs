//! What has to come of an impairment, from netem's own model: the yardstick for a ping over the bare
//! underlay while both of its ends are impaired.
//!
//! One way, a packet waits max(0, X), with X uniform on delay ± jitter or normal with these two, unless it is
//! reordered: then it waits not at all. A round trip is two independent ways. Source: the kernel's
//! `net/sched/sch_netem.c` (`tabledist`, `netem_enqueue`, `get_crandom`).

use super::{Distribution, Netem};
use crate::matrix::Ratio;

/// What a ping over the bare underlay has to show while both ends impair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expectation {
    /// What is added to the round trip, or why there is no simple theory for it.
    pub added: Result<Added, &'static str>,
    /// Share of echoes without an answer (either way can lose), or why there is no simple theory for it.
    pub loss: Result<f64, &'static str>,
}

/// What is added to a round trip.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Added {
    /// Mean, seconds.
    pub mean_s: f64,
    /// Standard deviation, seconds.
    pub deviation_s: f64,
    /// Share of packets that netem sends at once, one way: far below what was asked where it is correlated.
    pub reordered: f64,
}

impl Netem {
    /// What a ping over the bare underlay has to show while both ends impair like this.
    pub fn expectation(&self) -> Expectation {
        Expectation { added: self.added(), loss: self.lost() }
    }

    fn added(&self) -> Result<Added, &'static str> {
        if self.rate.is_some() || self.slot.is_some() {
            return Err("with a rate or slots the delay depends on what else is in the queue");
        }
        if self.delay_correlation.is_some_and(|share| share.get() > 0.0) {
            return Err("with correlated delays a few echoes say little about their mean");
        }
        if self.duplicate.is_some_and(|share| share.get() > 0.0) {
            return Err("of two copies the faster one is answered first");
        }
        if self.corrupt.is_some_and(|share| share.get() > 0.0) {
            return Err("a corrupted echo can carry a wrong time");
        }
        let delay = self.delay.map_or(0.0, |span| span.get().as_secs_f64());
        let jitter = self.jitter.map_or(0.0, |span| span.get().as_secs_f64());
        let (mean, square) = match self.distribution.unwrap_or_default() {
            Distribution::Uniform => clipped_uniform(delay, jitter),
            Distribution::Normal => clipped_normal(delay, jitter),
            Distribution::Pareto | Distribution::ParetoNormal => {
                return Err("the heavy-tailed distributions are tables without a simple formula");
            }
        };
        let reordered = self.reordered();
        let (mean, square) = ((1.0 - reordered) * mean, (1.0 - reordered) * square);
        let variance = (square - mean * mean).max(0.0);
        Ok(Added { mean_s: 2.0 * mean, deviation_s: (2.0 * variance).sqrt(), reordered })
    }

    /// The share of packets sent at once. Of every `gap` packets the first `gap` − 1 wait for sure.
    fn reordered(&self) -> f64 {
        let share = self.reorder.map_or(0.0, Ratio::get);
        let share = correlated_share(share, self.reorder_correlation.map_or(0.0, Ratio::get));
        let gap = self.reorder_gap.map_or(1.0, |gap| f64::from(gap.get()));
        share / (1.0 + (gap - 1.0) * share)
    }

    fn lost(&self) -> Result<f64, &'static str> {
        if self.gilbert_elliott.is_some() || self.loss_correlation.is_some_and(|share| share.get() > 0.0) {
            return Err("losses come in bursts, so a few echoes say little about their share");
        }
        if self.duplicate.is_some_and(|share| share.get() > 0.0) {
            return Err("a copy can make up for a loss");
        }
        if self.corrupt.is_some_and(|share| share.get() > 0.0) {
            // Seen between veth interfaces: nobody checks the checksums there, and damaged echoes are answered.
            return Err("whether a corrupted echo is dropped depends on the interfaces and their offloads");
        }
        let arrives = 1.0 - self.loss.map_or(0.0, Ratio::get);
        Ok(1.0 - arrives * arrives)
    }
}

/// Mean and mean square of max(0, X), X uniform on `delay` ± `jitter`.
fn clipped_uniform(delay: f64, jitter: f64) -> (f64, f64) {
    if jitter == 0.0 {
        return (delay, delay * delay);
    }
    // The moments of a density of 1 / 2·jitter, from what is left above zero.
    let (low, high, width) = ((delay - jitter).max(0.0), delay + jitter, 2.0 * jitter);
    ((high.powi(2) - low.powi(2)) / (2.0 * width), (high.powi(3) - low.powi(3)) / (3.0 * width))
}

/// Mean and mean square of max(0, X), X normal with mean `delay` and standard deviation `jitter`.
fn clipped_normal(delay: f64, jitter: f64) -> (f64, f64) {
    if jitter == 0.0 {
        return (delay, delay * delay);
    }
    // netem's table of the normal distribution ends at four standard deviations, which moves less than 1e-4.
    let z = delay / jitter;
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let above = 0.5 * (1.0 + error_function(z / std::f64::consts::SQRT_2));
    let mean = delay * above + jitter * density;
    (mean, (delay * delay + jitter * jitter) * above + delay * jitter * density)
}

/// erf(x), off by at most 1.5e-7 (Abramowitz and Stegun, 7.1.26).
fn error_function(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let series = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let sum = series.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    (1.0 - sum * (-x * x).exp()).copysign(x)
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
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn the_four_profiles_are_as_in_the_published_table() {
        for (name, mean, deviation, loss) in [
            ("baseline", "0.00", "0.00", "0.00"),
            ("low", "4.00", "1.63", "0.50"),
            ("medium", "8.64", "5.10", "1.99"),
            ("high", "14.70", "9.89", "4.94"),
        ] {
            let expectation = Netem::preset(name).unwrap().expectation();
            let added = expectation.added.unwrap();
            assert_eq!(format!("{:.2}", added.mean_s * 1e3), mean, "{name}");
            assert_eq!(format!("{:.2}", added.deviation_s * 1e3), deviation, "{name}");
            assert_eq!(format!("{:.2}", expectation.loss.unwrap() * 1e2), loss, "{name}");
        }
    }

    #[test]
    fn packets_sent_at_once_lower_the_delay() {
        let netem = |text: &str| -> Netem { toml::from_str(text).unwrap() };
        let added = netem("delay = \"10ms\"\nreorder = \"25%\"").expectation().added.unwrap();
        assert!((added.mean_s - 0.015).abs() < 1e-12, "{added:?}");
        // Each way is 0 or 10 ms: variance 10²·¼·¾.
        assert!((added.deviation_s - (2.0f64 * 100e-6 * 0.1875).sqrt()).abs() < 1e-12, "{added:?}");
        let gap = netem("delay = \"10ms\"\nreorder = \"25%\"\nreorder_gap = 5").expectation().added.unwrap();
        assert!((gap.reordered - 0.125).abs() < 1e-12, "one of 4 + 4 packets: {gap:?}");
    }

    #[test]
    fn where_there_is_no_theory_it_says_so() {
        let netem = |text: &str| toml::from_str::<Netem>(text).unwrap().expectation();
        assert!(netem("rate = \"1Mbit/s\"").added.is_err());
        assert!(netem("rate = \"1Mbit/s\"").loss.is_ok());
        assert!(netem("delay = \"1ms\"\njitter = \"1ms\"\ndistribution = \"pareto\"").added.is_err());
        let corrupt = netem("corrupt = \"1%\"");
        assert!(corrupt.added.is_err() && corrupt.loss.is_err());
        let bursts = netem("delay = \"1ms\"\ngilbert_elliott = { p = \"1%\", r = \"10%\" }");
        assert!(bursts.loss.is_err() && bursts.added.is_ok());
    }

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

    proptest! {
        #[test]
        fn closed_forms_agree_with_sums(delay in 0.1f64..20.0, jitter in 0.01f64..30.0) {
            let n = 20_000;
            let middle = |index: i32| (f64::from(index) + 0.5) / f64::from(n);
            let uniform: Vec<f64> = (0..n).map(|i| (delay + jitter * (2.0 * middle(i) - 1.0)).max(0.0)).collect();
            let mean = uniform.iter().sum::<f64>() / f64::from(n);
            let square = uniform.iter().map(|x| x * x).sum::<f64>() / f64::from(n);
            let (m, s) = clipped_uniform(delay, jitter);
            prop_assert!((m - mean).abs() < 1e-3 * mean && (s - square).abs() < 1e-3 * square);
            let weight = |z: f64| (-0.5 * z * z).exp();
            let nodes: Vec<f64> = (0..n).map(|i| 16.0 * middle(i) - 8.0).collect();
            let total: f64 = nodes.iter().map(|z| weight(*z)).sum();
            let mean = nodes.iter().map(|z| weight(*z) * (delay + jitter * z).max(0.0)).sum::<f64>() / total;
            let (m, s) = clipped_normal(delay, jitter);
            prop_assert!((m - mean).abs() < 1e-3 * mean, "{} {}", m, mean);
            prop_assert!(s >= m * m);
        }
    }
}
