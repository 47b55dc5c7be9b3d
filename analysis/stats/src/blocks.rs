//! Values laid out in blocks: every row is a block, every column a treatment (such as a system).

use super::Values;
use super::midranks::Midranks;

/// A complete table of at least one block and two treatments, all values finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocks {
    rows: Vec<Vec<f64>>,
    treatments: usize,
}

/// A table in which cells may be missing; at least one block and two treatments, all values finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Incomplete {
    rows: Vec<Vec<Option<f64>>>,
    treatments: usize,
}

/// Why numbers cannot be used as [`Blocks`] or [`Incomplete`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBlocks {
    /// There are none.
    #[error("there are no blocks")]
    Empty,
    /// There is at most one treatment.
    #[error("there are {0} treatments; give at least two")]
    FewTreatments(usize),
    /// A block has another number of cells than the first one.
    #[error("block {0} (from 0) has another number of treatments than the first one")]
    Ragged(usize),
    /// A value is NaN or infinite.
    #[error("block {block}, treatment {treatment} (from 0) is not a finite number")]
    NotFinite {
        /// Which row.
        block: usize,
        /// Which column.
        treatment: usize,
    },
}

/// The number of treatments of a table that is as it should be.
fn check<T>(rows: &[Vec<T>], value: impl Fn(&T) -> Option<f64>) -> Result<usize, BadBlocks> {
    let treatments = rows.first().ok_or(BadBlocks::Empty)?.len();
    if treatments < 2 {
        return Err(BadBlocks::FewTreatments(treatments));
    }
    for (block, row) in rows.iter().enumerate() {
        if row.len() != treatments {
            return Err(BadBlocks::Ragged(block));
        }
        if let Some(treatment) = row.iter().position(|cell| value(cell).is_some_and(|x| !x.is_finite())) {
            return Err(BadBlocks::NotFinite { block, treatment });
        }
    }
    Ok(treatments)
}

impl Blocks {
    /// Takes a table, one row a block, or says what is wrong with it.
    pub fn new(rows: Vec<Vec<f64>>) -> Result<Self, BadBlocks> {
        let treatments = check(&rows, |&value| Some(value))?;
        Ok(Self { rows, treatments })
    }

    /// One row a block, in the order given.
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// How many blocks there are, at least 1.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// How many treatments there are, at least 2.
    pub const fn treatments(&self) -> usize {
        self.treatments
    }

    /// The midranks inside every block.
    pub fn ranks(&self) -> Vec<Midranks> {
        self.rows.iter().filter_map(|row| Values::new(row).ok()).map(Midranks::new).collect()
    }
}

impl Incomplete {
    /// Takes a table, one row a block and `None` for what is missing, or says what is wrong with it.
    pub fn new(rows: Vec<Vec<Option<f64>>>) -> Result<Self, BadBlocks> {
        let treatments = check(&rows, |&cell| cell)?;
        Ok(Self { rows, treatments })
    }

    /// One row a block, in the order given.
    pub fn rows(&self) -> &[Vec<Option<f64>>] {
        &self.rows
    }

    /// How many treatments there are, at least 2.
    pub const fn treatments(&self) -> usize {
        self.treatments
    }

    /// The blocks of which no cell is missing; `None` where there is no such block.
    pub fn complete(&self) -> Option<Blocks> {
        let rows = self.rows.iter().filter_map(|row| row.iter().copied().collect()).collect();
        Blocks::new(rows).ok()
    }

    /// For every block of which at least two cells are there: the treatments that are, and twice the distance of
    /// their midranks inside the block from the mean rank. One cell alone compares nothing.
    pub(crate) fn centred_ranks(&self) -> Vec<Ranked> {
        let ranked = |row: &Vec<Option<f64>>| {
            let (treatments, values): (Vec<usize>, Vec<f64>) =
                row.iter().enumerate().filter_map(|(at, cell)| cell.map(|value| (at, value))).unzip();
            let centred = Midranks::new(Values::new(&values).ok()?).centred();
            (values.len() > 1).then_some(Ranked { treatments, centred })
        };
        self.rows.iter().filter_map(ranked).collect()
    }
}

impl From<&Blocks> for Incomplete {
    fn from(blocks: &Blocks) -> Self {
        let rows = blocks.rows.iter().map(|row| row.iter().copied().map(Some).collect()).collect();
        Self { rows, treatments: blocks.treatments }
    }
}

/// What of a block with missing cells is there, ranked; both lists are equally long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranked {
    pub(crate) treatments: Vec<usize>,
    pub(crate) centred: Vec<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_tables_are_named() {
        assert_eq!(Blocks::new(vec![]), Err(BadBlocks::Empty));
        assert_eq!(Blocks::new(vec![vec![1.0]]), Err(BadBlocks::FewTreatments(1)));
        assert_eq!(Blocks::new(vec![vec![1.0, 2.0], vec![1.0]]), Err(BadBlocks::Ragged(1)));
        let infinite = BadBlocks::NotFinite { block: 0, treatment: 1 };
        assert_eq!(Incomplete::new(vec![vec![None, Some(f64::INFINITY)]]), Err(infinite));
    }

    #[test]
    fn missing_cells_are_left_out() {
        let table =
            Incomplete::new(vec![vec![Some(5.0), None, Some(4.0)], vec![None, Some(1.0), None], vec![Some(1.0); 3]]);
        let table = table.unwrap();
        assert_eq!(table.complete().map(|blocks| blocks.count()), Some(1));
        let ranked = table.centred_ranks();
        assert_eq!(ranked.first(), Some(&Ranked { treatments: vec![0, 2], centred: vec![1, -1] }));
        assert_eq!(ranked.get(1).map(|row| row.centred.clone()), Some(vec![0, 0, 0]));
    }
}
