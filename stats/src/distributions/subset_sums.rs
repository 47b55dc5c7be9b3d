//! Sums of all subsets, and how many of them reach a threshold, without going through all of them.
//!
//! Every subset is a subset of one half and one of the other (Horowitz and Sahni, 1974; for permutation tests
//! Pagano and Tritchler, 1983, in another form): the sums of both halves in ascending order are enough to count
//! the pairs that reach a threshold, so 2ⁿ sums cost 2^(n/2) steps.

/// Two ascending lists as one.
fn merged(a: impl Iterator<Item = f64>, b: impl Iterator<Item = f64>, size: usize) -> Vec<f64> {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    let mut out = Vec::with_capacity(size);
    while let (Some(&x), Some(&y)) = (a.peek(), b.peek()) {
        if x <= y {
            out.push(x);
            a.next();
        } else {
            out.push(y);
            b.next();
        }
    }
    out.extend(a);
    out.extend(b);
    out
}

/// Σ ±aᵢ for all 2ⁿ choices of signs, in ascending order; `magnitudes` are not negative.
pub fn signed(magnitudes: &[f64]) -> Vec<f64> {
    magnitudes
        .iter()
        .fold(vec![0.0], |sums, a| merged(sums.iter().map(|s| s - a), sums.iter().map(|s| s + a), 2 * sums.len()))
}

/// For each size from 0 to `largest` the sums of all subsets of that size, in ascending order.
pub fn by_size(values: &[f64], largest: usize) -> Vec<Vec<f64>> {
    let mut sums = vec![Vec::new(); largest + 1];
    if let Some(empty) = sums.first_mut() {
        empty.push(0.0);
    }
    for value in values {
        for size in (1..=largest).rev() {
            let (smaller, these) = sums.split_at_mut(size);
            if let (Some(smaller), Some(these)) = (smaller.last(), these.first_mut())
                && !smaller.is_empty()
            {
                let count = these.len() + smaller.len();
                *these = merged(these.iter().copied(), smaller.iter().map(|s| s + value), count);
            }
        }
    }
    sums
}

/// How many pairs of one from `a` and one from `b`, both ascending, add up to at least `threshold`.
pub fn pairs_at_least(a: &[f64], b: &[f64], threshold: f64) -> u64 {
    let mut rest = b.iter().rev().peekable();
    let mut reached = 0;
    let mut total = 0;
    for x in a {
        while rest.next_if(|&&y| x + y >= threshold).is_some() {
            reached += 1;
        }
        total += reached;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_count_as_the_whole_does() {
        let values = [0.5, 3.0, 1.25, 7.0, 2.0, 0.125, 4.0];
        let (left, right) = values.split_at(3);
        let whole = signed(&values);
        assert!(whole.is_sorted() && whole.len() == 128);
        for threshold in [-20.0, -1.0, 0.0, 3.5, 17.875, 18.0] {
            let wanted = whole.iter().filter(|&&s| s >= threshold).count() as u64;
            assert_eq!(pairs_at_least(&signed(left), &signed(right), threshold), wanted, "{threshold}");
        }
        let sizes: Vec<usize> = by_size(&values, 4).iter().map(Vec::len).collect();
        assert_eq!(sizes, [1, 7, 21, 35, 35]);
        assert_eq!(by_size(&values, 7).last().map(Vec::as_slice), Some([17.875].as_slice()));
    }
}
