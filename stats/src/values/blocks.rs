//! Values laid out in blocks: every row is a block, every column a system (or a link).

use crate::Values;
use crate::midranks::Midranks;

/// Values of one or more columns in the same blocks, all of them finite and none missing; at least one block.
///
/// The columns of a block are measured together, so what resamples blocks resamples whole rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocks {
    values: Vec<f64>,
    columns: usize,
}

/// The same with cells that may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Incomplete {
    rows: Vec<Vec<Option<f64>>>,
    columns: usize,
}

/// Why rows are no [`Blocks`] or [`Incomplete`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBlocks {
    /// There are no rows, or no columns.
    #[error("there are no values")]
    Empty,
    /// A row is longer or shorter than the first one.
    #[error("block {0} (from 0) has not as many values as the first one")]
    Uneven(usize),
    /// A value is NaN or infinite.
    #[error("block {block}, column {column} (from 0): not a finite number")]
    NotFinite {
        /// The row.
        block: usize,
        /// The column.
        column: usize,
    },
}

/// The number of columns of rows that are as they should be.
fn check<'a, T: 'a>(
    rows: impl Iterator<Item = &'a [T]>,
    value: impl Fn(&T) -> Option<f64>,
) -> Result<usize, BadBlocks> {
    let mut columns = 0;
    for (block, row) in rows.enumerate() {
        if block == 0 {
            columns = row.len();
        }
        if row.len() != columns {
            return Err(BadBlocks::Uneven(block));
        }
        if let Some(column) = row.iter().position(|cell| value(cell).is_some_and(|x| !x.is_finite())) {
            return Err(BadBlocks::NotFinite { block, column });
        }
    }
    if columns == 0 { Err(BadBlocks::Empty) } else { Ok(columns) }
}

impl Blocks {
    /// Takes rows, one a block, each with one value a column.
    pub fn new<R: AsRef<[f64]>>(rows: &[R]) -> Result<Self, BadBlocks> {
        let columns = check(rows.iter().map(AsRef::as_ref), |&value| Some(value))?;
        Ok(Self { values: rows.iter().flat_map(|row| row.as_ref().iter().copied()).collect(), columns })
    }

    /// Number of blocks, at least 1.
    pub const fn count(&self) -> usize {
        self.values.len() / self.columns
    }

    /// Number of columns, at least 1.
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// The rows, one a block.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.columns)
    }

    /// A row; `None` beyond the last one.
    pub fn row(&self, block: usize) -> Option<&[f64]> {
        let start = block.checked_mul(self.columns)?;
        self.values.get(start..start.checked_add(self.columns)?)
    }

    /// A column over the blocks; empty beyond the last one.
    pub fn column(&self, column: usize) -> Vec<f64> {
        self.rows().filter_map(|row| row.get(column).copied()).collect()
    }

    /// The midranks inside every block.
    pub fn ranks(&self) -> Vec<Midranks> {
        self.rows().filter_map(|row| Values::new(row).ok()).map(Midranks::new).collect()
    }
}

impl Incomplete {
    /// Takes a table, one row a block and `None` for what is missing, or says what is wrong with it.
    pub fn new(rows: Vec<Vec<Option<f64>>>) -> Result<Self, BadBlocks> {
        let columns = check(rows.iter().map(Vec::as_slice), |&cell| cell)?;
        Ok(Self { rows, columns })
    }

    /// One row a block, in the order given.
    pub fn rows(&self) -> &[Vec<Option<f64>>] {
        &self.rows
    }

    /// Number of columns, at least 1.
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// The blocks of which no cell is missing; `None` where there is no such block.
    pub fn complete(&self) -> Option<Blocks> {
        let rows: Vec<Vec<f64>> = self.rows.iter().filter_map(|row| row.iter().copied().collect()).collect();
        Blocks::new(&rows).ok()
    }

    /// For every block of which at least two cells are there: the columns that are, and twice the distance of
    /// their midranks inside the block from the mean rank. One cell alone compares nothing.
    pub(crate) fn centred_ranks(&self) -> Vec<Ranked> {
        let ranked = |row: &Vec<Option<f64>>| {
            let (columns, values): (Vec<usize>, Vec<f64>) =
                row.iter().enumerate().filter_map(|(at, cell)| cell.map(|value| (at, value))).unzip();
            let centred = Midranks::new(Values::new(&values).ok()?).centred();
            (values.len() > 1).then_some(Ranked { columns, centred })
        };
        self.rows.iter().filter_map(ranked).collect()
    }
}

impl From<&Blocks> for Incomplete {
    fn from(blocks: &Blocks) -> Self {
        let rows = blocks.rows().map(|row| row.iter().copied().map(Some).collect()).collect();
        Self { rows, columns: blocks.columns }
    }
}

/// What of a block with missing cells is there, ranked; both lists are equally long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranked {
    pub(crate) columns: Vec<usize>,
    pub(crate) centred: Vec<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_tables_are_named() {
        assert_eq!(Blocks::new::<Vec<f64>>(&[]), Err(BadBlocks::Empty));
        assert_eq!(Blocks::new(&[[0.0; 0]]), Err(BadBlocks::Empty));
        assert_eq!(Blocks::new(&[vec![1.0, 2.0], vec![1.0]]), Err(BadBlocks::Uneven(1)));
        assert_eq!(Blocks::new(&[[1.0, f64::NAN]]), Err(BadBlocks::NotFinite { block: 0, column: 1 }));
        let infinite = BadBlocks::NotFinite { block: 0, column: 1 };
        assert_eq!(Incomplete::new(vec![vec![None, Some(f64::INFINITY)]]), Err(infinite));
        let blocks = Blocks::new(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).unwrap();
        assert_eq!((blocks.count(), blocks.columns(), blocks.column(2)), (2, 3, vec![3.0, 6.0]));
        assert_eq!((blocks.row(1), blocks.row(2)), (Some(&[4.0, 5.0, 6.0][..]), None));
    }

    #[test]
    fn missing_cells_are_left_out() {
        let table =
            Incomplete::new(vec![vec![Some(5.0), None, Some(4.0)], vec![None, Some(1.0), None], vec![Some(1.0); 3]]);
        let table = table.unwrap();
        assert_eq!(table.complete().map(|blocks| blocks.count()), Some(1));
        let ranked = table.centred_ranks();
        assert_eq!(ranked.first(), Some(&Ranked { columns: vec![0, 2], centred: vec![1, -1] }));
        assert_eq!(ranked.get(1).map(|row| row.centred.clone()), Some(vec![0, 0, 0]));
    }
}
