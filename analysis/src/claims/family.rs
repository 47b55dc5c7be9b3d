//! p values of all tests of a claims file, adjusted together.
//!
//! Every tested cell has two hypotheses, that the claim is not so and that it is so, of which at most one is true. So
//! Holm's (1979) step-down multiplies each p not by the hypotheses that are left, but by the cells that are left with any
//! of them: the most that can still be true (Shaffer, 1986, S2). The probability of any false verdict stays at alpha.
//!
//! A cell whose design can give no p at or below alpha, whatever the data, can give no false verdict and is not counted
//! (Tarone, 1990); it has no adjusted p.

use super::cell::Tested;
use crate::options::Adjustment;

/// Adjusted p values of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Adjusted {
    pub support: Option<f64>,
    pub refute: Option<f64>,
    pub smallest: Option<f64>,
}

impl Tested {
    /// Whether there is a test.
    pub const fn made(&self) -> bool {
        self.support.is_some() || self.refute.is_some()
    }

    /// Whether it could give a verdict at all.
    pub fn counts(&self, alpha: f64) -> bool {
        self.made() && self.least.is_none_or(|least| least <= alpha)
    }
}

/// Adjusts over all cells that count, in their order.
pub fn adjusted(cells: &[Tested], adjustment: Adjustment, alpha: f64) -> Vec<Adjusted> {
    let counted: Vec<Tested> =
        cells.iter().map(|cell| if cell.counts(alpha) { *cell } else { Tested::default() }).collect();
    let cells = counted.as_slice();
    match adjustment {
        Adjustment::Holm => holm(cells),
        Adjustment::BenjaminiHochberg => {
            let family =
                |of: fn(&Tested) -> Option<f64>| adjustment.adjusted_values(&cells.iter().map(of).collect::<Vec<_>>());
            let (support, refute) = (family(|cell| cell.support), family(|cell| cell.refute));
            let smallest = family(|cell| cell.smallest);
            support
                .into_iter()
                .zip(refute)
                .zip(smallest)
                .map(|((support, refute), smallest)| Adjusted { support, refute, smallest })
                .collect()
        }
    }
}

/// One hypothesis in the order of p: its cell, and what became of it.
struct Step {
    p: f64,
    cell: usize,
    supports: bool,
    /// Cells with a hypothesis that is left before this step.
    left: usize,
    adjusted: f64,
}

fn holm(cells: &[Tested]) -> Vec<Adjusted> {
    let step = |p: f64, cell: usize, supports: bool| Step { p, cell, supports, left: 0, adjusted: 0.0 };
    let mut steps: Vec<Step> = Vec::new();
    let mut open: Vec<usize> = vec![0; cells.len()];
    for (at, cell) in cells.iter().enumerate() {
        let before = steps.len();
        steps.extend(cell.support.map(|p| step(p, at, true)));
        steps.extend(cell.refute.map(|p| step(p, at, false)));
        if let Some(open) = open.get_mut(at) {
            *open = steps.len() - before;
        }
    }
    steps.sort_by(|a, b| a.p.total_cmp(&b.p).then(a.cell.cmp(&b.cell)).then(b.supports.cmp(&a.supports)));
    let mut left = open.iter().filter(|open| **open > 0).count();
    let mut reached = 0.0f64;
    let mut found = vec![Adjusted::default(); cells.len()];
    for step in &mut steps {
        step.left = left;
        reached = reached.max((step.p * left as f64).min(1.0));
        step.adjusted = reached;
        if let Some(adjusted) = found.get_mut(step.cell) {
            *(if step.supports { &mut adjusted.support } else { &mut adjusted.refute }) = Some(reached);
        }
        if let Some(open) = open.get_mut(step.cell) {
            *open -= 1;
            left -= usize::from(*open == 0);
        }
    }
    for (adjusted, cell) in found.iter_mut().zip(cells) {
        // As if this cell had come with its smallest p, the others being as they are.
        adjusted.smallest = cell.smallest.map(|p| {
            let at = steps.partition_point(|step| step.p < p);
            let before = at.checked_sub(1).and_then(|at| steps.get(at)).map_or(0.0, |step| step.adjusted);
            let left = steps.get(at).map_or(1, |step| step.left.max(1));
            before.max((p * left as f64).min(1.0))
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{PValue, adjust};
    use proptest::prelude::*;

    fn cell(support: f64, refute: f64) -> Tested {
        Tested { support: Some(support), refute: Some(refute), smallest: Some(1.0 / 64.0), least: Some(1.0 / 64.0) }
    }

    #[test]
    fn cells_count_once() {
        // By hand: 0.01·3; 0.02·3, its cell's other hypothesis is left; 0.03·3; then 0.2·3 and so on.
        let cells = [cell(0.01, 1.0), cell(1.0, 0.02), cell(0.03, 0.2), Tested::default()];
        let found = adjusted(&cells, Adjustment::Holm, 0.05);
        let p = |at: usize| (found[at].support.unwrap(), found[at].refute.unwrap());
        assert!((p(0).0 - 0.03).abs() < 1e-12 && (p(1).1 - 0.06).abs() < 1e-12 && (p(2).0 - 0.09).abs() < 1e-12);
        assert!((p(2).1 - 0.6).abs() < 1e-12, "{found:?}");
        assert_eq!(found[3], Adjusted::default());
        // 1/64 comes after 0.01, with three cells left.
        assert_eq!(found[1].smallest, Some(3.0 / 64.0));
    }

    #[test]
    fn what_can_give_no_verdict_does_not_count() {
        let links = Tested { least: Some(0.125), smallest: Some(0.25), ..cell(0.25, 1.0) };
        let found = adjusted(&[cell(0.03, 1.0), links, links], Adjustment::Holm, 0.05);
        assert_eq!((found[0].support, found[1]), (Some(0.03), Adjusted::default()));
        // At another alpha it could, and does.
        assert_eq!(adjusted(&[cell(0.03, 1.0), links], Adjustment::Holm, 0.2)[0].support, Some(0.06));
    }

    #[test]
    fn one_hypothesis_a_cell_is_holm() {
        let p = [0.04, 0.001, 0.03, 0.5];
        let cells = p.map(|p| Tested { support: Some(p), ..Tested::default() });
        let wanted = adjust::holm(&p.map(PValue::of_distribution));
        let found: Vec<_> = adjusted(&cells, Adjustment::Holm, 0.05).iter().map(|cell| cell.support).collect();
        assert_eq!(found, wanted);
    }

    proptest! {
        #[test]
        fn between_p_and_bonferroni(cells in proptest::collection::vec((0.0..1.0f64, 0.0..1.0f64), 1..12)) {
            let cells: Vec<Tested> = cells.into_iter().map(|(support, refute)| cell(support, refute)).collect();
            for (given, found) in cells.iter().zip(adjusted(&cells, Adjustment::Holm, 0.05)) {
                for (p, q) in [(given.support, found.support), (given.refute, found.refute)] {
                    let (p, q) = (p.unwrap(), q.unwrap());
                    prop_assert!(q >= p && q <= (p * cells.len() as f64).min(1.0) + 1e-12);
                }
            }
        }
    }
}
