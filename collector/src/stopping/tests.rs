use super::*;
use crate::matrix::Span;
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
    Blocks { minimum, maximum, precision: "5%".parse().ok(), budget: Some(Span::new(MINUTE * 60)) }
}

#[test]
fn ranks_are_those_of_the_sign_test() {
    // R: qbinom(0.025, n, 0.5) where it is the largest rank whose two tails are within 5 %.
    let wanted = [(5, None), (6, Some(1)), (8, Some(1)), (9, Some(2)), (12, Some(3)), (20, Some(6)), (2000, Some(956))];
    for (n, wanted) in wanted {
        assert_eq!(rank(n), wanted, "{n}");
    }
}

#[test]
fn widths_are_half_and_relative() {
    // Six values: the extremes around the median.
    assert_eq!(half_width(&[10.0, 11.0, 9.0, 10.0, 12.0, 8.0], Scale::Log), Some(0.2));
    // Two values: t with one degree of freedom, 12.706 · 1 / 10.
    let two = half_width(&[9.0, 11.0], Scale::Linear).unwrap();
    assert!((two - 1.270_620_473_617_47).abs() < 1e-12, "{two}");
    // On logarithms: sinh(t·s/√n) by the geometric mean.
    let logs = half_width(&[10.0, 10.1, 10.2], Scale::Log).unwrap();
    let deviation = [10.0f64.ln(), 10.1f64.ln(), 10.2f64.ln()];
    let mean = deviation.iter().sum::<f64>() / 3.0;
    let s = (deviation.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
    assert!((logs - (4.302_652_729_749_464 * s / 3f64.sqrt()).sinh()).abs() < 1e-12);
    assert_eq!(half_width(&[1.0], Scale::Linear), None);
    assert_eq!(half_width(&[0.0; 3], Scale::Log), Some(0.0));
    assert_eq!(half_width(&[0.0, 1.0], Scale::Log), None);
    assert_eq!(half_width(&[f64::NAN, 1.0, 1.0], Scale::Linear), None);
    assert_eq!(half_width(&[-1.0, 1.0, 0.0], Scale::Linear), None);
}

#[test]
fn minimum_maximum_and_budget_bound_it() {
    let narrow = BTreeMap::from([(cell("a"), vec![10.0; 7])]);
    let wide = BTreeMap::from([(cell("a"), vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])]);
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
    let mut cells = BTreeMap::from([(cell("a"), vec![10.0; 7]), (cell("b"), vec![])]);
    assert_eq!(wanted(&cells, &blocks(6, 20), 7, MINUTE, MINUTE), Decision::Enough);
    cells.insert(cell("b"), vec![3.0]);
    let because = Because::Wide { cell: cell("b"), half_width: None };
    assert_eq!(wanted(&cells, &blocks(6, 20), 7, MINUTE, MINUTE), Decision::Another { because });
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    // Narrow and wide cells alike.
    (1.0f64..100.0, prop_oneof![Just(0.01), Just(0.1), Just(1.0)], prop::collection::vec(-0.5f64..0.5, 0..12))
        .prop_map(|(middle, spread, noise)| noise.into_iter().map(|one| middle * (1.0 + spread * one)).collect())
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
        moved.iter_mut().for_each(|value| *value *= factor);
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

    #[test]
    fn a_width_is_never_negative(values in prop::collection::vec(-1e300f64..1e300, 0..40)) {
        for scale in [Scale::Linear, Scale::Log] {
            prop_assert!(half_width(&values, scale).is_none_or(|width| width >= 0.0 && width.is_finite()));
        }
    }
}
