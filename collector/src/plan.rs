//! From a matrix to the full, ordered list of runs of a block: a pure function of the matrix, its seed and the
//! block's number.
//!
//! Randomised complete blocks: each block holds the whole matrix once. Within a block the systems, each under
//! each tuning, come in random order and have one stay: the system is brought up once, all its profiles follow
//! in random order, and inside each profile all workloads on all links in random order. So a system pays for
//! its start once a block, and drift of the machine over time falls on all systems alike. A control, the bare
//! network, is measured at both ends of the block and shows that drift.

mod describe;

pub use describe::{PlanReport, describe};

use crate::matrix::{CONTROL_SYSTEM, Matrix};
pub use meshbench_schemas::words::Control;
use meshbench_schemas::words::{Slug, Workload};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// One run of the plan: a cell of the matrix on one link, or on all at once, in one block.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlannedRun {
    /// The block, from 0.
    pub block: u32,
    /// The place in the order of the whole campaign, from 0.
    pub position: u32,
    /// What is measured.
    pub system: Slug,
    /// The host settings.
    pub tuning: Slug,
    /// The impairment.
    pub profile: Slug,
    /// What is run.
    pub workload: Workload,
    /// Source and target by the hosts' numbers, from 0: one link, or all at once.
    pub links: Vec<(usize, usize)>,
    /// Whether it is a control, and which.
    pub control: Option<Control>,
}

impl PlannedRun {
    /// Whether `other` belongs to the same stay: the same system brought up once. A control is a stay of its
    /// own, also beside an ordinary stay of the same system.
    pub fn same_stay(&self, other: &Self) -> bool {
        (self.block, &self.system, &self.tuning, self.control)
            == (other.block, &other.system, &other.tuning, other.control)
    }
}

/// Plans the runs of one block with the given seed. It does not depend on how many blocks there are.
pub fn plan_block(matrix: &Matrix, seed: u64, block: u32) -> Vec<PlannedRun> {
    // ChaCha8 is specified, and a block is a stream of it of its own, so a seed gives the same order in every
    // later version and however many blocks are run.
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(block.into());
    let mut runs = control(matrix, &mut random, Control::Start);
    let systems = matrix.systems.iter().map(|system| &system.name);
    let stays: Vec<_> = systems.flat_map(|system| matrix.tunings.keys().map(move |tuning| (system, tuning))).collect();
    let profiles: Vec<_> = matrix.profiles.keys().collect();
    for (system, tuning) in shuffled(&stays, &mut random) {
        runs.extend(stay(system, tuning, &profiles, &matrix.cells(&matrix.workloads.present()), &mut random));
    }
    runs.extend(control(matrix, &mut random, Control::End));
    let first = block.saturating_mul(u32::try_from(runs.len()).unwrap_or(u32::MAX));
    for (run, index) in runs.iter_mut().zip(0..) {
        run.block = block;
        run.position = first.saturating_add(index);
    }
    runs
}

/// The runs of one stay; block and position are not known yet.
fn stay(
    system: &Slug,
    tuning: &Slug,
    profiles: &[&Slug],
    cells: &[(Workload, Vec<(usize, usize)>)],
    random: &mut ChaCha8Rng,
) -> Vec<PlannedRun> {
    let mut runs = Vec::with_capacity(profiles.len() * cells.len());
    for profile in shuffled(profiles, random) {
        runs.extend(shuffled(cells, random).into_iter().map(|(workload, links)| PlannedRun {
            block: 0,
            position: 0,
            system: system.clone(),
            tuning: tuning.clone(),
            profile: profile.clone(),
            workload,
            links,
            control: None,
        }));
    }
    runs
}

/// The bare network without impairment, at one end of a block; nothing where the matrix has no controls.
fn control(matrix: &Matrix, random: &mut ChaCha8Rng, end: Control) -> Vec<PlannedRun> {
    let system = matrix.systems.iter().find(|system| system.name.as_str() == CONTROL_SYSTEM);
    let (Some(system), Some(tuning), true) = (system, matrix.control_tuning(), matrix.controls) else {
        return Vec::new();
    };
    let profiles: Vec<_> = matrix.unimpaired().collect();
    let mut runs = stay(&system.name, tuning, &profiles, &matrix.cells(&matrix.control_workloads()), random);
    for run in &mut runs {
        run.control = Some(end);
    }
    runs
}

fn shuffled<T: Clone>(items: &[T], random: &mut ChaCha8Rng) -> Vec<T> {
    let mut items = items.to_vec();
    items.shuffle(random);
    items
}

#[cfg(test)]
mod tests;
