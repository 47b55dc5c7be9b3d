//! A p value from random draws, the same for every number of threads.

use super::random::{self, PIECE};
use super::{Computed, PValue, Resampling};
use rand_chacha::ChaCha8Rng;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// (1 + as extreme)/(1 + drawn) (Phipson and Smyth, 2010). `start` makes what a piece of the work draws into;
/// `as_extreme` draws once and says whether the result is at least as extreme as the observed one.
pub(crate) fn p_value<S>(
    resampling: Resampling,
    start: impl Fn() -> S + Sync,
    as_extreme: impl Fn(&mut S, &mut ChaCha8Rng) -> bool + Sync,
) -> Option<PValue> {
    let Resampling { resamples, .. } = resampling;
    let piece = |number: u64| {
        let mut generator = resampling.stream(number);
        let mut drawn = start();
        let first = number * PIECE;
        let end = first.saturating_add(PIECE).min(resamples);
        (first..end).filter(|_| as_extreme(&mut drawn, &mut generator)).count() as u64
    };
    let extreme: u64 = (0..resamples.div_ceil(PIECE)).into_par_iter().map(piece).sum();
    let drawn = 1.0 + resamples as f64;
    PValue::new((1.0 + extreme as f64) / drawn, Computed::MonteCarlo { resamples }, Some(1.0 / drawn))
}

/// Puts the items into a random order, each equally likely (Durstenfeld, 1964).
pub(crate) fn shuffle<T>(items: &mut [T], generator: &mut ChaCha8Rng) {
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
        let all = p_value(resampling, || (), |(), _| true).unwrap();
        assert_eq!((all.value, all.computed), (1.0, Computed::MonteCarlo { resamples: 1000 }));
        assert_eq!(p_value(resampling, || (), |(), _| false).unwrap().value, 1.0 / 1001.0);
        assert_eq!(p_value(Resampling { seed: 1, resamples: 0 }, || (), |(), _| true).unwrap().value, 1.0);
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
