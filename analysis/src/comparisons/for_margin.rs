//! How many blocks would find a difference as large as the margin, by the test that contrasts use.

use crate::stats::planning::{MOST_BLOCKS, sign_flip_power};
use crate::stats::{Confidence, power};

/// Power with which it is to be found.
pub const POWER: f64 = 0.8;

/// The least number of differences in which sign flips find an effect of so many standard deviations at a `level` with
/// [`POWER`], if they are independent and normal.
///
/// With the level of the first step of the row's family this is never below the number from which a difference could
/// show at all, since with fewer no pattern of signs is extreme enough. `None` where no number of blocks that
/// anybody measures is enough.
pub fn differences(effect: f64, level: f64) -> Option<u64> {
    // Sign flips never have more power than the t test, and as much where there are many of them.
    let by_t = power::blocks_for_effect(effect, 1.0, POWER, Confidence::new(1.0 - level).ok()?)?;
    let few = (by_t..=MOST_BLOCKS as u64).find(|n| reaches(*n, effect, level));
    few.or((by_t > MOST_BLOCKS as u64).then_some(by_t))
}

fn reaches(differences: u64, effect: f64, level: f64) -> bool {
    let count = usize::try_from(differences).unwrap_or(usize::MAX);
    sign_flip_power(count, effect, level).is_some_and(|power| power >= POWER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Resampling, Values, design, sign_flip};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    /// The share of simulated samples that the test itself rejects.
    fn simulated(differences: usize, effect: f64, level: f64) -> f64 {
        const ROUNDS: usize = 2_000;
        let mut random = ChaCha8Rng::seed_from_u64(differences as u64);
        let mut uniform = || (f64::from(random.next_u32()) + 0.5) / 4_294_967_296.0;
        let mut found = 0;
        for _ in 0..ROUNDS {
            let mut normal = || (-2.0 * f64::ln(uniform())).sqrt() * (std::f64::consts::TAU * uniform()).cos();
            let values: Vec<f64> = (0..differences).map(|_| effect + normal()).collect();
            let p = sign_flip::sign_flip(Values::new(&values).unwrap(), Resampling::default());
            found += usize::from(p.value <= level);
        }
        found as f64 / ROUNDS as f64
    }

    #[test]
    fn it_is_the_test_of_the_row_that_has_the_power() {
        for family in [1, 3, 10, 55] {
            let level = 0.05 / family as f64;
            for effect in [0.6, 1.0, 1.5, 4.0] {
                let n = differences(effect, level).unwrap() as usize;
                assert!(n >= design::least_blocks(0.05, family).unwrap(), "{family} tests, effect {effect}: {n}");
                if n <= 20 {
                    let power = simulated(n, effect, level);
                    assert!(power >= POWER - 0.05, "{family} tests, effect {effect}: power {power} in {n} blocks");
                    let fewer = simulated(n - 1, effect, level);
                    assert!(
                        fewer <= POWER + 0.05,
                        "{family} tests, effect {effect}: power {fewer} in {} blocks",
                        n - 1
                    );
                }
            }
        }
    }

    #[test]
    fn of_few_blocks_a_t_test_would_promise_too_much() {
        // A t test finds 4 standard deviations in 3 blocks; five blocks have no p of 5 %, and ten are the least of ten tests.
        let confidence = Confidence::new(0.95).unwrap();
        assert_eq!(power::blocks_for_effect(4.0, 1.0, POWER, confidence), Some(3));
        assert_eq!((differences(4.0, 0.05), differences(4.0, 0.05 / 10.0)), (Some(6), Some(9)));
    }

    #[test]
    fn where_nobody_measures_so_many_there_is_none() {
        assert_eq!((differences(1e-9, 0.05), differences(0.0, 0.05), differences(f64::NAN, 0.05)), (None, None, None));
        // Beyond what the power of sign flips is computed for, the t test's number stands.
        assert!(differences(0.05, 0.05).unwrap() > MOST_BLOCKS as u64);
        assert_eq!((differences(1.0, 0.0), differences(1.0, 1.0)), (None, None));
    }
}
