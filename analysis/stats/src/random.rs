//! Seeded random numbers that do not depend on the number of threads.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How much and from which seed is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling {
    /// Where all randomness comes from.
    pub seed: u64,
    /// Number of resamples.
    pub resamples: u64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self { seed: 0, resamples: 10_000 }
    }
}

/// Resamples that one stream serves: work is cut into such pieces whatever the number of threads, and each
/// piece has a stream of its own.
pub const PIECE: u64 = 256;

impl Resampling {
    /// The generator of a piece of the work.
    pub fn stream(&self, piece: u64) -> ChaCha8Rng {
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        generator.set_stream(piece);
        generator
    }
}

/// An index below `count` (0 where `count` is 0), by the widening product: unbiased to count/2⁶⁴.
pub fn index(generator: &mut ChaCha8Rng, count: usize) -> usize {
    let drawn: u64 = generator.random();
    ((u128::from(drawn) * count as u128) >> 64) as usize
}
