use super::*;
use crate::matrix::Blocks;
use crate::tuning::Tuning;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn smoke() -> Matrix {
    Matrix::load("smoke").unwrap().0
}

fn slug(text: &str) -> Slug {
    Slug::new(text).unwrap()
}

/// A matrix with tunings, controls and a workload on all links at once.
fn rich(tunings: usize, links: usize) -> Matrix {
    let mut matrix = smoke();
    let one = "duration = \"5s\"";
    let text = format!("ping = {{ count = 1, interval = \"1s\" }}\ntcp = {{ {one} }}\ntcp-parallel = {{ {one} }}");
    matrix.workloads = toml::from_str(&text).unwrap();
    matrix.tunings = (0..tunings).map(|number| (slug(&format!("t{number}")), Tuning::default())).collect();
    matrix.links = (0..links).map(|source| (source, source + 1)).collect();
    matrix.controls = true;
    matrix
}

/// A run without its place in the order.
fn cell(run: &PlannedRun) -> (Slug, Slug, Slug, Workload, Vec<(usize, usize)>) {
    (run.system.clone(), run.tuning.clone(), run.profile.clone(), run.workload, run.links.clone())
}

#[test]
fn the_same_seed_gives_the_same_order_and_another_one_does_not() {
    assert_eq!(plan_block(&smoke(), 1, 0), plan_block(&smoke(), 1, 0));
    assert_ne!(plan_block(&smoke(), 1, 0), plan_block(&smoke(), 2, 0));
    let cells = |block| plan_block(&smoke(), 1, block).iter().map(cell).collect::<Vec<_>>();
    assert_ne!(cells(0), cells(1));
}

#[test]
fn the_order_of_a_seed_never_changes() {
    // A dataset names only its seed, so this order is part of the format.
    let text = |run: &PlannedRun| {
        let [(source, target)] = run.links[..] else { panic!("one link") };
        format!("{} {} {} {source}→{target}", run.system, run.profile, run.workload)
    };
    let first = |block| plan_block(&smoke(), 20261123, block).iter().take(3).map(text).collect::<Vec<_>>();
    assert_eq!(first(0), ["wireguard baseline tcp 0→1", "wireguard baseline tcp 1→2", "wireguard baseline ping 2→0"]);
    assert_eq!(first(2), ["tinc baseline ping 1→2", "tinc baseline ping 0→1", "tinc baseline tcp 1→2"]);
}

#[test]
fn a_block_does_not_depend_on_how_many_there_are() {
    let few = Matrix { blocks: Blocks::fixed(3), ..smoke() };
    let many = Matrix { blocks: Blocks { maximum: 100, ..Blocks::fixed(3) }, ..smoke() };
    for block in 0..3 {
        assert_eq!(plan_block(&few, 5, block), plan_block(&many, 5, block));
    }
}

#[test]
fn a_control_beside_an_ordinary_stay_is_a_stay_of_its_own() {
    let runs = plan_block(&rich(1, 3), 1, 0);
    let control = runs.first().unwrap();
    let ordinary = PlannedRun { control: None, ..control.clone() };
    assert!(!control.same_stay(&ordinary) && control.same_stay(control));
}

#[test]
fn without_controls_there_are_none() {
    let runs = plan_block(&smoke(), 1, 0);
    assert!(runs.iter().all(|run| run.control.is_none()));
    assert_eq!(runs.len() as u32, smoke().runs_per_block());
}

proptest! {
    #[test]
    fn blocks_are_complete_and_stays_are_whole(seed: u64, block in 0u32..1000, tunings in 1usize..3, links in 1usize..6) {
        let matrix = rich(tunings, links);
        let runs = plan_block(&matrix, seed, block);
        let per_block = matrix.runs_per_block();
        prop_assert_eq!(runs.len(), per_block as usize);
        for (index, run) in runs.iter().enumerate() {
            prop_assert_eq!(run.position, block * per_block + index as u32);
            prop_assert_eq!(run.block, block);
            prop_assert_eq!(run.links.len(), if run.workload == Workload::TcpParallel { links } else { 1 });
        }
        let (controls, ordinary): (Vec<_>, Vec<_>) = runs.iter().partition(|run| run.control.is_some());
        let per_profile = 2 * links + 1;
        let stays = matrix.systems.len() * tunings;
        prop_assert_eq!(ordinary.len(), stays * matrix.profiles.len() * per_profile);
        let distinct: BTreeSet<_> = ordinary.iter().map(|run| cell(run)).collect();
        prop_assert_eq!(distinct.len(), ordinary.len());
        prop_assert_eq!(runs.chunk_by(PlannedRun::same_stay).count(), stays + 2);
        let profiles = ordinary.chunk_by(|a, b| a.same_stay(b) && a.profile == b.profile).count();
        prop_assert_eq!(profiles, stays * matrix.profiles.len());

        // Controls are at both ends, the same at each, and unimpaired.
        let mut ends: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for run in &controls {
            prop_assert_eq!((run.system.as_str(), run.profile.as_str()), ("internal", "baseline"));
            prop_assert!(matches!(run.workload, Workload::Ping | Workload::Tcp));
            ends.entry(run.control).or_default().push(cell(run));
        }
        for cells in ends.values_mut() {
            cells.sort();
        }
        prop_assert_eq!(controls.len(), 2 * 2 * links);
        prop_assert_eq!(&ends[&Some(Control::Start)], &ends[&Some(Control::End)]);
        prop_assert_eq!(runs.first().unwrap().control, Some(Control::Start));
        prop_assert_eq!(runs.last().unwrap().control, Some(Control::End));
    }
}
