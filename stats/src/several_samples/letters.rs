//! The compact letter display: items that share a letter are not separated.

/// Which items carry which letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letters {
    columns: Vec<Vec<usize>>,
    items: usize,
}

impl Letters {
    /// The display of items 0 to `items` − 1, of which the pairs `separated` differ (in either order; a pair of an item
    /// with itself, or of what is no item, counts for nothing). Two items share a letter exactly when they are not
    /// separated, and every item has one.
    ///
    /// Insert and absorb, then sweep (Piepho, 2004): start with one column that holds every item; for a separated
    /// pair split each column that holds both into one without either, and drop a column that is part of another;
    /// at last take out entries that no pair needs. Columns are lettered in the order of their items. The number of
    /// columns can grow as 3^(n/3) with the items, but is small for what tests of ordered means separate.
    pub fn new(items: usize, separated: &[(usize, usize)]) -> Self {
        let mut differ: Vec<(usize, usize)> =
            separated.iter().map(|&(a, b)| (a.min(b), a.max(b))).filter(|&(a, b)| a != b && b < items).collect();
        differ.sort_unstable();
        differ.dedup();
        let mut columns = if items > 0 { vec![(0..items).collect::<Vec<_>>()] } else { Vec::new() };
        for (a, b) in differ {
            let (both, mut kept): (Vec<_>, Vec<_>) =
                columns.into_iter().partition(|column| column.contains(&a) && column.contains(&b));
            let without = |gone: usize| {
                both.iter().map(move |column| column.iter().copied().filter(|&item| item != gone).collect())
            };
            let split: Vec<Vec<usize>> = without(a).chain(without(b)).collect();
            for column in split {
                if !kept.iter().any(|other| is_part(&column, other)) {
                    kept.push(column);
                }
            }
            columns = kept;
        }
        columns.sort_unstable();
        sweep(&mut columns);
        columns.sort_unstable();
        Self { columns, items }
    }

    /// The items of every letter, ascending.
    pub fn columns(&self) -> &[Vec<usize>] {
        &self.columns
    }

    /// The letters of every item, such as "ab"; with commas between them where there are more than 26 letters in all.
    pub fn of_items(&self) -> Vec<String> {
        let separator = if self.columns.len() > 26 { "," } else { "" };
        let own = |item: usize| {
            let columns = self.columns.iter().enumerate().filter(|(_, column)| column.contains(&item));
            columns.map(|(at, _)| letter(at)).collect::<Vec<_>>().join(separator)
        };
        (0..self.items).map(own).collect()
    }
}

/// Whether all of `column`, ascending, is in `other`.
fn is_part(column: &[usize], other: &[usize]) -> bool {
    column.iter().all(|item| other.binary_search(item).is_ok())
}

/// Takes out every entry without which each pair of its column still shares a letter, and columns that are left
/// empty, from the last column to the first.
fn sweep(columns: &mut Vec<Vec<usize>>) {
    for at in (0..columns.len()).rev() {
        let (mut kept, column) = (columns.clone(), columns.remove(at));
        kept.remove(at);
        let mut left = column.clone();
        for item in column {
            let is_shared = |other: usize| kept.iter().any(|column| column.contains(&item) && column.contains(&other));
            // An item on its own is paired with itself: it is not to lose its last letter.
            if left.iter().all(|&other| (other == item && left.len() > 1) || is_shared(other)) {
                left.retain(|&other| other != item);
            }
        }
        columns.insert(at, left);
    }
    columns.retain(|column| !column.is_empty());
}

/// a to z, then aa, ab and so on.
fn letter(at: usize) -> String {
    let own = char::from(b'a' + (at % 26) as u8);
    match (at / 26).checked_sub(1) {
        Some(before) => format!("{}{own}", letter(before)),
        None => own.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_and_letters_beyond_z() {
        assert_eq!(Letters::new(3, &[(2, 0)]).of_items(), ["a", "ab", "b"]);
        assert_eq!(Letters::new(3, &[]).of_items(), ["a"; 3]);
        assert_eq!(Letters::new(2, &[(0, 0), (0, 5), (1, 0)]).of_items(), ["a", "b"]);
        assert!(Letters::new(0, &[]).of_items().is_empty());
        let all: Vec<_> = (0..28).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
        let shown = Letters::new(28, &all).of_items();
        assert_eq!((shown[0].as_str(), shown[25].as_str(), shown[27].as_str()), ("a", "z", "ab"));
        assert_eq!((letter(26 * 27), letter(26 * 27 - 1)), ("aaa".into(), "zz".into()));
    }
}
