//! What a plan amounts to, before it is run: runs, time, disk, and what the design will be able to tell.

use super::plan_block;
use crate::matrix::{Blocks, Matrix};
use crate::ui::count;
use crate::workload::Load;
use meshbench_schemas::words::{Slug, Workload};
use meshbench_stats::{Confidence, design, of_blocks};
use std::collections::BTreeMap;
use std::time::Duration;

/// Time around a run's own: server, readiness, counters, and the result on disk.
const AROUND_RUN: Duration = Duration::from_millis(1500);
/// Time to bring a system up on all hosts, and down again.
const STAY: Duration = Duration::from_secs(10);
/// Bytes that a run leaves on disk besides its seconds.
const RUN_BYTES: u64 = 20_000;
/// Bytes that a second of a run leaves, compressed: samples of tool and hosts, and the raw output.
const SECOND_BYTES: u64 = 600;
/// The probability of an error of the first kind that the design is judged by.
const ALPHA: f64 = 0.05;

/// What a plan amounts to.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanReport {
    /// The campaign's name.
    pub name: Slug,
    /// The seed of its order.
    pub seed: u64,
    /// How many there are of each factor: system, tuning, profile, workload, link.
    pub factors: Vec<(&'static str, usize)>,
    /// The number of blocks, or its bounds.
    pub blocks: Blocks,
    /// Runs of a block by workload, controls included.
    pub workloads: BTreeMap<Workload, u32>,
    /// Runs of a block, controls included.
    pub runs_per_block: u32,
    /// Runs of a block that are controls.
    pub controls_per_block: u32,
    /// Stays (a system brought up once) of a block.
    pub stays_per_block: u32,
    /// Time of a block in which something is measured, at most.
    pub measuring_per_block: Duration,
    /// Time of a block, with what is assumed around runs and stays.
    pub time_per_block: Duration,
    /// Bytes that a block leaves on disk.
    pub bytes_per_block: u64,
    /// Cells (system × tuning × profile × workload).
    pub cells: u32,
    /// Pairs of systems that are compared in each tuning, profile and workload.
    pub pairs: u32,
}

/// What a number of blocks can tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power {
    /// The smallest p that a paired comparison of two systems can reach: 2 / 2^blocks.
    pub smallest_p: f64,
    /// Whether a cell's median has an interval made of order statistics.
    pub interval: bool,
    /// Whether p can reach 5 % after Holm over all pairs of systems in one cell.
    pub pairs: bool,
    /// Whether it can over all pairs in all cells.
    pub everything: bool,
}

/// Describes the plan of `matrix` with the given seed.
pub fn describe(matrix: &Matrix, seed: u64) -> PlanReport {
    let runs = plan_block(matrix, seed, 0);
    let mut workloads = BTreeMap::new();
    let (mut measuring, mut time) = (Duration::ZERO, Duration::ZERO);
    // Calibration is measured before and after each run.
    let echoes = matrix.calibration.map_or(Duration::ZERO, |it| it.interval.get().saturating_mul(it.count.get()));
    for run in &runs {
        *workloads.entry(run.workload).or_default() += 1;
        let own = matrix.workloads.get(run.workload).map(Load::longest).unwrap_or_default();
        measuring = measuring.saturating_add(own);
        time = time.saturating_add(own).saturating_add(echoes.saturating_mul(2)).saturating_add(AROUND_RUN);
    }
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let stays = count(runs.chunk_by(super::PlannedRun::same_stay).count());
    let systems = matrix.systems.len();
    let present = matrix.workloads.present().len();
    PlanReport {
        name: matrix.name.clone(),
        seed,
        factors: vec![
            ("systems", systems),
            ("tunings", matrix.tunings.len()),
            ("profiles", matrix.profiles.len()),
            ("workloads", present),
            ("links", matrix.links.len()),
        ],
        blocks: matrix.blocks,
        workloads,
        runs_per_block: matrix.runs_per_block(),
        controls_per_block: count(runs.iter().filter(|run| run.control.is_some()).count()),
        stays_per_block: stays,
        measuring_per_block: measuring,
        time_per_block: time.saturating_add(STAY.saturating_mul(stays)),
        bytes_per_block: RUN_BYTES * runs.len() as u64 + SECOND_BYTES * measuring.as_secs(),
        cells: count(systems * matrix.tunings.len() * matrix.profiles.len() * present),
        pairs: count(systems * (systems - systems.min(1)) / 2),
    }
}

impl PlanReport {
    /// What `blocks` blocks can tell.
    pub fn power(&self, blocks: u32) -> Power {
        Power {
            smallest_p: design::paired(blocks as usize),
            interval: blocks >= interval_from(),
            pairs: blocks >= blocks_for(self.pairs.into()),
            everything: blocks >= blocks_for(self.comparisons()),
        }
    }

    /// Comparisons of two systems over all tunings, profiles and workloads.
    pub fn comparisons(&self) -> u64 {
        let systems = self.factors.first().map_or(1, |(_, systems)| *systems).max(1);
        u64::from(self.pairs) * (u64::from(self.cells) / systems as u64)
    }
}

/// Blocks from which a median has an exact 95 % interval.
fn interval_from() -> u32 {
    whole(Some(of_blocks::median_from(Confidence::P95)))
}

/// The smallest number of blocks at which the smallest p survives Holm over `comparisons`.
fn blocks_for(comparisons: u64) -> u32 {
    whole(design::least_blocks(ALPHA, usize::try_from(comparisons.max(1)).unwrap_or(usize::MAX)))
}

fn whole(count: Option<usize>) -> u32 {
    count.and_then(|count| u32::try_from(count).ok()).unwrap_or(u32::MAX)
}

/// The smallest p of a comparison over so many blocks.
fn smallest(blocks: u32) -> Percent {
    Percent(design::paired(blocks as usize))
}

impl std::fmt::Display for PlanReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Blocks { minimum, maximum, precision, confirm, budget } = self.blocks;
        let bounds = |number: u64| match self.blocks.adaptive() {
            true => format!("{} to {}", number * u64::from(minimum), number * u64::from(maximum)),
            false => (number * u64::from(minimum)).to_string(),
        };
        let factors: Vec<_> = self.factors.iter().map(|(name, count)| plural(*count as u64, name)).collect();
        writeln!(f, "{} (seed {}): {}", self.name, self.seed, factors.join(" × "))?;
        let kinds: Vec<_> = self.workloads.iter().map(|(workload, runs)| format!("{runs} {workload}")).collect();
        writeln!(f, "a block   {}: {}", plural(self.runs_per_block.into(), "runs"), kinds.join(", "))?;
        let controls = u64::from(self.controls_per_block);
        if controls > 0 {
            writeln!(
                f,
                "          of these {} of the bare network at both ends, to see drift",
                plural(controls, "controls")
            )?;
        }
        writeln!(
            f,
            "blocks    {}",
            if self.blocks.adaptive() { format!("{minimum} to {maximum}") } else { minimum.to_string() }
        )?;
        if let Some(precision) = precision {
            let percent = precision.percent();
            writeln!(f, "          until the half width of each cell's own interval is within {percent} of its value")?;
            if confirm > 0 {
                writeln!(f, "          without the latest {}, which confirm it", plural(confirm.into(), "blocks"))?;
            } else if self.blocks.adaptive() {
                writeln!(
                    f,
                    "          an interval that decides when it is final holds less often than it says; confirm = 2 keeps it"
                )?;
            }
        }
        if let Some(budget) = budget {
            writeln!(f, "          none is begun that would end after {}", time(budget.get()))?;
            let least = self.time_per_block.saturating_mul(minimum);
            if least > budget.get() {
                writeln!(f, "          the minimum alone takes longer: about {}", time(least))?;
            }
        }
        writeln!(f, "runs      {}", bounds(self.runs_per_block.into()))?;
        let (least, most) = (self.time_per_block.saturating_mul(minimum), self.time_per_block.saturating_mul(maximum));
        let total = if least == most { time(least) } else { format!("{} to {}", time(least), time(most)) };
        let share = self.measuring_per_block.as_secs_f64() / self.time_per_block.as_secs_f64().max(1e-9);
        writeln!(
            f,
            "time      about {total}, {} a block, of which {:.0} % measure",
            time(self.time_per_block),
            share * 100.0
        )?;
        writeln!(
            f,
            "          (assumed: {AROUND_RUN:?} around a run, {STAY:?} for a system's start and stop, all steps of a ladder)"
        )?;
        let bytes = |blocks: u32| size(self.bytes_per_block.saturating_mul(blocks.into()));
        let total =
            if minimum == maximum { bytes(minimum) } else { format!("{} to {}", bytes(minimum), bytes(maximum)) };
        writeln!(f, "disk      about {total}")?;
        writeln!(f, "\nWhat this design can tell")?;
        self.explain(f)
    }
}

impl PlanReport {
    fn explain(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Blocks { minimum, maximum, .. } = self.blocks;
        let verdict = |needed: u32| match needed {
            _ if needed <= minimum => "yes".to_owned(),
            _ if needed <= maximum => {
                format!("only from {} on, which the minimum does not reach", count(needed, "block"))
            }
            _ => format!("no: that needs {}", count(needed, "block")),
        };
        let smallest = if minimum == maximum {
            smallest(minimum).to_string()
        } else {
            format!("{} with {}, {} with {maximum}", smallest(minimum), count(minimum, "block"), smallest(maximum))
        };
        writeln!(
            f,
            "an interval of a cell's median that assumes no distribution (95 %): {}",
            verdict(interval_from())
        )?;
        if minimum < interval_from() {
            if minimum < 2 {
                writeln!(f, "    one block has no interval over repetitions at all")?;
            } else {
                writeln!(
                    f,
                    "    below {} blocks a cell has the mean with a t interval, which rests on normality",
                    interval_from()
                )?;
            }
        }
        if self.pairs == 0 {
            return writeln!(f, "there is one system, so nothing is compared");
        }
        writeln!(f, "smallest p when two systems are compared block by block: {smallest}")?;
        writeln!(f, "a difference between two systems chosen beforehand (p ≤ 5 %): {}", verdict(blocks_for(1)))?;
        let pairs = self.pairs;
        writeln!(
            f,
            "a difference among all {} of systems in one cell (Holm): {}",
            plural(pairs.into(), "pairs"),
            verdict(blocks_for(pairs.into()))
        )?;
        let all = self.comparisons();
        writeln!(
            f,
            "a difference among all {} over the whole matrix (Holm): {}",
            plural(all, "comparisons"),
            verdict(blocks_for(all))
        )
    }
}

/// A share as a percentage with a number of significant places that fits.
struct Percent(f64);

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = self.0 * 100.0;
        if percent >= 0.01 { write!(f, "{percent:.2} %") } else { write!(f, "{percent:.0e} %") }
    }
}

fn plural(count: u64, name: &str) -> String {
    let name = if count == 1 { name.strip_suffix('s').unwrap_or(name) } else { name };
    format!("{count} {name}")
}

fn time(duration: Duration) -> String {
    let minutes = duration.as_secs().div_ceil(60);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) if hours < 48 => format!("{hours} h {minutes} min"),
        (hours, _) => format!("{} d {} h", hours / 24, hours % 24),
    }
}

fn size(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes >= 1000.0 { format!("{:.1} GB", megabytes / 1000.0) } else { format!("{megabytes:.1} MB") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_blocks_are_those_of_the_methods() {
        assert_eq!(interval_from(), 6);
        assert_eq!((blocks_for(1), blocks_for(55), blocks_for(28 * 55)), (6, 12, 16));
    }

    #[test]
    fn smoke_cannot_tell_and_says_so() {
        let (smoke, _) = Matrix::load("smoke").unwrap();
        let report = describe(&smoke, smoke.seed);
        assert_eq!((report.runs_per_block, report.pairs, report.comparisons()), (36, 3, 12));
        assert_eq!(report.power(3), Power { smallest_p: 0.25, interval: false, pairs: false, everything: false });
        let text = report.to_string();
        assert!(text.contains("no: that needs 6 blocks") && text.contains("25.00 %"), "{text}");
        assert!(report.time_per_block > report.measuring_per_block);
        assert_eq!(report.workloads.values().sum::<u32>(), report.runs_per_block);
    }

    #[test]
    fn the_thesis_has_bounds() {
        let (thesis, _) = Matrix::load("thesis").unwrap();
        let report = describe(&thesis, thesis.seed);
        assert_eq!(report.pairs, 55);
        assert!(report.power(12).pairs && !report.power(6).pairs);
        let text = report.to_string();
        assert!(text.contains("to") && text.contains("only from 12 blocks on"), "{text}");
    }
}
