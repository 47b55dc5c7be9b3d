//! Intervals of one sample: of a mean, a median, a share, of a cell's blocks, and of several at once.

pub mod dependent;
pub mod of_blocks;
pub mod order_statistic;
pub mod simultaneous;
pub mod t_interval;
pub mod wilson;
