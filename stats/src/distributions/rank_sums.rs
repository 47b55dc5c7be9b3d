//! In how many ways whole-number scores add up to each sum.
//!
//! Counts are whole numbers as long as a double holds them; beyond, being sums of positive numbers, they keep
//! their relative precision.

/// Number of subsets for each sum from 0 to that of all scores (Wilcoxon's signed-rank distribution, ties and all).
pub fn of_any_size(scores: &[usize]) -> Vec<f64> {
    let mut ways = vec![0.0; scores.iter().sum::<usize>() + 1];
    if let Some(nothing) = ways.first_mut() {
        *nothing = 1.0;
    }
    let mut reach = 0;
    for &score in scores {
        let without: Vec<f64> = ways.iter().take(reach + 1).copied().collect();
        for (way, before) in ways.iter_mut().skip(score).zip(without) {
            *way += before;
        }
        reach += score;
    }
    ways
}

/// Number of subsets of `size` for each sum, from 0 to the largest (Wilcoxon's rank-sum distribution, ties and all).
pub fn of_size(scores: &[usize], size: usize) -> Vec<f64> {
    let mut ways = vec![vec![0.0; largest_sum(scores, size) + 1]; size + 1];
    if let Some(nothing) = ways.first_mut().and_then(|none| none.first_mut()) {
        *nothing = 1.0;
    }
    // The largest sum so far of each size: beyond it there is nothing to add.
    let mut reach = vec![None; size + 1];
    if let Some(nothing) = reach.first_mut() {
        *nothing = Some(0usize);
    }
    for &score in scores {
        for size in (1..=size).rev() {
            let (smaller, these) = ways.split_at_mut(size);
            let (smaller_reach, this_reach) = reach.split_at_mut(size);
            if let (Some(smaller), Some(these)) = (smaller.last(), these.first_mut())
                && let (Some(Some(until)), Some(reached)) = (smaller_reach.last(), this_reach.first_mut())
            {
                let (from, to) = (these.iter_mut().skip(score), smaller.iter().take(until + 1));
                for (way, before) in from.zip(to) {
                    *way += before;
                }
                *reached = (*reached).max(Some(until + score));
            }
        }
    }
    ways.pop().unwrap_or_default()
}

/// The sum of the `size` largest scores.
pub fn largest_sum(scores: &[usize], size: usize) -> usize {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    sorted.iter().take(size).sum()
}

/// The largest number c of sums, counted from 0 on, in which no more than `tail` of the symmetric distribution
/// lies, and how much does: (c, P(sum < c)). With it, the (c)-th smallest and largest of the sums' counterparts
/// (Walsh averages, pairwise differences) enclose their centre with 1 − 2·P. `None` where c would be 0.
pub fn cut(ways: &[f64], tail: f64) -> Option<(usize, f64)> {
    let total: f64 = ways.iter().sum();
    let (mut count, mut below) = (0, 0.0);
    for way in ways {
        if below + way > tail * total {
            break;
        }
        below += way;
        count += 1;
    }
    (count > 0).then_some((count, below / total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_hand() {
        assert_eq!(of_any_size(&[1, 2, 3]), [1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0]);
        assert_eq!(of_size(&[0, 1, 2, 3], 2), [0.0, 1.0, 1.0, 2.0, 1.0, 1.0]);
        assert_eq!(of_size(&[5, 5], 0), [1.0]);
        assert_eq!(cut(&of_any_size(&[1, 2, 3, 4, 5, 6]), 0.025), Some((1, 1.0 / 64.0)));
        assert_eq!(cut(&of_any_size(&[1, 2, 3, 4, 5]), 0.025), None);
    }
}
