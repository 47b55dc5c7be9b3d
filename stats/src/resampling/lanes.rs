//! Many random indices at once.

use crate::random::Die;
use rand::Rng;
use rand_xoshiro::rand_core::SeedableRng;
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

/// Generators that run side by side: enough to fill the widest vector registers several times.
const LANES: usize = 32;

/// Indices of one step of all lanes.
pub(crate) const STEP: usize = 4 * LANES;

/// Up to so many sides two indices come out of 32 bits, and at most one pair in 256 has to be drawn again.
const MOST: u64 = 4096;

const LOW: u64 = 0xffff_ffff;

/// As many [`Xoshiro256PlusPlus`] as there are lanes, in step, so that one instruction serves several of them.
///
/// Which instructions there are is found out when the program runs; the numbers are the same whatever they are.
#[derive(Debug, Clone)]
pub(crate) struct Lanes {
    states: [[u64; LANES]; 4],
    single: Xoshiro256PlusPlus,
}

impl Lanes {
    /// Lanes that are seeded from a `generator`, through SplitMix64 as the authors of Xoshiro advise.
    pub(crate) fn new(mut generator: Xoshiro256PlusPlus) -> Self {
        let mut seeds = SplitMix64::seed_from_u64(generator.next_u64());
        let mut states = [[0; LANES]; 4];
        states.iter_mut().flatten().for_each(|word| *word = seeds.next_u64());
        Self { states, single: generator }
    }

    /// Fills `indices` with numbers below `sides`, every combination of them equally likely. Fastest where their
    /// count is a multiple of [`STEP`] and there are at most 4096 sides.
    pub(crate) fn fill(&mut self, sides: usize, indices: &mut [u64]) {
        let (steps, rest) = if sides as u64 <= MOST { indices.as_chunks_mut() } else { (&mut [][..], indices) };
        if !steps.is_empty() {
            let sides = sides as u64;
            let redraw_below = (1 << 32) % (sides * sides).max(1);
            pulp::Arch::new().dispatch(|| {
                for step in steps {
                    while !self.step(sides, redraw_below, step) {}
                }
            });
        }
        if !rest.is_empty() {
            let mut rest = rest.iter_mut();
            Die::new(sides).roll(&mut self.single, rest.len(), |rolled| {
                rest.by_ref().zip(rolled).for_each(|(index, &rolled)| *index = rolled as u64);
            });
        }
    }

    /// One step of all lanes, of which each gives 64 bits, of which each half gives two indices, as in [`Die`]: the
    /// upper half of the product with `sides` is an index, the lower one serves the next. False where any pair of
    /// indices has to be drawn again; then all are.
    #[inline(always)]
    fn step(&mut self, sides: u64, redraw_below: u64, indices: &mut [u64; STEP]) -> bool {
        let (first, others) = indices.split_at_mut(LANES);
        let (second, others) = others.split_at_mut(LANES);
        let (third, fourth) = others.split_at_mut(LANES);
        let [a, b, c, d] = &mut self.states;
        let places = first.iter_mut().zip(second).zip(third).zip(fourth);
        let mut borrowed = 0;
        for ((((((first, second), third), fourth), a), b), (c, d)) in places.zip(a).zip(b).zip(c.iter_mut().zip(d)) {
            let word = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
            let shifted = *b << 17;
            *c ^= *a;
            *d ^= *b;
            *b ^= *c;
            *a ^= *d;
            *c ^= shifted;
            *d = d.rotate_left(45);
            // Below 2³² times at most 2¹²: nothing wraps.
            let product = (word & LOW).wrapping_mul(sides);
            *first = product >> 32;
            let product = (product & LOW).wrapping_mul(sides);
            *second = product >> 32;
            borrowed |= (product & LOW).wrapping_sub(redraw_below);
            let product = (word >> 32).wrapping_mul(sides);
            *third = product >> 32;
            let product = (product & LOW).wrapping_mul(sides);
            *fourth = product >> 32;
            borrowed |= (product & LOW).wrapping_sub(redraw_below);
        }
        borrowed >> 63 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Resampling;

    #[test]
    fn lanes_are_generators_of_their_own() {
        let mut lanes = Lanes::new(Resampling::default().fast_stream(3));
        let mut singles: Vec<Xoshiro256PlusPlus> = (0..LANES)
            .map(|lane| {
                let mut seed = [0; 32];
                for (bytes, state) in seed.chunks_exact_mut(8).zip(&lanes.states) {
                    bytes.copy_from_slice(&state[lane].to_le_bytes());
                }
                Xoshiro256PlusPlus::from_seed(seed)
            })
            .collect();
        let mut indices = [0; 3 * STEP];
        // A power of two never has to be drawn again, and takes the leading bits as they are.
        lanes.fill(1 << 8, &mut indices);
        for step in indices.chunks(STEP) {
            for (lane, single) in singles.iter_mut().enumerate() {
                let bytes = single.next_u64().to_le_bytes();
                let found = [3, 2, 1, 0].map(|part| step[lane + part * LANES]);
                assert_eq!(found, [bytes[6], bytes[7], bytes[2], bytes[3]].map(u64::from), "lane {lane}");
            }
        }
    }

    #[test]
    fn indices_are_fair_and_do_not_depend_on_each_other() {
        let mut lanes = Lanes::new(Resampling::default().fast_stream(1));
        for sides in [1, 2, 3, 7, 30, 100] {
            let mut indices = vec![0; 40_000 * sides];
            lanes.fill(sides, &mut indices);
            // Beside each other, and from the same 32 bits.
            for apart in [1, LANES, 2 * LANES, STEP] {
                let mut counts = vec![0.0f64; sides * sides];
                for (a, b) in indices.iter().zip(&indices[apart..]) {
                    counts[*a as usize * sides + *b as usize] += 1.0;
                }
                let each = (indices.len() - apart) as f64 / counts.len() as f64;
                let chi2: f64 = counts.iter().map(|count| (count - each).powi(2) / each).sum();
                let degrees = (counts.len() - 1) as f64;
                assert!(chi2 <= degrees + 4.0 * (2.0 * degrees).sqrt(), "{sides} sides: {chi2} at {degrees}");
            }
        }
    }

    #[test]
    fn all_sides_come_up_and_none_beyond() {
        let mut lanes = Lanes::new(Resampling::default().fast_stream(2));
        for sides in [0, 1, 4095, 4096, 4097, 70_000] {
            let mut seen = vec![false; sides.max(1)];
            let mut indices = vec![u64::MAX; 20 * sides + 5];
            lanes.fill(sides, &mut indices);
            for index in indices {
                seen[index as usize] = true;
            }
            assert!(seen.iter().all(|seen| *seen), "{sides} sides");
        }
    }
}
