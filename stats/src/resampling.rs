//! Seeded resamples whose results do not depend on the number of threads.

pub mod bootstrap;
pub(crate) mod lanes;
pub(crate) mod monte_carlo;
pub mod random;
