//! Durations of which some were cut off before their end.

pub mod kaplan_meier;
pub mod log_rank;
pub mod stratified_log_rank;
