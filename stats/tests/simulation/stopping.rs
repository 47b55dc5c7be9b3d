//! How often an interval holds whose width decided when to stop, by the very rule of a campaign.

use super::chance::Population;
use super::tally::{Claim, Experiment, Kind, Outcome, Section, by_method};
use meshbench_stats::of_blocks::of_blocks;
use meshbench_stats::stopping::Rule;
use meshbench_stats::{Confidence, Values};

/// Blocks that are measured in any case.
const COLUMNS: [usize; 5] = [2, 3, 4, 6, 8];
/// Blocks that are measured at most.
const MAXIMUM: usize = 30;
/// Half the width, relative to the value, at which it stops.
const PRECISION: f64 = 0.05;

/// The values of the blocks up to where the rule stops.
fn stopped(values: &[f64], minimum: usize, rule: Rule, logarithmic: bool) -> &[f64] {
    let blocks: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
    let enough = |done: &usize| rule.is_narrow(rule.looked_at(&blocks[..*done], logarithmic));
    &values[..(minimum..MAXIMUM).find(enough).unwrap_or(MAXIMUM)]
}

/// One cell, whose values vary so much that it takes few blocks, some, or many.
pub fn stopping(rounds: usize) -> Section {
    let mut rows = Vec::new();
    let noise = [0.5, 1.0, 2.0];
    let populations = [Population::Normal, Population::Lognormal(1.0), Population::HeavyTails];
    let cases = populations.iter().flat_map(|population| noise.map(|noise| (*population, noise)));
    for (number, (population, noise)) in (240u64..).zip(cases) {
        let spread = noise * PRECISION;
        let logarithmic = matches!(population, Population::Lognormal(_));
        let experiment = Experiment {
            number,
            data: &format!("{}, deviation {noise} of the precision", name(population)),
            methods: vec![
                ("stopped when narrow: the median".to_owned(), Claim::Approximate),
                ("stopped at two thirds of the width: the median".to_owned(), Claim::Approximate),
                ("stopped when narrow and confirmed (`confirm = 2`): the median".to_owned(), Claim::Kept),
            ],
        };
        rows.extend(experiment.run(&COLUMNS, rounds, |minimum, chance| {
            let drawn = match population {
                Population::Lognormal(_) => Population::Normal,
                other => other,
            };
            let values: Vec<f64> = drawn
                .sample(chance, MAXIMUM)
                .into_iter()
                .map(|x| if logarithmic { (spread * x).exp() } else { 1.0 + spread * x })
                .collect();
            let holds = |precision: f64, confirm: usize| {
                let rule = Rule { precision, confirm };
                let found = stopped(&values, minimum, rule, logarithmic);
                let (located, _) = of_blocks(Values::new(found).ok()?, logarithmic, Confidence::P95);
                Outcome::holds(located.interval.is_some_and(|i| i.low <= 1.0 && 1.0 <= i.high))
            };
            vec![holds(PRECISION, 0), holds(PRECISION * 2.0 / 3.0, 0), holds(PRECISION, 2)]
        }));
    }
    Section {
        title: "A campaign that stops by itself",
        kind: Kind::Interval,
        counts: "least blocks",
        columns: COLUMNS.to_vec(),
        rows: by_method(rows),
    }
}

/// Its shape; the spread stands beside it.
fn name(population: Population) -> &'static str {
    match population {
        Population::Lognormal(_) => "lognormal",
        Population::HeavyTails => "t, 3 degrees",
        _ => "normal",
    }
}
