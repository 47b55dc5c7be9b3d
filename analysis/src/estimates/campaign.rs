//! The campaign as estimates see it: cells with their attempts, links a workload, values by attempt.

use crate::run_values::Spread;
use meshbench_schemas::catalogue::{METRICS, Metric, SUCCESS_RATE, duration_of};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::table::Symbol;
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{Direction, Workload};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Source and target.
pub type Link<'a> = (&'a str, &'a str);

/// A metric and direction that a workload of the campaign has.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub workload: Workload,
    /// The metric's place in the catalogue.
    pub order: usize,
    pub metric: &'static Metric,
    pub direction: Option<Direction>,
}

impl Column {
    /// What tells it from other columns, of whatever campaign.
    pub fn key(&self) -> (Workload, usize, Option<Direction>) {
        (self.workload, self.order, self.direction)
    }
}

/// What tells the cells of a workload apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellName<'a> {
    pub system: &'a Symbol,
    pub tuning: &'a Symbol,
    pub profile: &'a Symbol,
}

/// A cell: its attempts, and the links and blocks that it should have.
#[derive(Debug)]
pub struct Cell<'a> {
    name: CellName<'a>,
    /// Sorted by link, block, attempt and run id.
    attempts: Vec<&'a Run>,
    links: Vec<Link<'a>>,
    blocks: BTreeSet<u32>,
}

impl<'a> Cell<'a> {
    pub fn name(&self) -> CellName<'a> {
        self.name
    }

    /// Every attempt, also those that were never started.
    pub fn rows(&self) -> &[&'a Run] {
        &self.attempts
    }

    /// The links of the workload in the whole campaign.
    pub fn links(&self) -> &[Link<'a>] {
        &self.links
    }

    /// The blocks that hold a row of the cell.
    pub fn blocks(&self) -> &BTreeSet<u32> {
        &self.blocks
    }

    /// How many attempts were started.
    pub fn attempts(&self) -> usize {
        self.attempts.iter().filter(|run| run.outcome.attempted()).count()
    }

    /// How many attempts ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.attempts.iter().filter(|run| run.outcome == outcome).count()
    }

    /// Whether an attempt is known only because its harness says that it repeated it.
    pub fn hides_retries(&self) -> bool {
        self.attempts.iter().any(|run| run.reason == Some(Reason::HiddenByRetry))
    }
}

/// An index over the input; everything in it is in an order that the input's does not matter for.
pub struct Campaign<'a> {
    cells: BTreeMap<Workload, Vec<Cell<'a>>>,
    columns: Vec<Column>,
    values: HashMap<(&'a str, usize, Option<Direction>), &'a RunValue>,
    spreads: HashMap<(&'a str, &'a str, Option<Direction>), f64>,
}

impl<'a> Campaign<'a> {
    pub fn new(runs: &'a [Run], values: &'a [RunValue], spreads: &'a [Spread]) -> Self {
        // A link that at least half of the systems have belongs to every cell of its workload, also where a cell has no row of
        // it; a stray one belongs to the cells that have it.
        let mut seen: BTreeMap<Workload, BTreeMap<Link<'a>, BTreeSet<&'a str>>> = BTreeMap::new();
        let mut systems: BTreeMap<Workload, BTreeSet<&'a str>> = BTreeMap::new();
        let mut grouped: BTreeMap<(Workload, CellName<'a>), Vec<&'a Run>> = BTreeMap::new();
        // A control run shows drift; it belongs to no cell.
        for run in runs.iter().filter(|run| run.control.is_none()) {
            let link = (&*run.source, &*run.target);
            seen.entry(run.workload).or_default().entry(link).or_default().insert(&run.system);
            systems.entry(run.workload).or_default().insert(&run.system);
            let name = CellName { system: &run.system, tuning: &run.tuning, profile: &run.profile };
            grouped.entry((run.workload, name)).or_default().push(run);
        }
        let mut cells: BTreeMap<Workload, Vec<Cell<'a>>> = BTreeMap::new();
        for ((workload, name), mut attempts) in grouped {
            attempts.sort_by(|a, b| {
                (&a.source, &a.target, a.block, a.attempt, &a.run_id)
                    .cmp(&(&b.source, &b.target, b.block, b.attempt, &b.run_id))
            });
            let all = systems.get(&workload).map_or(0, BTreeSet::len);
            let common = seen.get(&workload).into_iter().flatten().filter(|(_, having)| having.len() * 2 >= all);
            let own = attempts.iter().map(|run| (&*run.source, &*run.target));
            let links: BTreeSet<Link<'a>> = common.map(|(link, _)| *link).chain(own).collect();
            let links = links.into_iter().collect();
            let blocks = attempts.iter().map(|run| run.block).collect();
            cells.entry(workload).or_default().push(Cell { name, attempts, links, blocks });
        }
        let workloads: HashMap<&str, Workload> = runs.iter().map(|run| (&*run.run_id, run.workload)).collect();
        let mut by_key = HashMap::with_capacity(values.len());
        let mut present = BTreeSet::new();
        for value in values.iter().filter(|value| value.value.is_finite()) {
            let Some(&workload) = workloads.get(&*value.run_id) else {
                continue;
            };
            let Some(order) = METRICS.iter().position(|metric| metric.id == &*value.metric) else {
                continue;
            };
            by_key.insert((&*value.run_id, order, value.direction), value);
            present.insert((workload, order, value.direction));
        }
        let spreads = spreads.iter().map(|s| ((&*s.run_id, s.metric, s.direction), s.standard_deviation)).collect();
        Self { columns: columns(&cells, present), cells, values: by_key, spreads }
    }

    /// Every metric and direction of every workload.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The cells of a workload.
    pub fn cells(&self, workload: Workload) -> &[Cell<'a>] {
        self.cells.get(&workload).map(Vec::as_slice).unwrap_or_default()
    }

    /// The finite value that an attempt has.
    pub fn value(&self, run: &Run, column: &Column) -> Option<&'a RunValue> {
        self.values.get(&(&*run.run_id, column.order, column.direction)).copied()
    }

    /// Standard deviation of the samples behind that value.
    pub fn spread(&self, run: &Run, column: &Column) -> Option<f64> {
        self.spreads.get(&(&*run.run_id, column.metric.id, column.direction)).copied()
    }
}

/// What the campaign's workloads have: metrics with a value somewhere, durations that were only ever
/// stopped at their limit, and the success rate.
fn columns(
    cells: &BTreeMap<Workload, Vec<Cell<'_>>>,
    mut present: BTreeSet<(Workload, usize, Option<Direction>)>,
) -> Vec<Column> {
    let place = |id: &str| METRICS.iter().position(|metric| metric.id == id);
    for (&workload, cells) in cells {
        if let Some(order) = place(SUCCESS_RATE.id) {
            present.retain(|key| (key.0, key.1) != (workload, order));
            present.insert((workload, order, None));
        }
        let stopped = || cells.iter().any(|cell| cell.count(Outcome::Censored) > 0);
        if let Some(order) = duration_of(workload).and_then(|metric| place(metric.id))
            && !present.iter().any(|key| (key.0, key.1) == (workload, order))
            && stopped()
        {
            present.insert((workload, order, None));
        }
    }
    let column =
        |(workload, order, direction)| METRICS.get(order).map(|metric| Column { workload, order, metric, direction });
    present.into_iter().filter_map(column).collect()
}
