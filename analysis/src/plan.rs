//! `analyze plan`: what each number of blocks would resolve, from how far the blocks of a pilot were apart, and what it
//! would cost.

mod allocation;
mod costs;
mod intervals;
mod pairs;
mod print;
mod sentences;

use crate::check;
use crate::comparisons::contrasts::{compared, grids};
use crate::error::AnalysisError;
use crate::estimates::campaign::{Campaign, CellName, Column};
use crate::options::{Adjustment, CellInterval, OptionArgs, Options, Replicate};
use crate::print::Format;
use crate::run_values::{self, Reduction};
use crate::stats::Confidence;
use crate::stats::of_blocks::median_from;
use crate::ui;
use crate::words::{Words, all};
pub use allocation::Allocation;
use clap::Args;
pub use costs::{Costs, TimedBy, WorkloadCost};
use intervals::Widths;
use meshbench_schemas::catalogue::{SUCCESS_RATE, Scale};
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::printed::Planned;
use meshbench_schemas::table::Symbol;
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{PlannedKind, Prospect};
use meshbench_terminal::OneOf;
use pairs::Thresholds;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Probability of finding a difference that is as large as it was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power(f64);

impl Power {
    /// The share.
    pub const fn share(self) -> f64 {
        self.0
    }
}

impl Default for Power {
    fn default() -> Self {
        Self(0.8)
    }
}

impl std::str::FromStr for Power {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().parse() {
            Ok(share) if (0.5..=0.95).contains(&share) => Ok(Self(share)),
            _ => Err(format!("{text} is no power to plan with; give a share from 0.5 to 0.95, such as 0.8")),
        }
    }
}

/// The command line of `analyze plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The pilot: a dataset with two or more blocks
    dataset: PathBuf,
    /// Numbers of blocks to look at, besides the pilot's own
    #[arg(long, value_delimiter = ',', default_values_t = [6, 8, 10, 12, 16, 20, 30])]
    #[arg(value_parser = clap::value_parser!(u32).range(2..=1000))]
    blocks: Vec<u32>,
    /// Probability with which a difference is to be found
    #[arg(long, default_value = "0.8", allow_negative_numbers = true)]
    power: Power,
    /// Only this profile; may be given several times
    #[arg(long)]
    profile: Vec<String>,
    /// Only this workload
    #[arg(long)]
    workload: Vec<String>,
    /// Only this metric; without it the headline metrics
    #[arg(long)]
    metric: Vec<String>,
    #[command(flatten)]
    options: OptionArgs,
    /// How to print; JSON has everything, CSV one row an interval or pair and number of blocks
    #[arg(long, value_parser = OneOf::<Format>::of(), value_enum, default_value_t)]
    format: Format,
}

/// What to plan, besides the data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Question {
    /// Numbers of blocks.
    pub blocks: Vec<u32>,
    /// Power.
    pub power: Power,
    /// Only these profiles; none means all.
    pub profiles: Vec<String>,
    /// Only these workloads.
    pub workloads: Vec<String>,
    /// Only these metrics; none means the headline metrics.
    pub metrics: Vec<String>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// What it comes to, in sentences.
    pub summary: Vec<String>,
    /// Blocks of the pilot.
    pub pilot_blocks: u32,
    /// Power that pairs are planned with.
    pub power: f64,
    /// What the pilot took.
    pub costs: Costs,
    /// Where time is best spent.
    pub allocations: Vec<Allocation>,
    /// Every interval and pair at every number of blocks.
    pub rows: Vec<Planned>,
}

/// What all rows are made with.
struct Planning<'p> {
    options: &'p Options,
    blocks: &'p [u32],
    power: f64,
    sureness: Confidence,
    widths: Widths,
    median_from: Option<u32>,
    costs: &'p Costs,
}

/// What a row is about.
struct Row<'r, 'a> {
    left: &'a Symbol,
    right: Option<&'a Symbol>,
    name: CellName<'a>,
    column: &'r Column,
    blocks: u32,
    pilot: usize,
}

fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The confidence of the range of a deviation, 80 %: few blocks say little about it, and 95 % would say next to
/// nothing.
const SURENESS: f64 = 0.8;

impl Planning<'_> {
    /// A row without numbers.
    fn row(&self, row: &Row<'_, '_>) -> Planned {
        Planned {
            kind: if row.right.is_some() { PlannedKind::Pair } else { PlannedKind::Interval },
            left_side: row.left.clone(),
            right_side: row.right.cloned(),
            tuning: row.name.tuning.clone(),
            profile: row.name.profile.clone(),
            workload: row.column.workload,
            metric: row.column.metric.id.into(),
            direction: row.column.direction,
            blocks: row.blocks,
            cost_s: self.costs.of_blocks(row.blocks),
            pilot_blocks: whole(row.pilot),
            scale: Scale::Linear,
            deviation: None,
            difference: None,
            half_width: None,
            detectable: None,
            outcome: Prospect::Unknown,
            blocks_needed: None,
            blocks_needed_low: None,
            blocks_needed_high: None,
            blocks_least: None,
            family_size: None,
            note: None,
        }
    }
}

/// Plans from a pilot's runs and their values.
pub fn plan(
    runs: &[Run],
    reduction: &Reduction,
    question: &Question,
    options: &Options,
) -> Result<Plan, AnalysisError> {
    // Blocks are what is planned, and the power is that of Holm's adjustment.
    let options = &Options {
        replicate: Replicate::Block,
        adjustment: Adjustment::Holm,
        interval: CellInterval::Exact,
        ..*options
    };
    let campaign = Campaign::new(runs, &reduction.values, &reduction.spreads);
    let own = || runs.iter().filter(|run| run.control.is_none());
    let pilot_blocks = whole(own().map(|run| run.block).collect::<BTreeSet<u32>>().len());
    let blocks: BTreeSet<u32> = question.blocks.iter().copied().chain([pilot_blocks]).collect();
    let blocks: Vec<u32> = blocks.into_iter().filter(|blocks| *blocks > 0).collect();
    let costs = Costs::of(runs);
    let planning = Planning {
        options,
        blocks: &blocks,
        power: question.power.share(),
        sureness: Confidence::new(SURENESS).unwrap_or_default(),
        widths: Widths::new(options),
        median_from: Some(whole(median_from(options.confidence))),
        costs: &costs,
    };
    let passes = |asked: &[String], value: &str| asked.is_empty() || asked.iter().any(|word| word == value);
    let (mut rows, mut allocations) = (Vec::new(), Vec::new());
    let mut thresholds = Thresholds::default();
    for column in campaign.columns() {
        let metric = column.metric;
        let wanted = if question.metrics.is_empty() { metric.headline } else { passes(&question.metrics, metric.id) };
        if !wanted || !passes(&question.workloads, column.workload.as_str()) {
            continue;
        }
        // Attempts are counted one by one, whatever block they belong to.
        if metric.id == SUCCESS_RATE.id {
            continue;
        }
        let grids = grids(&campaign, column);
        rows.extend(intervals::intervals(&campaign, column, &planning));
        if compared(metric) {
            rows.extend(pairs::pairs(column, &grids, &planning, &mut thresholds));
        }
        allocations.extend(allocation::allocation(&campaign, column, &grids, &costs, options));
    }
    rows.retain(|row| passes(&question.profiles, &row.profile));
    let mut plan =
        Plan { summary: Vec::new(), pilot_blocks, power: planning.power, costs: costs.clone(), allocations, rows };
    plan.summary = sentences::summary(&plan, &blocks, options);
    Ok(plan)
}

/// Reads a pilot, and prints the plan.
pub fn run(args: PlanArgs) -> Result<String, AnalysisError> {
    let PlanArgs { dataset, blocks, power, profile, workload, metric, options, format } = args;
    let dataset = Dataset::open(&dataset)?;
    let runs = dataset.runs()?;
    let batches = dataset.sample_batches().map(|batch| batch.map_err(AnalysisError::from));
    let reduction = run_values::reduce_with_spreads(&runs, batches, &dataset.summaries()?)?;
    let options: Options = options.into();
    if options.settled(check::blocks_alike(&runs, &reduction.values)).dependent() {
        ui::say(
            "note: neighbouring blocks are alike (or --interval says so), and a plan takes blocks for independent: it is too \
             hopeful, so leave more time between blocks",
        );
    }
    if options.adjustment != Adjustment::Holm || options.replicate != Replicate::Block {
        ui::say(
            "note: a plan is made for blocks as replicates and Holm's adjustment, whatever --replicate and --adjust say",
        );
    }
    let systems = dataset.systems()?;
    let campaign = Campaign::new(&runs, &reduction.values, &reduction.spreads);
    let words = Words::of_campaign(&campaign, &systems);
    let question = Question {
        blocks,
        power,
        profiles: all(&words.profiles, &profile)?,
        workloads: all(&words.workloads, &workload)?,
        metrics: all(&words.metrics, &metric)?,
    };
    print::print(&plan(&runs, &reduction, &question, &options)?, (format, ui::page()))
}
