//! Intervals of dependent values against an independent computation, and what must hold of any.

#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that fails is to stop")]

#[path = "golden/read.rs"]
mod read;

use meshbench_stats::dependent::{Dependent, MOST};
use meshbench_stats::{Confidence, Values};
use proptest::prelude::*;
use read::{close, golden, list, number, numbers};

#[test]
fn series() {
    for case in list(&golden("dependent")["cases"]) {
        let name = case["name"].as_str().unwrap();
        let values = numbers(&case["values"]);
        let spread = values.iter().fold(0.0f64, |most, x| most.max((x - values[0]).abs()));
        let found = Dependent::new(Values::new(&values).unwrap()).unwrap();
        close(found.correlation(), number(&case["correlation"]).unwrap(), 0.0, name);
        for row in list(&case["intervals"]) {
            let [level, low, high] = [0, 1, 2].map(|at| number(&row[at]).unwrap());
            let interval = found.interval(Confidence::new(level).unwrap()).interval.unwrap();
            // Values far from zero are what they are to a part of their own size only.
            close(interval.low - values[0], low.min(found.interval(Confidence::P95).value) - values[0], spread, name);
            close(interval.high - values[0], high.max(found.interval(Confidence::P95).value) - values[0], spread, name);
        }
        for row in list(&case["above"]) {
            let [at, above] = [0, 1].map(|at| number(&row[at]).unwrap());
            close(found.above(at), above, 0.0, name);
            assert!((found.above(at) + found.below(at) - 1.0).abs() < 1e-12);
        }
    }
}

proptest! {
    #[test]
    fn intervals_scale_shift_and_hold_the_mean(
        values in proptest::collection::vec(-1e3..1e3f64, 2..40),
        factor in 1e-6..1e6f64,
        shift in -1e3..1e3f64,
    ) {
        let Some(found) = Dependent::new(Values::new(&values).unwrap()) else { return Ok(()) };
        let located = found.interval(Confidence::P95);
        let interval = located.interval.unwrap();
        let width = interval.high - interval.low;
        prop_assert!(interval.low <= located.value && located.value <= interval.high && width > 0.0);
        prop_assert!((0.0..=MOST).contains(&found.correlation()));
        let moved: Vec<f64> = values.iter().map(|x| factor * (x + shift)).collect();
        let other = Dependent::new(Values::new(&moved).unwrap()).unwrap().interval(Confidence::P95).interval.unwrap();
        let back = |x: f64| x / factor - shift;
        // A shift costs digits of small values.
        let slack = 1e-7 * width + 1e-9 * shift.abs();
        prop_assert!((back(other.low) - interval.low).abs() <= slack && (back(other.high) - interval.high).abs() <= slack);
        let wider = found.interval(Confidence::new(0.99).unwrap()).interval.unwrap();
        prop_assert!(wider.low < interval.low && wider.high > interval.high);
        for at in [interval.low - width / 9.0, interval.low + width / 9.0, interval.high + width / 9.0] {
            let inside = at > interval.low && at < interval.high;
            prop_assert_eq!(found.p(at).unwrap().value > 0.05, inside);
        }
    }
}
