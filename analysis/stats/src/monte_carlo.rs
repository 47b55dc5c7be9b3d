//! Random permutations, counted piece by piece.

use super::random::{PIECE, Resampling};
use super::{Computed, PValue};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// How many resamples are as extreme: `extreme` counts them in so many draws from one stream. The streams, and so
/// the result, are the same whatever the number of threads.
pub fn count(resampling: Resampling, extreme: impl Fn(&mut ChaCha8Rng, u64) -> u64 + Sync) -> u64 {
    (0..resampling.resamples.div_ceil(PIECE))
        .into_par_iter()
        .map(|piece| extreme(&mut resampling.stream(piece), PIECE.min(resampling.resamples - piece * PIECE)))
        .sum()
}

/// (1 + extreme)/(1 + drawn). No less than 1/(1 + drawn) can come out, however small what `smallest` could be.
pub fn p_value(extreme: u64, resampling: Resampling, smallest: f64) -> PValue {
    let drawn = resampling.resamples as f64 + 1.0;
    PValue {
        value: ((extreme as f64 + 1.0) / drawn).min(1.0),
        computed: Computed::MonteCarlo { resamples: resampling.resamples },
        smallest: Some(smallest.max(1.0 / drawn).min(1.0)),
    }
}
