//! The distinct orders of some items of which a few may be equal.

/// How many arrangements an exact test goes through at most.
pub(crate) const LIMIT: u64 = 1_000_000;

/// Number of distinct orders, n!/Πtᵢ! with tᵢ of each kind; `None` above [`LIMIT`]. `sorted` is in ascending order.
pub(crate) fn count<T: PartialEq>(sorted: &[T]) -> Option<u64> {
    let mut orders = 1u64;
    let mut place = 0;
    for equal in sorted.chunk_by(|a, b| a == b) {
        for (alike, _) in (1u64..).zip(equal) {
            place += 1;
            // A multinomial coefficient of what was seen so far: the division leaves no rest.
            orders = orders * place / alike;
            if orders > LIMIT {
                return None;
            }
        }
    }
    Some(orders)
}

/// The next order in lexicographic sequence; false, and back to ascending order, after the last one.
pub(crate) fn advance<T: PartialOrd>(items: &mut [T]) -> bool {
    let rise = items.windows(2).rposition(|pair| matches!(pair, [a, b] if a < b));
    let Some(rise) = rise else {
        items.reverse();
        return false;
    };
    if let Some((head, tail)) = items.split_at_mut_checked(rise + 1)
        && let Some(pivot) = head.last_mut()
    {
        if let Some(larger) = tail.iter_mut().rev().find(|item| **item > *pivot) {
            std::mem::swap(pivot, larger);
        }
        tail.reverse();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_distinct_order_once() {
        for start in [vec![1, 2, 3, 4], vec![1, 1, 2, 2, 2, 3], vec![5, 5, 5], vec![7], vec![]] {
            let mut items = start.clone();
            let mut seen = std::collections::BTreeSet::new();
            loop {
                assert!(seen.insert(items.clone()));
                if !advance(&mut items) {
                    break;
                }
            }
            assert_eq!((items, Some(seen.len() as u64)), (start.clone(), count(&start)));
        }
        assert_eq!(count(&(0..12).collect::<Vec<_>>()), None);
    }
}
