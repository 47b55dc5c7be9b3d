//! What an impairment by netem has to come to, and whether echoes over the bare network agree with it.
//!
//! The theory and the rule exist once: a campaign judges its own runs by them, and so does whoever judges its dataset
//! again. Times are in seconds, shares are from 0 to 1.

mod rule;
mod theory;

pub use rule::{Delay, Disagreement, STANDARD_ERRORS, delay, delay_allowance, disagreement, losses_are_no_chance};
pub use theory::{Added, Besides, Distribution, Expectation, Impairment, NoTheory, correlated_share};
