//! Whether round trips over the bare underlay agree with what netem was asked for, within what their number
//! allows.

use super::{Added, Expectation};
use crate::counts::binomial_at_most;
use crate::summary::Moments;

/// How far a mean may be off, in standard errors: one in 16,000 honest means is further.
pub const STANDARD_ERRORS: f64 = 4.0;
/// How far it may be off besides, relative to what is expected: timers overshoot, hosts have other work.
const RELATIVE: f64 = 0.1;
/// And absolutely, seconds: what a busy host adds to any echo.
const ABSOLUTE_S: f64 = 0.5e-3;
/// How far above what is expected the standard deviation may be, relative and times the root of the number of
/// echoes, besides [`RELATIVE`]. An impairment twice as strong doubles it.
const SPREAD: f64 = 1.6;
/// A calibration whose standard deviation is at most so many times what is expected is calm. One that is twice as wide
/// is calm in 1 of 100 cases at the most.
const CALM: f64 = 1.25;
/// Below this probability a count of losses is no chance.
const TAIL: f64 = 1e-4;
/// Share of echoes that a healthy underlay may lose by itself.
const BACKGROUND_LOSS: f64 = 1e-3;
/// From this many answers on the slowest one is left out of mean and spread: a host can stumble once.
const TRIM_FROM: usize = 10;

/// How echoes disagree with what is expected of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Disagreement {
    /// Their mean.
    Delay(Delay),
    /// Their standard deviation.
    Spread {
        /// Round trips that it was found in.
        echoes: usize,
        /// It, seconds.
        found_s: f64,
        /// What is expected, seconds.
        expected_s: f64,
        /// The most that chance makes of that, seconds.
        most_s: f64,
    },
    /// How many were lost.
    Losses {
        /// Echoes without an answer.
        lost: u64,
        /// Echoes sent.
        sent: u64,
        /// The share that is expected.
        expected: f64,
    },
    /// None was answered.
    Silence {
        /// Echoes sent.
        sent: u64,
    },
    /// There is no round trip without impairment to compare with.
    NothingToCompareWith,
}

/// A mean that is off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delay {
    /// Round trips that it was found in.
    pub echoes: usize,
    /// What was added to the round trip, seconds.
    pub added_s: f64,
    /// What is expected, seconds.
    pub expected_s: f64,
    /// How far it may be off, seconds.
    pub allowed_s: f64,
}

/// Judges the round trips of one calibration or of several (seconds; of `sent` echoes altogether) against the
/// expectation; `base` are round trips over the same underlay without impairment, seconds, at least one.
///
/// The rule: the mean of what was added is within 4 standard errors + 10 % + 0.5 ms of what is expected, its
/// standard deviation is at most 1.1 + 1.6/√n times what is expected + 0.5 ms, and a count of losses that is as
/// far off or further has a probability above 1 in 10,000 on its side. From ten answers on the slowest one is
/// left out. Of several calibrations all have to be too wide, or it was the host: one that is kept from running for
/// some tens of milliseconds answers several echoes late, and an impairment does not come and go. An honest impairment
/// passes in more than 99.9 % of the cases. One that is absent always fails at 20 echoes; one twice as strong fails in
/// about nine of ten cases at 20 (more cannot be had from so few), in 99 % at 40, which are those before and after a run,
/// and always at 100.
pub fn disagreement(
    calibrations: &[&[f64]],
    sent: u64,
    base: &[f64],
    expectation: &Expectation,
) -> Option<Disagreement> {
    let rtts = calibrations.concat();
    let lost = sent.saturating_sub(rtts.len() as u64);
    if let Ok(expected) = expectation.loss
        && losses_are_no_chance(lost, sent, expected)
    {
        return Some(Disagreement::Losses { lost, sent, expected });
    }
    let expected = expectation.added.ok()?;
    let Some(found) = Moments::of(&without_slowest(&rtts)) else { return Some(Disagreement::Silence { sent }) };
    let Some(base) = Moments::of(&without_slowest(base)) else { return Some(Disagreement::NothingToCompareWith) };
    delay(found, base, expected).map(Disagreement::Delay).or_else(|| spread(calibrations, found, base, expected))
}

/// How far the mean of so many round trips may be from what is expected, seconds; `base` are those without impairment.
pub fn delay_allowance(echoes: usize, base: Moments, expected: Added) -> f64 {
    let noise = base.deviation();
    let deviation = expected.deviation_s.hypot(noise);
    let error = (deviation / (echoes as f64).sqrt()).hypot(noise / (base.count as f64).sqrt());
    STANDARD_ERRORS * error + RELATIVE * expected.mean_s + ABSOLUTE_S
}

/// What is off about the mean of round trips, if it is; `base` are those without impairment.
pub fn delay(found: Moments, base: Moments, expected: Added) -> Option<Delay> {
    let allowed_s = delay_allowance(found.count, base, expected);
    let added_s = found.mean - base.mean;
    ((added_s - expected.mean_s).abs() > allowed_s).then_some(Delay {
        echoes: found.count,
        added_s,
        expected_s: expected.mean_s,
        allowed_s,
    })
}

fn spread(calibrations: &[&[f64]], found: Moments, base: Moments, expected: Added) -> Option<Disagreement> {
    let deviation = expected.deviation_s.hypot(base.deviation());
    let most_s = (1.0 + RELATIVE + SPREAD / (found.count as f64).sqrt()) * deviation + ABSOLUTE_S;
    let found_s = found.standard_deviation.filter(|spread| *spread > most_s)?;
    let calm = |rtts: &&[f64]| {
        let own = Moments::of(&without_slowest(rtts)).and_then(|one| one.standard_deviation);
        own.is_some_and(|own| own <= CALM * deviation)
    };
    let it_was_the_host = calibrations.len() > 1 && calibrations.iter().any(calm);
    (!it_was_the_host).then_some(Disagreement::Spread { echoes: found.count, found_s, expected_s: deviation, most_s })
}

/// Whether so many losses of so many echoes are as far from the expected share as 1 in 10,000.
pub fn losses_are_no_chance(lost: u64, sent: u64, expected: f64) -> bool {
    let most = 1.0 - (1.0 - expected) * (1.0 - BACKGROUND_LOSS);
    let too_many = lost > 0 && 1.0 - binomial_at_most(lost - 1, sent, most) < TAIL;
    let too_few = binomial_at_most(lost, sent, expected) < TAIL;
    too_many || too_few
}

fn without_slowest(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.len() >= TRIM_FROM {
        sorted.pop();
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::super::{Besides, Impairment};
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Three impairments of growing strength, and none.
    fn preset(name: &str) -> Impairment {
        let [delay_s, jitter_s, loss, reorder, reorder_correlation] = match name {
            "low" => [2e-3, 2e-3, 0.0025, 0.005, 0.25],
            "medium" => [4e-3, 7e-3, 0.01, 0.025, 0.5],
            "high" => [6e-3, 15e-3, 0.025, 0.05, 0.5],
            _ => [0.0; 5],
        };
        Impairment { delay_s, jitter_s, loss, reorder, reorder_correlation, ..Impairment::default() }
    }

    /// A round trip as asked makes it on both ends, over an underlay of 0.1 to 0.2 ms.
    fn echo(random: &mut ChaCha8Rng, asked: &Impairment, times: f64) -> Option<f64> {
        let mut rtt = random.random_range(1e-4..2e-4);
        for _ in 0..2 {
            if random.random::<f64>() < asked.loss * times {
                return None;
            }
            let wide = random.random_range(-1.0..1.0);
            rtt += (times * (asked.delay_s + asked.jitter_s * wide)).max(0.0);
        }
        Some(rtt)
    }

    /// Share of simulated calibrations that pass, `times` being how strong the impairment really is.
    fn passing(profile: &str, times: f64, sent: u64, rounds: u32) -> f64 {
        let asked = preset(profile);
        let expectation = asked.expectation();
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let passed = (0..rounds).filter(|_| {
            let base: Vec<f64> = (0..20).filter_map(|_| echo(&mut random, &Impairment::default(), 1.0)).collect();
            let rtts: Vec<f64> = (0..sent).filter_map(|_| echo(&mut random, &asked, times)).collect();
            disagreement(&[&rtts], sent, &base, &expectation).is_none()
        });
        passed.count() as f64 / f64::from(rounds)
    }

    #[test]
    fn honest_runs_pass() {
        for profile in ["baseline", "low", "medium", "high"] {
            for sent in [10, 20, 40, 200] {
                let share = passing(profile, 1.0, sent, 20_000);
                assert!(share >= 0.999, "{profile}, {sent} echoes: {share}");
            }
        }
    }

    #[test]
    fn an_absent_impairment_fails() {
        for profile in ["low", "medium", "high"] {
            assert_eq!(passing(profile, 0.0, 20, 5_000), 0.0, "{profile}");
        }
    }

    #[test]
    fn one_twice_as_strong_fails() {
        for profile in ["low", "medium", "high"] {
            for (sent, most) in [(20, 0.13), (40, 0.01), (100, 0.0)] {
                let share = passing(profile, 2.0, sent, 5_000);
                assert!(share <= most, "{profile}, {sent} echoes: {share}");
            }
        }
    }

    /// Share of simulated pairs of calibrations, 20 echoes each 20 ms before and after a run, that pass. In the first one
    /// the host does not run for `stall` seconds, from some echo on.
    fn passing_twice(profile: &str, times: f64, stall: f64, apart: bool) -> f64 {
        let asked = preset(profile);
        let expectation = asked.expectation();
        let mut random = ChaCha8Rng::seed_from_u64(9);
        let rounds = 5_000;
        let passed = (0..rounds).filter(|_| {
            let base: Vec<f64> = (0..20).filter_map(|_| echo(&mut random, &Impairment::default(), 1.0)).collect();
            let from = random.random_range(0..16);
            let halves = [stall, 0.0].map(|stall| {
                let late = |number: i32| (stall - f64::from(number - from) * 0.02).clamp(0.0, stall);
                let answers = (0..20).filter_map(|number| {
                    let late = if number < from { 0.0 } else { late(number) };
                    // What would have come while nobody ran is read when somebody does.
                    echo(&mut random, &asked, times).map(|rtt| rtt.max(late))
                });
                answers.collect::<Vec<f64>>()
            });
            let all = halves.concat();
            let (one, two): (&[&[f64]], &[&[f64]]) = (&[&all], &[&halves[0], &halves[1]]);
            disagreement(if apart { two } else { one }, 40, &base, &expectation).is_none()
        });
        passed.count() as f64 / f64::from(rounds)
    }

    #[test]
    fn a_host_that_was_kept_from_running_is_told_from_an_impairment() {
        for profile in ["low", "medium", "high"] {
            let (together, apart) = (passing_twice(profile, 1.0, 0.05, false), passing_twice(profile, 1.0, 0.05, true));
            assert!(apart >= 0.97 && apart >= together, "{profile}: {together} {apart}");
            let strong = passing_twice(profile, 2.0, 0.0, true);
            assert!(strong <= 0.01, "{profile}, twice as strong: {strong}");
            assert!(passing_twice(profile, 1.0, 0.0, true) >= 0.999, "{profile}");
        }
    }

    #[test]
    fn one_that_was_not_asked_for_fails() {
        let low = [4.2e-3, 3.9e-3, 5e-3, 2.5e-3, 4e-3];
        let found = disagreement(&[&low], 5, &[1e-4], &Impairment::default().expectation());
        assert!(matches!(found, Some(Disagreement::Delay(delay)) if delay.added_s > 3e-3), "{found:?}");
    }

    #[test]
    fn one_stumble_is_forgiven_and_silence_is_not() {
        let mut rtts = vec![1.5e-4; 19];
        rtts.push(0.2);
        let baseline = Impairment::default().expectation();
        let of = |rtts: &[f64], sent| disagreement(&[rtts], sent, &[1.5e-4; 20], &baseline);
        assert_eq!(of(&rtts, 20), None);
        assert!(of(&[], 20).is_some());
        assert_eq!(of(&rtts, 40), Some(Disagreement::Losses { lost: 20, sent: 40, expected: 0.0 }));
    }

    #[test]
    fn without_theory_nothing_is_judged() {
        let besides = Besides { queue: true, bursts: true, ..Besides::default() };
        let asked = Impairment { besides, ..Impairment::default() };
        assert_eq!(disagreement(&[&[1.0, 2.0]], 20, &[0.1], &asked.expectation()), None);
    }

    #[test]
    fn more_losses_than_echoes_and_none_at_all_are_judged_too() {
        assert!(!losses_are_no_chance(0, 0, 0.5) && losses_are_no_chance(9, 3, 0.0));
    }
}
