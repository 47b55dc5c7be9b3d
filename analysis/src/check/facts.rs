//! What the checks look at, and an index over it.

use super::Scope;
use super::calibration::Calibration;
use crate::run_values::Outside;
use meshbench_schemas::catalogue::{METRICS, Metric};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::stage::{Estimate, RunValue};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::tables::{Host, Run, Summary, System};
use meshbench_schemas::words::{Direction, Workload, WorkloadKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Everything about a campaign that the checks read. What is absent is empty; most checks then find nothing.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// All attempts, control runs included.
    pub runs: &'a [Run],
    /// What they came to.
    pub values: &'a [RunValue],
    /// What the cells came to.
    pub estimates: &'a [Estimate],
    /// What tools summed up.
    pub summaries: &'a [Summary],
    /// Facts about the hosts.
    pub hosts: &'a [Host],
    /// The systems as they were found.
    pub systems: &'a [System],
    /// Pings on the bare network around each run, by run.
    pub calibration: &'a BTreeMap<Symbol, Calibration>,
    /// Samples that cannot be.
    pub outside: &'a [Outside],
}

/// The system that is no VPN: the bare network.
pub const BARE: &str = "internal";

/// Source and target.
pub type Link<'a> = (&'a str, &'a str);

/// What tells cells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell<'a> {
    pub workload: Workload,
    pub tuning: &'a str,
    pub profile: &'a str,
    pub system: &'a str,
}

impl<'a> Cell<'a> {
    pub fn of(run: &'a Run) -> Self {
        Self { workload: run.workload, tuning: &run.tuning, profile: &run.profile, system: &run.system }
    }

    pub fn scope(self) -> Scope<'a> {
        Scope {
            system: Some(self.system),
            tuning: Some(self.tuning),
            profile: Some(self.profile),
            workload: Some(self.workload),
            metric: None,
        }
    }

    /// What is compared with each other: the cells that differ in the system alone.
    pub fn comparison(self) -> (Workload, &'a str, &'a str) {
        (self.workload, self.tuning, self.profile)
    }
}

/// A metric and direction of a workload.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub workload: Workload,
    pub metric: &'static Metric,
    pub direction: Option<Direction>,
}

impl Column {
    /// Whether it is about times to connect, which come in steps of the polls.
    pub fn connects(&self) -> bool {
        self.workload.kind() == WorkloadKind::Connect
    }
}

/// One value of one `ok` run.
#[derive(Debug, Clone, Copy)]
pub struct Point<'a> {
    pub run: &'a Run,
    pub value: &'a RunValue,
}

/// The values of one metric and direction, cell by cell.
pub type Values<'a> = BTreeMap<Cell<'a>, Vec<Point<'a>>>;

/// A cell with its runs.
pub type Attempts<'r, 'a> = (Cell<'a>, &'r [&'a Run]);

/// The facts in an order that the input's does not matter for. Values that are not finite or of unknown runs
/// or metrics are left out.
pub struct Index<'a> {
    pub facts: &'a Facts<'a>,
    /// The runs of each cell, by link, block, attempt and id; control runs are in none.
    pub cells: BTreeMap<Cell<'a>, Vec<&'a Run>>,
    /// The control runs, by position, block and id.
    pub controls: Vec<&'a Run>,
    /// Values of `ok` runs of cells, by workload, the metric's place in the catalogue and direction.
    series: BTreeMap<(Workload, usize, Option<Direction>), Values<'a>>,
    /// Values of all runs, by run.
    of_run: HashMap<&'a str, Vec<&'a RunValue>>,
}

impl<'a> Index<'a> {
    pub fn of(facts: &'a Facts<'a>) -> Self {
        let mut cells: BTreeMap<Cell<'a>, Vec<&'a Run>> = BTreeMap::new();
        let mut controls = Vec::new();
        for run in facts.runs {
            match run.control {
                None => cells.entry(Cell::of(run)).or_default().push(run),
                Some(_) => controls.push(run),
            }
        }
        let place = |run: &Run| (run.source.clone(), run.target.clone(), run.block, run.attempt, run.run_id.clone());
        cells.values_mut().for_each(|runs| runs.sort_by_cached_key(|run| place(run)));
        controls.sort_by_cached_key(|run| (run.position, run.block, run.run_id.clone()));
        let mut of_run: HashMap<&'a str, Vec<&'a RunValue>> = HashMap::with_capacity(facts.runs.len());
        for value in facts.values.iter().filter(|value| value.value.is_finite()) {
            of_run.entry(&value.run_id).or_default().push(value);
        }
        for values in of_run.values_mut() {
            values.sort_by(|a, b| (&a.metric, a.direction).cmp(&(&b.metric, b.direction)));
        }
        let mut series: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
        for (cell, runs) in &cells {
            for &run in runs.iter().filter(|run| run.outcome == Outcome::Ok) {
                for &value in of_run.get(&*run.run_id).into_iter().flatten() {
                    let Some(order) = METRICS.iter().position(|metric| metric.id == &*value.metric) else { continue };
                    let column = series.entry((cell.workload, order, value.direction)).or_default();
                    column.entry(*cell).or_default().push(Point { run, value });
                }
            }
        }
        Self { facts, cells, controls, series, of_run }
    }

    /// Every metric and direction with the values of each cell.
    pub fn columns(&self) -> impl Iterator<Item = (Column, &Values<'a>)> {
        self.series.iter().filter_map(|(&(workload, order, direction), cells)| {
            METRICS.get(order).map(|metric| (Column { workload, metric, direction }, cells))
        })
    }

    /// The same of what is shown first: the headline metrics.
    pub fn headlines(&self) -> impl Iterator<Item = (Column, &Values<'a>)> {
        self.columns().filter(|(column, _)| column.metric.headline)
    }

    /// The values of one metric and direction in one cell.
    pub fn points(&self, cell: &Cell<'a>, metric: &str, direction: Option<Direction>) -> &[Point<'a>] {
        let order = METRICS.iter().position(|known| known.id == metric);
        let column = order.and_then(|order| self.series.get(&(cell.workload, order, direction)));
        column.and_then(|column| column.get(cell)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The values of one metric in one cell, whatever the direction.
    pub fn all_points(&self, cell: &Cell<'a>, metric: &str) -> Vec<Point<'a>> {
        [None, Some(Direction::Forward), Some(Direction::Reverse)]
            .into_iter()
            .flat_map(|direction| self.points(cell, metric, direction).iter().copied())
            .collect()
    }

    /// The finite values of a run.
    pub fn values(&self, run: &Run) -> &[&'a RunValue] {
        self.of_run.get(&*run.run_id).map(Vec::as_slice).unwrap_or_default()
    }

    /// The cells of each comparison: same workload, tuning and profile.
    pub fn comparisons(&self) -> BTreeMap<(Workload, &'a str, &'a str), Vec<Attempts<'_, 'a>>> {
        let mut out: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (cell, runs) in &self.cells {
            out.entry(cell.comparison()).or_default().push((*cell, runs.as_slice()));
        }
        out
    }

    /// All systems with a run in some cell.
    pub fn systems(&self) -> BTreeSet<&'a str> {
        self.cells.keys().map(|cell| cell.system).collect()
    }
}

/// The attempts that ended as `ok`.
pub fn ok<'r, 'a: 'r>(runs: &'r [&'a Run]) -> impl Iterator<Item = &'a Run> + 'r {
    runs.iter().copied().filter(|run| run.outcome == Outcome::Ok)
}
