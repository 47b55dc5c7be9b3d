//! Intervals of shares: nothing is simulated, the binomial probabilities of all counts are added up.

use super::tally::{Cell, Claim, Kind, LEVEL, Row, Section};
use meshbench_stats::proportions::{Share, difference};
use meshbench_stats::wilson::{clopper_pearson, wilson};
use meshbench_stats::{Confidence, Interval};

/// Binomial probabilities of 0 to n successes.
fn binomial(n: u64, p: f64) -> Vec<f64> {
    let mut probability = (1.0 - p).powi(n as i32);
    (0..=n)
        .map(|k| {
            let this = probability;
            probability *= (n - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
            this
        })
        .collect()
}

/// Coverage and expected width at one truth, from the interval of every outcome with its probability.
fn expected(outcomes: impl Iterator<Item = (Interval, f64)>, truth: f64) -> (f64, f64) {
    outcomes.fold((0.0, 0.0), |(covered, width), (interval, probability)| {
        let holds = interval.low <= truth && truth <= interval.high;
        (covered + if holds { probability } else { 0.0 }, width + probability * (interval.high - interval.low))
    })
}

/// The mean over all truths, and the least. The ideal width is that of the normal interval with the true variance.
fn cells(found: &[(f64, f64, f64)]) -> (Cell, Cell) {
    let mean = |of: fn(&(f64, f64, f64)) -> f64| found.iter().map(of).sum::<f64>() / found.len() as f64;
    let least = found.iter().map(|(coverage, ..)| *coverage).fold(1.0, f64::min);
    let width = mean(|(_, width, _)| *width) / mean(|(_, _, ideal)| *ideal);
    let cell = |rate, width| Cell { rate, claimed: LEVEL, error: 0.0, width };
    (cell(mean(|(coverage, ..)| *coverage), Some(width)), cell(least, None))
}

type OfCounts = fn(u64, u64, Confidence) -> Option<Interval>;

/// Two times z at 95 %.
const TWO_Z: f64 = 3.919_927_969_080_108;

/// Shares of attempts that succeed.
pub fn shares() -> Section {
    let columns = [3, 6, 10, 20, 30, 90];
    let mut rows = Vec::new();
    let mut add = |method: &str, claims: (Claim, Claim), found: Vec<(Cell, Cell)>| {
        let row = |data: &str, claim, cells| Row { method: method.to_owned(), data: data.to_owned(), claim, cells };
        rows.push(row("mean over p", claims.0, found.iter().map(|(mean, _)| Some(*mean)).collect()));
        rows.push(row("the least over p", claims.1, found.iter().map(|(_, least)| Some(*least)).collect()));
    };
    let single: [(&str, (Claim, Claim), OfCounts); 2] = [
        ("`wilson`", (Claim::Approximate, Claim::Approximate), wilson),
        ("`clopper-pearson`", (Claim::Kept, Claim::Kept), clopper_pearson),
    ];
    for (method, claims, of) in single {
        let found = columns.map(|n| {
            let n = n as u64;
            let intervals: Vec<Interval> = (0..=n).map(|k| of(k, n, Confidence::P95).expect("a share")).collect();
            let at = |step: u32| {
                let p = f64::from(step) / 400.0;
                let (coverage, width) = expected(intervals.iter().copied().zip(binomial(n, p)), p);
                (coverage, width, TWO_Z * (p * (1.0 - p) / n as f64).sqrt())
            };
            cells(&(1..400).map(at).collect::<Vec<_>>())
        });
        add(method, claims, found.into());
    }
    let found = columns.map(|n| {
        let n = n as u64;
        let share = |k| Share::new(k, n).expect("a share");
        let counts = || (0..=n).flat_map(|a| (0..=n).map(move |b| (a, b)));
        let intervals: Vec<Interval> = counts()
            .map(|(a, b)| difference(share(a), share(b), Confidence::P95).expect("a difference").interval)
            .collect();
        let grid = || (0..20).map(|step| 0.025 + f64::from(step) / 20.0);
        let at = |(p, q): (f64, f64)| {
            let (first, second) = (binomial(n, p), binomial(n, q));
            let probabilities = counts().map(|(a, b)| first[a as usize] * second[b as usize]);
            let (coverage, width) = expected(intervals.iter().copied().zip(probabilities), p - q);
            (coverage, width, TWO_Z * ((p * (1.0 - p) + q * (1.0 - q)) / n as f64).sqrt())
        };
        cells(&grid().flat_map(|p| grid().map(move |q| (p, q))).map(at).collect::<Vec<_>>())
    });
    add("`newcombe`: difference of two shares", (Claim::Approximate, Claim::Approximate), found.into());
    Section { title: "Shares of attempts", kind: Kind::Interval, counts: "attempts", columns: columns.to_vec(), rows }
}
