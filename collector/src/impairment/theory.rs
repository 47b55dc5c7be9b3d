//! What has to come of an impairment, from netem's own model: the yardstick for a ping over the bare
//! underlay while both of its ends are impaired.
//!
//! One way, a packet waits max(0, X), with X uniform on delay ± jitter or normal with these two, unless it is
//! reordered: then it waits not at all. A round trip is two independent ways. Source: the kernel's
//! `net/sched/sch_netem.c` (`tabledist`, `netem_enqueue`, `get_crandom`).

use super::{Distribution, Netem};
use crate::matrix::Ratio;
use meshbench_schemas::netem::{clipped_uniform, correlated_share};

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
