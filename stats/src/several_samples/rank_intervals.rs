//! Ranks that hold for all systems at once.

use crate::blocks::Blocks;
use crate::rank::{Better, Ranks};
use crate::summary::moments;
use crate::{Confidence, Values};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// That one system was found to be better than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Separation {
    /// The better one, an index from 0.
    pub better: usize,
    /// The worse one.
    pub worse: usize,
}

/// The ranks that `systems` systems may have, given which pairs were separated: from 1 + the number found to be
/// better, to the number of systems − those found to be worse (Mohamad, Goeman and van Zwet, 2019).
///
/// Where no separation is false, which tests with a familywise error α give with probability 1 − α or more, every
/// system's true ranks are in its interval, all systems at once: systems that are equal in truth share several
/// ranks, and all of them are. A pair that names no two systems is passed over, as is what contradicts itself.
pub fn from_separations(systems: usize, separations: &[Separation]) -> Vec<Ranks> {
    let mut better = vec![false; systems.saturating_mul(systems)];
    for pair in separations.iter().filter(|pair| pair.better < systems && pair.worse < systems) {
        if let Some(slot) = better.get_mut(pair.better * systems + pair.worse) {
            *slot = pair.better != pair.worse;
        }
    }
    let is = |a: usize, b: usize| better.get(a * systems + b).is_some_and(|&found| found);
    let found = |a: usize, b: usize| is(a, b) && !is(b, a);
    let ranks = |system| Ranks {
        best: 1 + (0..systems).filter(|&other| found(other, system)).count(),
        worst: systems - (0..systems).filter(|&other| found(system, other)).count(),
    };
    (0..systems).map(ranks).collect()
}

/// The pairs that paired t tests over blocks separate, with a familywise error of at most 1 − `confidence` for the
/// statement "this one is better than that one", direction included.
///
/// For k systems there are k(k − 1) such statements, each with a one-sided p; they are rejected step by step, the
/// one with the least p first, while p ≤ α/(number that is left) (Holm, 1979). That is Holm over pairs except that a
/// rejected pair leaves one statement behind, its opposite: a plain two-sided Holm does not promise that no direction
/// is wrong. Needs no assumption on how systems vary together or alike; differences within a block are to be
/// normal and blocks independent, so give logarithms where ratios are meant. Differences that do not vary at all,
/// and a single block, separate nothing: there is no error to set them against.
pub fn paired_t_separations(blocks: &Blocks, better: Better, confidence: Confidence) -> Vec<Separation> {
    let systems = blocks.columns();
    let columns: Vec<Vec<f64>> = (0..systems).map(|system| blocks.column(system)).collect();
    let mut found = Vec::new();
    for (a, first) in columns.iter().enumerate() {
        for (b, second) in columns.iter().enumerate().skip(a + 1) {
            if let Some((above, p)) = one_sided(first, second) {
                let a_is_better = above == matches!(better, Better::Higher);
                let (better, worse) = if a_is_better { (a, b) } else { (b, a) };
                found.push((p, Separation { better, worse }));
            }
        }
    }
    found.sort_by(|(p, pair), (q, other)| {
        p.total_cmp(q).then((pair.better, pair.worse).cmp(&(other.better, other.worse)))
    });
    let statements = systems * systems.saturating_sub(1);
    let alpha = 1.0 - confidence.share();
    let rejected =
        |(step, (p, pair)): (usize, (f64, Separation))| (p <= alpha / (statements - step) as f64).then_some(pair);
    found.into_iter().enumerate().map_while(rejected).collect()
}

/// The ranks of each system by [`paired_t_separations`]; all of them hold at once with the given confidence.
pub fn paired_t(blocks: &Blocks, better: Better, confidence: Confidence) -> Vec<Ranks> {
    from_separations(blocks.columns(), &paired_t_separations(blocks, better, confidence))
}

/// Whether the first is larger on average, and the p value of the one-sided t test that says so.
fn one_sided(first: &[f64], second: &[f64]) -> Option<(bool, f64)> {
    // Halved, so that no difference overflows; t does not notice.
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a / 2.0 - b / 2.0).collect();
    let moments = moments(Values::new(&differences).ok()?);
    let deviation = moments.standard_deviation.filter(|&s| s > 0.0 && s.is_finite())?;
    let n = moments.count as f64;
    let t = moments.mean / deviation * n.sqrt();
    let p = StudentsT::new(0.0, 1.0, n - 1.0).ok()?.sf(t.abs());
    p.is_finite().then_some((t > 0.0, p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separations_make_intervals() {
        let pair = |better, worse| Separation { better, worse };
        let found = from_separations(3, &[pair(0, 2), pair(0, 2), pair(1, 2), pair(7, 0), pair(1, 1)]);
        let wanted = [(1, 2), (1, 2), (3, 3)].map(|(best, worst)| Ranks { best, worst });
        assert_eq!(found, wanted);
        assert_eq!(from_separations(2, &[pair(0, 1), pair(1, 0)]), [Ranks { best: 1, worst: 2 }; 2]);
        assert!(from_separations(0, &[pair(0, 0)]).is_empty());
    }

    #[test]
    fn clear_differences_are_found_in_their_direction() {
        let rows = [[1.0, 9.0], [1.1, 9.0], [1.2, 9.3], [0.9, 8.8], [1.0, 9.1]];
        let blocks = Blocks::new(&rows).unwrap();
        let first = |better| paired_t(&blocks, better, Confidence::P95)[0];
        assert_eq!(first(Better::Lower), Ranks { best: 1, worst: 1 });
        assert_eq!(first(Better::Higher), Ranks { best: 2, worst: 2 });
        // Nothing varies, or there is one block: nothing is separated.
        for rows in [vec![[1.0, 2.0]; 5], vec![[1.0, 2.0]]] {
            let blocks = Blocks::new(&rows).unwrap();
            assert_eq!(paired_t(&blocks, Better::Lower, Confidence::P95), [Ranks { best: 1, worst: 2 }; 2]);
        }
    }
}
