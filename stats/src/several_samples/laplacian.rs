//! Quadratic forms of the covariance matrices that centred ranks and event counts have.

/// The generalised inverse of a symmetric matrix whose rows sum to zero and whose other entries are at most 0 (a
/// weighted graph's Laplacian), as far as x′M⁻x needs it for vectors x from its range.
///
/// Elimination keeps such a matrix one; a pivot is zero exactly where a connected part is used up.
pub(crate) struct Quadratic(Vec<Option<(f64, Vec<f64>)>>);

/// A pivot below this share of its diagonal entry is a rounding error.
const NOTHING: f64 = 1e-10;

impl Quadratic {
    /// Eliminates; `matrix` is given by its rows.
    pub(crate) fn new(mut matrix: Vec<Vec<f64>>) -> Self {
        let diagonal: Vec<f64> =
            matrix.iter().enumerate().map(|(at, row)| row.get(at).copied().unwrap_or_default()).collect();
        let mut steps = Vec::with_capacity(diagonal.len());
        for size in diagonal {
            let Some((&pivot, tail)) = matrix.first().and_then(|top| top.split_first()) else {
                break;
            };
            let step = (pivot > NOTHING * size).then(|| (pivot, tail.iter().map(|x| x / pivot).collect::<Vec<f64>>()));
            let below = matrix.iter().skip(1).enumerate().map(|(at, row)| {
                let factor = step.as_ref().and_then(|(_, factors)| factors.get(at)).copied().unwrap_or_default();
                row.iter().skip(1).zip(tail).map(|(x, above)| x - factor * above).collect()
            });
            matrix = below.collect();
            steps.push(step);
        }
        Self(steps)
    }

    /// Rank of the matrix: the degrees of freedom of the form.
    pub(crate) fn rank(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// x′M⁻x.
    pub(crate) fn of(&self, x: &[f64]) -> f64 {
        let mut rest = x.to_vec();
        let mut total = 0.0;
        for (at, step) in self.0.iter().enumerate() {
            let (Some(&head), Some((pivot, factors))) = (rest.get(at), step) else {
                continue;
            };
            total += head * head / pivot;
            for (x, factor) in rest.iter_mut().skip(at + 1).zip(factors) {
                *x -= factor * head;
            }
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_and_two() {
        // Two nodes, weight 3: the pseudo-inverse gives (1, −1) the value 2²/(4·3).
        let form = Quadratic::new(vec![vec![3.0, -3.0], vec![-3.0, 3.0]]);
        assert_eq!((form.rank(), form.of(&[1.0, -1.0])), (1, 1.0 / 3.0));
        let apart = Quadratic::new(vec![
            vec![1.0, -1.0, 0.0, 0.0],
            vec![-1.0, 1.0, 0.0, 0.0],
            vec![0.0, 0.0, 2.0, -2.0],
            vec![0.0, 0.0, -2.0, 2.0],
        ]);
        assert_eq!((apart.rank(), apart.of(&[1.0, -1.0, 2.0, -2.0])), (2, 3.0));
    }
}
