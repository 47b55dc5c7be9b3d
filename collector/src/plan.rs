//! From a matrix to the full, ordered list of runs: a pure function of the matrix and its seed.
//!
//! Randomised complete blocks: each block holds the whole matrix once. Within a block the systems come in
//! random order and each has one stay: it is brought up once, all its profiles follow in random order, and
//! inside each profile all workloads on all links in random order. So a system pays for its start once a
//! block, and drift of the machine over time falls on all systems alike.

use crate::matrix::Matrix;
use crate::system::SystemKind;
use meshbench_schemas::words::{Slug, Workload};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// One run of the plan: a cell of the matrix on one link in one block.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlannedRun {
    /// The block, from 0.
    pub block: u32,
    /// The place in the order of the whole campaign, from 0.
    pub position: u32,
    /// What is measured.
    pub system: SystemKind,
    /// The impairment.
    pub profile: Slug,
    /// What is run.
    pub workload: Workload,
    /// The number of the host that sends, from 0.
    pub source: usize,
    /// The number of the host that answers, from 0.
    pub target: usize,
}

impl PlannedRun {
    /// Whether `other` belongs to the same stay: the same system brought up once.
    pub fn same_stay(&self, other: &Self) -> bool {
        (self.block, self.system) == (other.block, other.system)
    }
}

/// The ordered pairs (source, target) of a ring of `hosts` hosts: each to the next, the last to the first.
pub fn ring(hosts: usize) -> Vec<(usize, usize)> {
    (0..hosts).map(|source| (source, (source + 1) % hosts)).collect()
}

/// Plans every run of `matrix` with the given seed.
pub fn plan(matrix: &Matrix, seed: u64) -> Vec<PlannedRun> {
    // ChaCha8 is specified, so a seed gives the same order in every later version.
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let workloads = matrix.workloads.present();
    let links = ring(matrix.hosts.into());
    let mut runs = Vec::new();
    let mut position = 0;
    for block in 0..matrix.blocks {
        for system in shuffled(&matrix.systems, &mut random) {
            for profile in shuffled(&matrix.profiles.keys().cloned().collect::<Vec<_>>(), &mut random) {
                let cells = links.iter().flat_map(|link| workloads.iter().map(move |workload| (*link, *workload)));
                for ((source, target), workload) in shuffled(&cells.collect::<Vec<_>>(), &mut random) {
                    let profile = profile.clone();
                    runs.push(PlannedRun { block, position, system, profile, workload, source, target });
                    position += 1;
                }
            }
        }
    }
    runs
}

fn shuffled<T: Clone>(items: &[T], random: &mut ChaCha8Rng) -> Vec<T> {
    let mut items = items.to_vec();
    items.shuffle(random);
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn smoke() -> Matrix {
        Matrix::load("smoke").unwrap().0
    }

    /// A run without its place in the order.
    fn cell(run: &PlannedRun) -> (SystemKind, Slug, Workload, usize, usize) {
        (run.system, run.profile.clone(), run.workload, run.source, run.target)
    }

    #[test]
    fn the_same_seed_gives_the_same_order_and_another_one_does_not() {
        assert_eq!(plan(&smoke(), 1), plan(&smoke(), 1));
        assert_ne!(plan(&smoke(), 1), plan(&smoke(), 2));
    }

    #[test]
    fn the_order_of_a_seed_never_changes() {
        // A dataset names only its seed, so this order is part of the format.
        let text =
            |run: PlannedRun| format!("{} {} {} {}→{}", run.system, run.profile, run.workload, run.source, run.target);
        let first: Vec<_> = plan(&smoke(), 20261123).into_iter().take(3).map(text).collect();
        let wanted = ["wireguard baseline tcp 1→2", "wireguard baseline ping 2→0", "wireguard baseline ping 1→2"];
        assert_eq!(first, wanted);
    }

    #[test]
    fn a_ring_visits_every_host_once_each_way() {
        assert_eq!(ring(3), [(0, 1), (1, 2), (2, 0)]);
    }

    proptest! {
        #[test]
        fn blocks_are_complete_and_stays_are_whole(seed: u64, blocks in 1u32..5, hosts in 2u8..6) {
            let matrix = Matrix { blocks, hosts, ..smoke() };
            let runs = plan(&matrix, seed);
            let per_block = matrix.systems.len() * matrix.profiles.len() * 2 * usize::from(hosts);
            prop_assert_eq!(runs.len(), per_block * blocks as usize);
            for (index, run) in runs.iter().enumerate() {
                prop_assert_eq!(run.position as usize, index);
                prop_assert_eq!(run.block as usize, index / per_block);
            }
            for block in runs.chunks(per_block) {
                let distinct: BTreeSet<_> = block.iter().map(cell).collect();
                prop_assert_eq!(distinct.len(), per_block);
                let stays = block.chunk_by(PlannedRun::same_stay).count();
                prop_assert_eq!(stays, matrix.systems.len());
                let profiles = block.chunk_by(|a, b| a.same_stay(b) && a.profile == b.profile).count();
                prop_assert_eq!(profiles, matrix.systems.len() * matrix.profiles.len());
            }
        }
    }
}
