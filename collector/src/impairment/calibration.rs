//! Whether round trips over the bare underlay agree with what netem was asked for, within what their number
//! allows.

use super::{Added, Expectation};

/// How far the mean may be off, in standard errors.
const STANDARD_ERRORS: f64 = 4.0;
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

/// What calibration says about an impairment.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Mean of what was added to the round trip, seconds; `None` without any answer.
    pub added_s: Option<f64>,
    /// Its standard deviation, seconds; `None` below two answers.
    pub deviation_s: Option<f64>,
    /// Share of echoes without an answer.
    pub loss: f64,
    /// How the samples disagree with the expectation, as a sentence; `None` if they agree.
    pub disagreement: Option<String>,
}

/// Judges the round trips of one calibration or of several (seconds; of `sent` echoes altogether) against the
/// expectation; `base` are round trips over the same underlay without impairment, seconds, at least one.
///
/// The rule: the mean of what was added is within 4 standard errors + 10 % + 0.5 ms of what is expected, its
/// standard deviation is at most 1.1 + 1.6/√n times what is expected + 0.5 ms, and a count of losses that is as
/// far off or further has a probability above 1 in 10,000 on its side. From ten answers on the slowest one is
/// left out. Of several calibrations all have to be too wide, or it was the host: one that is kept from running for
/// some tens of milliseconds answers several echoes late, and an impairment does not come and go. An honest impairment passes in more than 99.9 % of the cases. One that is
/// absent always fails at 20 echoes; one twice as strong fails in about nine of ten cases at 20 (more cannot be
/// had from so few), in 99 % at 40, which are those before and after a run, and always at 100.
pub fn realised(calibrations: &[&[f64]], sent: u32, base: &[f64], expectation: &Expectation) -> Verdict {
    let rtts = calibrations.concat();
    let rtts = rtts.as_slice();
    let answered = u32::try_from(rtts.len()).unwrap_or(u32::MAX).min(sent);
    let lost = sent - answered;
    let all = Moments::of(rtts);
    let base = Moments::of(&without_slowest(base));
    let base_mean = base.map_or(0.0, |base| base.mean);
    let mut disagreement = None;
    if sent > 0
        && let Ok(share) = expectation.loss
    {
        disagreement = losses(lost, sent, share);
    }
    if let Ok(added) = expectation.added {
        disagreement = disagreement.or_else(|| match (Moments::of(&without_slowest(rtts)), base) {
            (Some(found), Some(base)) => delays(calibrations, found, base, added),
            (None, _) => Some(format!("none of {sent} echoes was answered")),
            (_, None) => Some("there is no round trip without impairment to compare with".to_owned()),
        });
    }
    Verdict {
        added_s: all.map(|found| found.mean - base_mean),
        deviation_s: all.and_then(|found| found.deviation),
        loss: if sent == 0 { 0.0 } else { f64::from(lost) / f64::from(sent) },
        disagreement,
    }
}

fn delays(calibrations: &[&[f64]], found: Moments, base: Moments, expected: Added) -> Option<String> {
    let noise = base.deviation.unwrap_or(0.0);
    let deviation = expected.deviation_s.hypot(noise);
    let error = (deviation / found.count.sqrt()).hypot(noise / base.count.sqrt());
    let allowed = STANDARD_ERRORS * error + RELATIVE * expected.mean_s + ABSOLUTE_S;
    let added = found.mean - base.mean;
    if (added - expected.mean_s).abs() > allowed {
        return Some(format!(
            "{} echoes took {:.2} ms longer than without impairment, expected are {:.2} ± {:.2} ms",
            found.count,
            added * 1e3,
            expected.mean_s * 1e3,
            allowed * 1e3
        ));
    }
    let most = (1.0 + RELATIVE + SPREAD / found.count.sqrt()) * deviation + ABSOLUTE_S;
    let spread = found.deviation.filter(|spread| *spread > most)?;
    let calm = |rtts: &&[f64]| {
        Moments::of(&without_slowest(rtts)).and_then(|one| one.deviation).is_some_and(|own| own <= CALM * deviation)
    };
    if calibrations.len() > 1 && calibrations.iter().any(calm) {
        return None;
    }
    Some(format!(
        "the round trips of {} echoes have a standard deviation of {:.2} ms, expected is {:.2} and at most {:.2} ms",
        found.count,
        spread * 1e3,
        deviation * 1e3,
        most * 1e3
    ))
}

fn losses(lost: u32, sent: u32, share: f64) -> Option<String> {
    let most = 1.0 - (1.0 - share) * (1.0 - BACKGROUND_LOSS);
    let too_many = lost > 0 && 1.0 - at_most(lost - 1, sent, most) < TAIL;
    let too_few = at_most(lost, sent, share) < TAIL;
    (too_many || too_few).then(|| format!("{lost} of {sent} echoes were lost, expected are {:.2} %", share * 100.0))
}

/// P(Binomial(n, p) ≤ k).
fn at_most(k: u32, n: u32, p: f64) -> f64 {
    if p <= 0.0 || k >= n {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }
    // On logarithms, so that (1 − p)ⁿ does not vanish for many echoes.
    let mut term = f64::from(n) * (-p).ln_1p();
    let mut sum = term.exp();
    for index in 0..k {
        term += (f64::from(n - index) / f64::from(index + 1) * p / (1.0 - p)).ln();
        sum += term.exp();
    }
    sum.min(1.0)
}

fn without_slowest(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.len() >= TRIM_FROM {
        sorted.pop();
    }
    sorted
}

#[derive(Debug, Clone, Copy)]
struct Moments {
    count: f64,
    mean: f64,
    deviation: Option<f64>,
}

impl Moments {
    fn of(values: &[f64]) -> Option<Self> {
        let count = values.len() as f64;
        let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / count)?;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Some(Self { count, mean, deviation: (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt()) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Netem;
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// A round trip as netem makes it on both ends, over an underlay of 0.1 to 0.2 ms.
    fn echo(random: &mut ChaCha8Rng, netem: &Netem, times: f64) -> Option<f64> {
        let seconds = |span: Option<crate::matrix::Span>| span.map_or(0.0, |span| span.get().as_secs_f64() * times);
        let loss = netem.loss.map_or(0.0, crate::matrix::Ratio::get) * times;
        let mut rtt = random.random_range(1e-4..2e-4);
        for _ in 0..2 {
            if random.random::<f64>() < loss {
                return None;
            }
            let wide = random.random_range(-1.0..1.0);
            rtt += (seconds(netem.delay) + seconds(netem.jitter) * wide).max(0.0);
        }
        Some(rtt)
    }

    /// Share of simulated calibrations that pass, `times` being how strong the impairment really is.
    fn passing(profile: &str, times: f64, sent: u32, rounds: u32) -> f64 {
        let netem = Netem::preset(profile).unwrap();
        let expectation = netem.expectation();
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let passed = (0..rounds).filter(|_| {
            let base: Vec<f64> = (0..20).filter_map(|_| echo(&mut random, &Netem::default(), 1.0)).collect();
            let rtts: Vec<f64> = (0..sent).filter_map(|_| echo(&mut random, &netem, times)).collect();
            realised(&[&rtts], sent, &base, &expectation).disagreement.is_none()
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
        let netem = Netem::preset(profile).unwrap();
        let expectation = netem.expectation();
        let mut random = ChaCha8Rng::seed_from_u64(9);
        let rounds = 5_000;
        let passed = (0..rounds).filter(|_| {
            let base: Vec<f64> = (0..20).filter_map(|_| echo(&mut random, &Netem::default(), 1.0)).collect();
            let from = random.random_range(0..16);
            let halves = [stall, 0.0].map(|stall| {
                let late = |number: i32| (stall - f64::from(number - from) * 0.02).clamp(0.0, stall);
                let answers = (0..20).filter_map(|number| {
                    let late = if number < from { 0.0 } else { late(number) };
                    // What would have come while nobody ran is read when somebody does.
                    echo(&mut random, &netem, times).map(|rtt| rtt.max(late))
                });
                answers.collect::<Vec<f64>>()
            });
            let all = halves.concat();
            let (one, two): (&[&[f64]], &[&[f64]]) = (&[&all], &[&halves[0], &halves[1]]);
            realised(if apart { two } else { one }, 40, &base, &expectation).disagreement.is_none()
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
        let verdict = realised(&[&low], 5, &[1e-4], &Netem::default().expectation());
        assert!(verdict.disagreement.unwrap().contains("longer"));
    }

    #[test]
    fn one_stumble_is_forgiven_and_silence_is_not() {
        let mut rtts = vec![1.5e-4; 19];
        rtts.push(0.2);
        let baseline = Netem::default().expectation();
        assert_eq!(realised(&[&rtts], 20, &[1.5e-4; 20], &baseline).disagreement, None);
        assert!(realised(&[&[]], 20, &[1.5e-4; 20], &baseline).disagreement.is_some());
        assert!(realised(&[&rtts], 40, &[1.5e-4; 20], &baseline).disagreement.unwrap().contains("lost"));
    }

    #[test]
    fn without_theory_nothing_is_judged() {
        let netem: Netem = toml::from_str("rate = \"1Mbit/s\"\ngilbert_elliott = { p = \"1%\", r = \"10%\" }").unwrap();
        assert_eq!(realised(&[&[1.0, 2.0]], 20, &[0.1], &netem.expectation()).disagreement, None);
    }

    #[test]
    fn binomial_tails() {
        assert!((at_most(0, 20, 0.5) - 0.5f64.powi(20)).abs() < 1e-12);
        assert!((at_most(9, 19, 0.5) - 0.5).abs() < 1e-9);
        assert!((at_most(2, 5, 0.1) - 0.99144).abs() < 1e-9);
        assert_eq!(at_most(5, 5, 0.1), 1.0);
    }
}
