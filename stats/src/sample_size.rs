//! How many blocks, links and runs are enough: before a campaign, and while it goes on.

pub mod design;
pub mod planning;
pub mod power;
pub mod stopping;
pub mod variance_components;
