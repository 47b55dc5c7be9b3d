//! Rounds, counted: how often an interval holds the truth or a test rejects, and how sure a count can be.

use super::chance::Chance;
use meshbench_stats::{Interval, Located};
use rayon::prelude::*;

/// Rounds of the ordinary profile; `MESHBENCH_ROUNDS` asks for others.
const ROUNDS: usize = 800;

/// So many standard errors of the simulation are put down to chance: seldom does one of more than a thousand cells lie
/// outside by chance.
pub const STANDARD_ERRORS: f64 = 4.0;

/// Nominal level of all intervals, and what tests may reject of true hypotheses.
pub const LEVEL: f64 = 0.95;
/// The probability of a false rejection that is allowed.
pub const ALPHA: f64 = 0.05;

/// How many rounds are made.
pub fn rounds() -> usize {
    std::env::var("MESHBENCH_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("MESHBENCH_ROUNDS is a number"))
}

/// What came of a method in one round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The interval holds the truth, or the test rejects.
    hit: bool,
    /// What is claimed of the probability of a hit.
    claimed: f64,
    /// Width of the interval, and distance of the estimate from the truth.
    size: Option<(f64, f64)>,
}

impl Outcome {
    /// `None` where there is no interval.
    pub fn interval(located: Option<Located>, truth: f64) -> Option<Self> {
        let Located { value, interval } = located?;
        let Interval { low, high, confidence } = interval?;
        let size = Some((high - low, (value - truth).abs()));
        Some(Self { hit: low <= truth && truth <= high, claimed: confidence, size })
    }

    /// Whether all of something holds that is claimed with the nominal confidence.
    pub fn holds(hit: bool) -> Option<Self> {
        Some(Self { hit, claimed: LEVEL, size: None })
    }

    /// A test of a true hypothesis at 5 %; one without an answer does not reject.
    pub fn test(p: Option<f64>) -> Option<Self> {
        Some(Self { hit: p.is_some_and(|p| p <= ALPHA), claimed: ALPHA, size: None })
    }

    /// The same of a test that says no more than whether it rejects.
    pub fn rejection(hit: bool) -> Option<Self> {
        Some(Self { hit, claimed: ALPHA, size: None })
    }

    /// The same of a test that can only reject with this probability.
    pub fn test_of(p: f64, attainable: f64) -> Option<Self> {
        Some(Self { hit: p <= ALPHA, claimed: attainable, size: None })
    }
}

/// What a rate is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is what is claimed, neither less nor more.
    Exact,
    /// Intervals hold at least so often, tests reject at most so often.
    Kept,
    /// Nothing is promised: the table says what is reached.
    Approximate,
    /// A method that is known or made to be wrong: the simulation has to notice, at one number of blocks at least.
    Wrong,
}

/// Which side of its claim a rate is to be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Interval,
    Test,
}

/// A method on some data with so many blocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    pub rate: f64,
    /// The mean of what was claimed.
    pub claimed: f64,
    /// Standard error of the rate, were the claim true.
    pub error: f64,
    /// Mean width by that of an interval of constant width around the same estimate that holds in 95 % of the rounds.
    pub width: Option<f64>,
}

impl Cell {
    /// Rounds without an answer do not count; `None` where they are most.
    fn of(outcomes: &[Option<Outcome>]) -> Option<Self> {
        let answers: Vec<Outcome> = outcomes.iter().copied().flatten().collect();
        if 2 * answers.len() < outcomes.len() {
            return None;
        }
        let count = answers.len() as f64;
        let claimed = answers.iter().map(|outcome| outcome.claimed).sum::<f64>() / count;
        let mut errors: Vec<f64> = answers.iter().filter_map(|outcome| Some(outcome.size?.1)).collect();
        errors.sort_unstable_by(f64::total_cmp);
        let ideal = errors.get((LEVEL * errors.len() as f64) as usize).map(|error| 2.0 * error);
        let width = answers.iter().filter_map(|outcome| Some(outcome.size?.0)).sum::<f64>() / count;
        Some(Self {
            rate: answers.iter().filter(|outcome| outcome.hit).count() as f64 / count,
            claimed,
            error: (claimed * (1.0 - claimed) / count).sqrt(),
            width: ideal.filter(|ideal| *ideal > 0.0).map(|ideal| width / ideal),
        })
    }

    /// Whether it is worse than claimed by more than chance explains.
    pub fn misses(&self, kind: Kind) -> bool {
        let beyond = STANDARD_ERRORS * self.error + 1e-9;
        match kind {
            Kind::Interval => self.rate < self.claimed - beyond,
            Kind::Test => self.rate > self.claimed + beyond,
        }
    }

    /// Whether it differs from the claim to either side by more than chance explains.
    pub fn differs(&self) -> bool {
        (self.rate - self.claimed).abs() > STANDARD_ERRORS * self.error + 1e-9
    }
}

/// A method on some data, a cell for each number of blocks.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub method: String,
    pub data: String,
    pub claim: Claim,
    pub cells: Vec<Option<Cell>>,
}

/// A table: what it is about, what its columns count, and its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    pub title: &'static str,
    pub kind: Kind,
    /// What the numbers over the columns count.
    pub counts: &'static str,
    pub columns: Vec<usize>,
    pub rows: Vec<Row>,
}

/// An experiment: some methods on the same data, with one method a row.
pub struct Experiment<'a> {
    /// Tells its random numbers from those of others.
    pub number: u64,
    pub data: &'a str,
    /// The methods with what they are held to, in the order of the outcomes.
    pub methods: Vec<(String, Claim)>,
}

impl Experiment<'_> {
    /// Makes `rounds` rounds for each number of blocks; the result does not depend on the number of threads.
    pub fn run(
        self,
        columns: &[usize],
        rounds: usize,
        round: impl Fn(usize, &mut Chance) -> Vec<Option<Outcome>> + Sync,
    ) -> Vec<Row> {
        let mut cells: Vec<Vec<Option<Cell>>> = vec![Vec::new(); self.methods.len()];
        for &count in columns {
            let experiment = self.number * 1000 + count as u64;
            let outcomes: Vec<Vec<Option<Outcome>>> =
                (0..rounds as u64).into_par_iter().map(|at| round(count, &mut Chance::new(experiment, at))).collect();
            for (method, cells) in cells.iter_mut().enumerate() {
                let own: Vec<Option<Outcome>> = outcomes.iter().map(|outcomes| outcomes[method]).collect();
                cells.push(Cell::of(&own));
            }
        }
        let rows = self.methods.into_iter().zip(cells);
        rows.map(|((method, claim), cells)| Row { method, data: self.data.to_owned(), claim, cells }).collect()
    }
}

/// Rows of one method together, in the order in which methods first come.
pub fn by_method(mut rows: Vec<Row>) -> Vec<Row> {
    let order: Vec<String> = rows.iter().map(|row| row.method.clone()).collect();
    rows.sort_by_key(|row| order.iter().position(|method| *method == row.method));
    rows
}
