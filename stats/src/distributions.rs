//! Distributions of statistics under the null hypothesis, by formula or by counting, and their quantiles.

pub(crate) mod arrangements;
pub(crate) mod combinations;
pub mod counts;
pub mod noncentral_t;
pub(crate) mod rank_sums;
pub mod student;
pub mod studentized_range;
pub(crate) mod subset_sums;
pub(crate) mod tails;
