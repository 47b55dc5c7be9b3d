use super::*;
use crate::units::Span;
use proptest::prelude::*;

const MINUTE: Duration = Duration::from_secs(60);

fn cell(system: &str) -> CellKey {
    CellKey {
        system: Slug::new(system).unwrap(),
        tuning: Slug::new("default").unwrap(),
        profile: Slug::new("baseline").unwrap(),
        workload: Workload::Tcp,
        metric: "throughput",
        direction: Some(Direction::Forward),
    }
}

fn blocks(minimum: u32, maximum: u32) -> Blocks {
    Blocks { precision: "5%".parse().ok(), budget: Some(Span::new(MINUTE * 60)), maximum, ..Blocks::fixed(minimum) }
}

#[test]
fn minimum_maximum_and_budget_bound_it() {
    let narrow = BTreeMap::from([(cell("a"), vec![Some(10.0); 7])]);
    let wide = BTreeMap::from([(cell("a"), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0].map(Some).to_vec())]);
    let decide = |cells, done, elapsed| wanted(cells, &blocks(6, 20), done, elapsed, MINUTE);
    assert_eq!(decide(&narrow, 5, MINUTE), Decision::Another { because: Because::Minimum(6) });
    assert_eq!(decide(&narrow, 6, MINUTE), Decision::Enough);
    let because = Because::Wide { cell: cell("a"), half_width: Some(0.75) };
    assert_eq!(decide(&wide, 7, MINUTE), Decision::Another { because });
    assert_eq!(decide(&wide, 20, MINUTE), Decision::Enough);
    assert_eq!(decide(&wide, 7, MINUTE * 60), Decision::BudgetSpent);
    assert_eq!(decide(&wide, 5, MINUTE * 600), Decision::Another { because: Because::Minimum(6) });
    assert_eq!(decide(&narrow, 7, MINUTE * 600), Decision::Enough);
    assert_eq!(wanted(&wide, &Blocks::fixed(3), 3, MINUTE, MINUTE), Decision::Enough);
}

#[test]
fn a_cell_that_never_works_does_not_hold_up_the_others() {
    let mut cells = BTreeMap::from([(cell("a"), vec![Some(10.0); 7]), (cell("b"), vec![None; 7])]);
    assert_eq!(wanted(&cells, &blocks(6, 20), 7, MINUTE, MINUTE), Decision::Enough);
    cells.insert(cell("b"), vec![None, Some(3.0)]);
    let because = Because::Wide { cell: cell("b"), half_width: None };
    assert_eq!(wanted(&cells, &blocks(6, 20), 7, MINUTE, MINUTE), Decision::Another { because });
}

#[test]
fn blocks_that_confirm_do_not_decide() {
    let values = [9.0, 11.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0];
    let decide = |confirm: u32, done: usize| {
        let cells = BTreeMap::from([(cell("a"), values[..done].iter().copied().map(Some).collect())]);
        wanted(&cells, &Blocks { confirm, ..blocks(3, 20) }, done as u32, MINUTE, MINUTE)
    };
    // From 9 blocks on the two that are off are the extremes beyond the interval.
    let ends = |confirm: u32| (3..13).find(|done| decide(confirm, *done) == Decision::Enough);
    assert_eq!([0, 1, 2, 3].map(ends), [Some(9), Some(10), Some(11), Some(12)]);
    assert_eq!(decide(2, 9), Decision::Another { because: Because::Confirm(2) });
    assert!(matches!(decide(2, 8), Decision::Another { because: Because::Wide { .. } }));
    assert!(Because::Confirm(2).to_string().contains("2 blocks ago"));
    // The maximum ends it in any case.
    let all = BTreeMap::from([(cell("a"), vec![Some(1.0), Some(2.0), Some(3.0)])]);
    assert_eq!(wanted(&all, &Blocks { confirm: 2, ..blocks(2, 3) }, 3, MINUTE, MINUTE), Decision::Enough);
}

fn values() -> impl Strategy<Value = Vec<Option<f64>>> {
    // Narrow and wide cells alike.
    (1.0f64..100.0, prop_oneof![Just(0.01), Just(0.1), Just(1.0)], prop::collection::vec(-0.5f64..0.5, 0..12))
        .prop_map(|(middle, spread, noise)| noise.into_iter().map(|one| Some(middle * (1.0 + spread * one))).collect())
}

proptest! {
    #[test]
    fn the_decision_is_one_a_cell(systems in prop::collection::vec(values(), 1..5)) {
        let cells: BTreeMap<_, _> =
            systems.iter().enumerate().map(|(number, values)| (cell(&format!("s{number}")), values.clone())).collect();
        let enough = |cells: &BTreeMap<_, _>| wanted(cells, &blocks(1, 100), 12, MINUTE, MINUTE) == Decision::Enough;
        let alone = cells.iter().all(|(key, values)| enough(&BTreeMap::from([(key.clone(), values.clone())])));
        prop_assert_eq!(enough(&cells), alone);
    }

    #[test]
    fn a_comparison_cannot_influence_it(
        systems in prop::collection::vec(values(), 2..5),
        factor in prop_oneof![Just(0.5), Just(2.0), Just(64.0)],
        order in any::<prop::sample::Index>(),
    ) {
        // One system becomes far better or worse than the others, or its blocks go with other blocks of them:
        // whatever is compared changes, and the decision does not.
        let cells: BTreeMap<_, _> =
            systems.iter().enumerate().map(|(number, values)| (cell(&format!("s{number}")), values.clone())).collect();
        let decide = |cells: &BTreeMap<_, _>| wanted(cells, &blocks(1, 100), 12, MINUTE, MINUTE);
        let before = decide(&cells);
        let mut other = cells.clone();
        let moved = other.get_mut(&cell("s0")).unwrap();
        moved.iter_mut().flatten().for_each(|value| *value *= factor);
        if !moved.is_empty() {
            let by = order.index(moved.len());
            moved.rotate_left(by);
        }
        match (before, decide(&other)) {
            (Decision::Another { because: Because::Wide { cell: a, half_width: x } },
             Decision::Another { because: Because::Wide { cell: b, half_width: y } }) => {
                // The same up to rounding of a mean of logarithms.
                prop_assert!(x.is_some() == y.is_some());
                prop_assert!(a == b || (x.unwrap_or(0.0) - y.unwrap_or(0.0)).abs() < 1e-9);
            }
            (before, after) => prop_assert_eq!(before, after),
        }
    }
}
