//! How values behave: whether neighbours are alike, drift, fall into two groups, lie apart, or go together.

pub mod autocorrelation;
pub mod correlation;
pub mod dip;
pub mod drift;
pub mod mser;
pub mod outliers;
