//! What methods take: checked values, blocks and groups of them, and what sums them up without regard to their order.

pub mod blocks;
pub(crate) mod exact_sum;
pub mod groups;
pub mod input;
pub mod midranks;
pub mod quantile;
pub mod summary;
pub mod ties;
