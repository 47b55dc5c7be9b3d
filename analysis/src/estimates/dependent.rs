//! Means of blocks that may depend on each other.

use crate::stats::dependent::Dependent;
use crate::stats::{Confidence, Interval, Located, Values};
use meshbench_schemas::catalogue::Scale;

/// The mean of values in the order of their blocks, geometric on the log scale where all are above zero, with an interval that
/// allows for neighbours being correlated; and the scale that it was. `None` for fewer than two values and for equal ones.
pub fn mean(values: &[f64], scale: Scale, confidence: Confidence) -> Option<(Located, Scale)> {
    let log = scale == Scale::Log && values.iter().all(|value| *value > 0.0);
    if !log {
        return Some((Dependent::new(Values::new(values).ok()?)?.interval(confidence), Scale::Linear));
    }
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    let found = Dependent::new(Values::new(&logs).ok()?)?.interval(confidence);
    let value = found.value.exp();
    let back = |at: Interval| Interval::around(value, at.low.exp(), at.high.exp(), at.confidence);
    Some((Located { value, interval: found.interval.and_then(back) }, Scale::Log))
}
