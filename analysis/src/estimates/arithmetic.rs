//! The arithmetic mean beside estimates that are something else: what papers and other tools print.

use crate::options::Options;
use crate::stats::t_interval::mean_t;
use crate::stats::{Located, Values, summary};
use meshbench_schemas::catalogue::Scale;

/// The mean over blocks of each block's mean over its links, with t over blocks (or with what allows for their dependence,
/// where that is asked for); of one block the mean over its links, with t over these. `None` where there is no block.
pub fn mean(blocks: &[Vec<f64>], options: &Options) -> Option<Located> {
    let values: Vec<f64> = match blocks {
        [links] => links.clone(),
        blocks => blocks.iter().map(|links| Some(summary::mean(Values::new(links).ok()?))).collect::<Option<_>>()?,
    };
    let dependent = if options.dependent() && blocks.len() > 1 {
        super::dependent::mean(&values, Scale::Linear, options.confidence).map(|(located, _)| located)
    } else {
        None
    };
    Some(dependent.unwrap_or(mean_t(Values::new(&values).ok()?, options.confidence)))
}
