//! P values from random draws, the same for every number of threads.

use crate::random::{self, PIECE, Resampling};
use crate::{Computed, PValue};
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

/// The p value of so many draws: `start` makes what a piece of the work draws into; `as_extreme` draws once and says
/// whether the result is at least as extreme as the observed one.
pub fn drawn<S>(
    resampling: Resampling,
    start: impl Fn() -> S + Sync,
    as_extreme: impl Fn(&mut S, &mut ChaCha8Rng) -> bool + Sync,
) -> PValue {
    let extreme = count(resampling, |generator, draws| {
        let mut state = start();
        (0..draws).filter(|_| as_extreme(&mut state, generator)).count() as u64
    });
    p_value(extreme, resampling, 0.0)
}

/// Puts the items into a random order, each equally likely (Durstenfeld, 1964).
pub fn shuffle<T>(items: &mut [T], generator: &mut ChaCha8Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, random::index(generator, last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_every_draw_once() {
        let resampling = Resampling { seed: 1, resamples: 1000 };
        let all = drawn(resampling, || (), |(), _| true);
        assert_eq!((all.value, all.computed), (1.0, Computed::MonteCarlo { resamples: 1000 }));
        assert_eq!(drawn(resampling, || (), |(), _| false).value, 1.0 / 1001.0);
        assert_eq!(drawn(Resampling { seed: 1, resamples: 0 }, || (), |(), _| true).value, 1.0);
    }

    #[test]
    fn every_order_is_as_likely() {
        let mut generator = Resampling { seed: 3, resamples: 0 }.stream(0);
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..6000 {
            let mut items = [0, 1, 2];
            shuffle(&mut items, &mut generator);
            *seen.entry(items).or_insert(0) += 1;
        }
        // Four standard errors of a share of one sixth.
        assert!(seen.len() == 6 && seen.values().all(|&count| (880..=1120).contains(&count)), "{seen:?}");
    }
}
