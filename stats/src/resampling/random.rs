//! Seeded random numbers that do not depend on the number of threads.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

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

    /// A faster generator of a piece of the work, whose state is drawn from [`Resampling::stream`]: with 2²⁵⁶ states, two
    /// pieces do not meet.
    pub fn fast_stream(&self, piece: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::from_rng(&mut self.stream(piece))
    }
}

/// An index below `count` (0 where `count` is 0), by the widening product: unbiased to count/2⁶⁴.
pub fn index(generator: &mut ChaCha8Rng, count: usize) -> usize {
    let drawn: u64 = generator.random();
    ((u128::from(drawn) * count as u128) >> 64) as usize
}

/// An index below a fixed number, drawn many times: several from one draw of 64 bits, and without any bias.
///
/// Multiplying by the number moves an index into the upper half of the product and leaves what is not used
/// up in the lower one; a leftover that would make some combinations likelier is drawn again
/// (Brackett-Rozinsky and Lemire, 2024).
#[derive(Debug, Clone, Copy)]
pub struct Die {
    sides: u64,
    batch: usize,
    redraw_below: u64,
}

/// Indices of one draw together have at most this many outcomes, so that a redraw is rare.
const OUTCOMES: u64 = 1 << 54;

/// More indices than this are not taken from one draw.
const BATCH: usize = 8;

impl Die {
    /// One with `sides` sides (with one side where `sides` is 0).
    pub fn new(sides: usize) -> Self {
        let sides = (sides as u64).max(1);
        let (mut batch, mut product) = (1, sides);
        while batch < BATCH && product <= OUTCOMES / sides {
            batch += 1;
            product *= sides;
        }
        Self { sides, batch, redraw_below: product.wrapping_neg() % product }
    }

    /// Gives `count` indices to `take`, some at a time.
    #[inline(always)]
    pub fn roll(&self, generator: &mut impl Rng, count: usize, take: impl FnMut(&[usize])) {
        // With the number known to the compiler, the indices of a draw never leave the registers.
        match self.batch {
            8.. => self.roll_batches::<8>(generator, count, take),
            7 => self.roll_batches::<7>(generator, count, take),
            6 => self.roll_batches::<6>(generator, count, take),
            5 => self.roll_batches::<5>(generator, count, take),
            4 => self.roll_batches::<4>(generator, count, take),
            3 => self.roll_batches::<3>(generator, count, take),
            2 => self.roll_batches::<2>(generator, count, take),
            _ => self.roll_batches::<1>(generator, count, take),
        }
    }

    /// Sets `times` to how often each index comes up in as many rolls as it has entries: a resample.
    pub fn tally(&self, generator: &mut impl Rng, times: &mut [usize]) {
        times.fill(0);
        self.roll(generator, times.len(), |rolled| {
            for &index in rolled {
                if let Some(times) = times.get_mut(index) {
                    *times += 1;
                }
            }
        });
    }

    #[inline(always)]
    fn roll_batches<const N: usize>(&self, generator: &mut impl Rng, count: usize, mut take: impl FnMut(&[usize])) {
        let mut left = count;
        while left >= N {
            take(&self.batch::<N>(generator));
            left -= N;
        }
        if left > 0 {
            take(self.batch::<N>(generator).get(..left).unwrap_or_default());
        }
    }

    #[inline(always)]
    fn batch<const N: usize>(&self, generator: &mut impl Rng) -> [usize; N] {
        loop {
            let mut rest = generator.next_u64();
            let rolled = std::array::from_fn(|_| {
                let product = u128::from(rest) * u128::from(self.sides);
                rest = product as u64;
                (product >> 64) as usize
            });
            if rest >= self.redraw_below {
                return rolled;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_die_is_fair_and_its_rolls_do_not_depend_on_each_other() {
        let resampling = Resampling::default();
        for sides in [1, 3, 7, 30] {
            let mut counts = vec![0.0f64; sides * sides];
            let rounds = 40_000 * sides;
            let mut last = 0;
            Die::new(sides).roll(&mut resampling.fast_stream(1), rounds, |rolled| {
                for &index in rolled {
                    counts[last * sides + index] += 1.0;
                    last = index;
                }
            });
            let each = rounds as f64 / counts.len() as f64;
            let chi2: f64 = counts.iter().map(|count| (count - each).powi(2) / each).sum();
            let degrees = (counts.len() - 1) as f64;
            assert!(chi2 <= degrees + 4.0 * (2.0 * degrees).sqrt(), "{sides} sides: {chi2} at {degrees}");
        }
    }

    #[test]
    fn extreme_dice_stay_within_their_sides() {
        for sides in [0, 1, 1 << 40, usize::MAX] {
            let mut count = 0;
            Die::new(sides).roll(&mut Resampling::default().fast_stream(0), 9, |rolled| {
                assert!(rolled.iter().all(|&index| index < sides.max(1)));
                count += rolled.len();
            });
            assert_eq!(count, 9);
        }
    }
}
