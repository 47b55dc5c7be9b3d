//! netem's own model, the yardstick for a ping over the bare underlay while both of its ends are impaired.
//!
//! One way, a packet waits max(0, X), with X uniform on delay ± jitter or normal with these two, unless it is
//! reordered: then it waits not at all. A round trip is two independent ways. Source: the kernel's
//! `net/sched/sch_netem.c` (`tabledist`, `netem_enqueue`, `get_crandom`).

/// What netem is asked to do one way, as far as its theory goes. The default asks for nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Impairment {
    /// Mean delay of a packet before what would be negative is cut off, seconds.
    pub delay_s: f64,
    /// Half the width of a uniform delay, or the standard deviation of another, seconds.
    pub jitter_s: f64,
    /// How delays are distributed.
    pub distribution: Distribution,
    /// Share of packets dropped, each by itself.
    pub loss: f64,
    /// Share of packets sent at once, before those that wait.
    pub reorder: f64,
    /// Correlation of one reordering with the next.
    pub reorder_correlation: f64,
    /// Only every so many-th packet can be sent at once; 0 and 1 let each.
    pub reorder_gap: u32,
    /// What else is asked for.
    pub besides: Besides,
}

/// How delays are distributed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Distribution {
    /// Evenly between delay − jitter and delay + jitter.
    #[default]
    Uniform,
    /// The normal one.
    Normal,
    /// One of netem's other tables.
    HeavyTailed,
}

/// What else netem is asked for: without a simple theory for delays, for losses, or for both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Besides {
    /// A rate, or slots.
    pub queue: bool,
    /// Delays that are like the one before.
    pub correlated_delay: bool,
    /// Losses that are like the one before, or come by a model of good and bad states.
    pub bursts: bool,
    /// Packets that are sent twice.
    pub duplicate: bool,
    /// Packets that are damaged.
    pub corrupt: bool,
    /// Something that nothing is known of.
    pub unknown: bool,
}

/// Why there is no simple theory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTheory {
    /// A queue.
    #[error("with a rate or slots the delay depends on what else is in the queue")]
    Queue,
    /// Correlated delays.
    #[error("with correlated delays a few echoes say little about their mean")]
    CorrelatedDelay,
    /// Duplicates, for delays.
    #[error("of two copies the faster one is answered first")]
    FasterCopy,
    /// Damage, for delays.
    #[error("a corrupted echo can carry a wrong time")]
    WrongTime,
    /// Tables of the kernel.
    #[error("the heavy-tailed distributions are tables without a simple formula")]
    HeavyTails,
    /// Correlated losses.
    #[error("losses come in bursts, so a few echoes say little about their share")]
    Bursts,
    /// Duplicates, for losses.
    #[error("a copy can make up for a loss")]
    SpareCopy,
    /// Damage, for losses. Between veth interfaces nobody checks the checksums, and damaged echoes are answered.
    #[error("whether a corrupted echo is dropped depends on the interfaces and their offloads")]
    Checksums,
    /// Nothing is known of what is asked.
    #[error("it is not known what all of the impairment does")]
    Unknown,
}

/// What a ping over the bare underlay has to show while both ends impair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expectation {
    /// What is added to the round trip.
    pub added: Result<Added, NoTheory>,
    /// Share of echoes without an answer; either way can lose.
    pub loss: Result<f64, NoTheory>,
}

/// What is added to a round trip.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Added {
    /// Mean, seconds.
    pub mean_s: f64,
    /// Standard deviation, seconds.
    pub deviation_s: f64,
}

impl Impairment {
    /// What a ping over the bare underlay has to show while both ends impair like this.
    pub fn expectation(&self) -> Expectation {
        Expectation { added: self.added(), loss: self.lost() }
    }

    /// What is added to a round trip.
    ///
    /// # Errors
    /// Why there is no simple theory for it.
    pub fn added(&self) -> Result<Added, NoTheory> {
        let Besides { queue, correlated_delay, bursts: _, duplicate, corrupt, unknown } = self.besides;
        for (there, why) in [
            (queue, NoTheory::Queue),
            (correlated_delay, NoTheory::CorrelatedDelay),
            (duplicate, NoTheory::FasterCopy),
            (corrupt, NoTheory::WrongTime),
            (unknown, NoTheory::Unknown),
        ] {
            if there {
                return Err(why);
            }
        }
        let (mean, square) = match self.distribution {
            Distribution::Uniform => clipped_uniform(self.delay_s, self.jitter_s),
            Distribution::Normal => clipped_normal(self.delay_s, self.jitter_s),
            Distribution::HeavyTailed => return Err(NoTheory::HeavyTails),
        };
        let waiting = 1.0 - self.at_once();
        let (mean, square) = (waiting * mean, waiting * square);
        let variance = (square - mean * mean).max(0.0);
        Ok(Added { mean_s: 2.0 * mean, deviation_s: (2.0 * variance).sqrt() })
    }

    /// The share of packets sent at once, one way: far below what was asked where it is correlated. Of every `gap` packets the
    /// first `gap` − 1 wait for sure.
    pub fn at_once(&self) -> f64 {
        let share = correlated_share(self.reorder, self.reorder_correlation);
        share / (1.0 + f64::from(self.reorder_gap.saturating_sub(1)) * share)
    }

    /// The share of echoes without an answer.
    ///
    /// # Errors
    /// Why there is no simple theory for it.
    pub fn lost(&self) -> Result<f64, NoTheory> {
        let Besides { queue: _, correlated_delay: _, bursts, duplicate, corrupt, unknown } = self.besides;
        match () {
            () if bursts => Err(NoTheory::Bursts),
            () if duplicate => Err(NoTheory::SpareCopy),
            () if corrupt => Err(NoTheory::Checksums),
            () if unknown => Err(NoTheory::Unknown),
            () => Ok(1.0 - (1.0 - self.loss) * (1.0 - self.loss)),
        }
    }
}

/// Mean and mean square of max(0, X), X uniform on `delay` ± `jitter`: what one packet waits in netem, in the unit of
/// both.
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
    let above = libm::erfc(-z / std::f64::consts::SQRT_2) / 2.0;
    let mean = delay * above + jitter * density;
    (mean, (delay * delay + jitter * jitter) * above + delay * jitter * density)
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

    fn ms(delay: f64, jitter: f64) -> Impairment {
        Impairment { delay_s: delay / 1e3, jitter_s: jitter / 1e3, ..Impairment::default() }
    }

    #[test]
    fn the_four_profiles_are_as_in_the_published_table() {
        // METHODS.md, "What an impairment has to come to".
        let of = |delay, jitter, loss, reorder, reorder_correlation| Impairment {
            loss,
            reorder,
            reorder_correlation,
            ..ms(delay, jitter)
        };
        for (asked, mean, deviation, loss) in [
            (Impairment::default(), "0.00", "0.00", "0.00"),
            (of(2.0, 2.0, 0.0025, 0.005, 0.25), "4.00", "1.63", "0.50"),
            (of(4.0, 7.0, 0.01, 0.025, 0.5), "8.64", "5.10", "1.99"),
            (of(6.0, 15.0, 0.025, 0.05, 0.5), "14.70", "9.89", "4.94"),
        ] {
            let added = asked.added().unwrap();
            assert_eq!(format!("{:.2}", added.mean_s * 1e3), mean);
            assert_eq!(format!("{:.2}", added.deviation_s * 1e3), deviation);
            assert_eq!(format!("{:.2}", asked.lost().unwrap() * 1e2), loss);
        }
    }

    #[test]
    fn packets_sent_at_once_lower_the_delay() {
        let quarter = Impairment { reorder: 0.25, ..ms(10.0, 0.0) };
        let added = quarter.added().unwrap();
        assert!((added.mean_s - 0.015).abs() < 1e-12, "{added:?}");
        // Each way is 0 or 10 ms: variance 10²·¼·¾.
        assert!((added.deviation_s - (2.0f64 * 100e-6 * 0.1875).sqrt()).abs() < 1e-12, "{added:?}");
        let gap = Impairment { reorder_gap: 5, ..quarter };
        assert!((gap.at_once() - 0.125).abs() < 1e-12, "one of 4 + 4 packets: {gap:?}");
        assert_eq!((Impairment { reorder_gap: 1, ..quarter }).at_once(), quarter.at_once());
    }

    #[test]
    fn where_there_is_no_theory_it_says_so() {
        let of = |besides| {
            let expectation = Impairment { besides, ..ms(1.0, 1.0) }.expectation();
            (expectation.added.err(), expectation.loss.err())
        };
        let none = Besides::default();
        for (besides, added, loss) in [
            (Besides { queue: true, ..none }, Some(NoTheory::Queue), None),
            (Besides { correlated_delay: true, ..none }, Some(NoTheory::CorrelatedDelay), None),
            (Besides { bursts: true, ..none }, None, Some(NoTheory::Bursts)),
            (Besides { duplicate: true, ..none }, Some(NoTheory::FasterCopy), Some(NoTheory::SpareCopy)),
            (Besides { corrupt: true, ..none }, Some(NoTheory::WrongTime), Some(NoTheory::Checksums)),
            (Besides { unknown: true, ..none }, Some(NoTheory::Unknown), Some(NoTheory::Unknown)),
            (none, None, None),
        ] {
            assert_eq!(of(besides), (added, loss), "{besides:?}");
        }
        let heavy = Impairment { distribution: Distribution::HeavyTailed, ..ms(1.0, 1.0) };
        assert_eq!((heavy.added(), heavy.lost()), (Err(NoTheory::HeavyTails), Ok(0.0)));
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
