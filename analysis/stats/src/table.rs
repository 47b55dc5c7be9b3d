//! A table without holes: blocks by columns.

/// Values of several columns (systems, or links) in the same blocks, all of them finite and none missing.
///
/// At least one block and one column. The columns of a block are measured together, so what resamples blocks
/// resamples whole rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    values: Vec<f64>,
    columns: usize,
}

/// Why rows are no [`Table`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
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

impl Table {
    /// Takes rows, one a block, each with one value a column.
    pub fn new<R: AsRef<[f64]>>(rows: &[R]) -> Result<Self, BadTable> {
        let columns = rows.first().map_or(0, |row| row.as_ref().len());
        if columns == 0 {
            return Err(BadTable::Empty);
        }
        let mut values = Vec::with_capacity(rows.len() * columns);
        for (block, row) in rows.iter().map(AsRef::as_ref).enumerate() {
            if row.len() != columns {
                return Err(BadTable::Uneven(block));
            }
            if let Some(column) = row.iter().position(|value| !value.is_finite()) {
                return Err(BadTable::NotFinite { block, column });
            }
            values.extend_from_slice(row);
        }
        Ok(Self { values, columns })
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_named() {
        assert_eq!(Table::new::<Vec<f64>>(&[]), Err(BadTable::Empty));
        assert_eq!(Table::new(&[[0.0; 0]]), Err(BadTable::Empty));
        assert_eq!(Table::new(&[vec![1.0, 2.0], vec![1.0]]), Err(BadTable::Uneven(1)));
        assert_eq!(Table::new(&[[1.0, f64::NAN]]), Err(BadTable::NotFinite { block: 0, column: 1 }));
        let blocks = Table::new(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).unwrap();
        assert_eq!((blocks.count(), blocks.columns(), blocks.column(2)), (2, 3, vec![3.0, 6.0]));
        assert_eq!((blocks.row(1), blocks.row(2)), (Some(&[4.0, 5.0, 6.0][..]), None));
    }
}
