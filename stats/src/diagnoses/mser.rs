//! Where a warm-up ends.

/// Samples a batch.
pub const BATCH: usize = 5;

/// Fewer batches than this say nothing about a warm-up.
pub const LEAST_BATCHES: usize = 4;

/// Number of leading samples that MSER-5 would cut off: a multiple of [`BATCH`], 0 where the series looks
/// steady from the start.
///
/// The marginal standard error rule (White, 1997; White, Cobb and Spratt, 2000): of the k means Y of
/// batches of 5, cut off the first d that minimise Σ₍i>d₎(Yᵢ − Ȳ₍>d₎)² / (k − d)², the squared standard error
/// of what remains; d is at most ⌊k/2⌋, and the smallest one wins a tie. Samples after the last full batch
/// are left out of the search. It is a diagnosis: nobody should tune it per system.
///
/// `None` below [`LEAST_BATCHES`] full batches, and where squares overflow.
pub fn warm_up(samples: &[f64]) -> Option<usize> {
    let means: Vec<f64> = samples.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    let batches = means.len();
    if batches < LEAST_BATCHES {
        return None;
    }
    // From the end, so that each candidate costs one step (Welford, 1962).
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let mut best: Option<(f64, usize)> = None;
    for (cut, &batch) in means.iter().enumerate().rev() {
        count += 1.0;
        let before = batch - mean;
        mean += before / count;
        squares += before * (batch - mean);
        if cut <= batches / 2 {
            let error = squares / (count * count);
            if !error.is_finite() {
                return None;
            }
            if best.is_none_or(|(least, _)| error <= least) {
                best = Some((error, cut));
            }
        }
    }
    best.map(|(_, cut)| cut * BATCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_cut_and_a_plateau_is_not() {
        let mut ramp: Vec<f64> = (0..10).map(f64::from).collect();
        ramp.extend((0..40).map(|i| 100.0 + f64::from(i % 3)));
        assert_eq!(warm_up(&ramp), Some(10));
        assert_eq!(warm_up(&[7.0; 40]), Some(0));
        assert_eq!(warm_up(&[7.0; 19]), None);
        assert!(warm_up(&[1e300, -1e300, 1e300, 1e300, 1e300].repeat(8)).is_none_or(|cut| cut <= 20));
    }
}
