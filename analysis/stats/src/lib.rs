//! Statistics on plain numbers: no files, no tables, no units of their own.
//!
//! One method a file. Every function says what it estimates, what it assumes, where its formula comes
//! from and when it has no answer. All of them are total: what they need of their input is in the types
//! [`Values`] (finite, at least one) and [`Confidence`] (inside 0 and 1), so nothing here can panic or
//! return NaN. An answer that does not exist is `None`, never a number that looks like one.
//!
//! Results do not depend on the order in which values are added up ([`summary::ExactSum`]), hence not on
//! the number of threads either. `statrs` is used for distribution functions and for nothing else.
//!
//! ```
//! use meshbench_stats::{Confidence, Values, t_interval};
//!
//! let seconds = [8.4, 8.6, 8.5];
//! let mean = t_interval::mean_t(Values::new(&seconds)?, Confidence::P95);
//! assert!((mean.value - 8.5).abs() < 1e-12);
//! assert!(mean.interval.is_some_and(|interval| interval.low < 8.4 && interval.high > 8.6));
//! # Ok::<(), meshbench_stats::BadValues>(())
//! ```

pub use blocks::{BadBlocks, Blocks, Incomplete};
pub use groups::{BadGroups, Groups, Pair, pairs};
pub mod adjust;
mod arrangements;
pub mod autocorrelation;
pub mod blocks;
pub mod bootstrap;
pub mod brunner_munzel;
mod combinations;
pub mod composite;
pub mod correlation;
pub mod dependent;
pub mod design;
pub mod dip;
pub mod drift;
pub mod dunn;
pub mod durbin;
pub mod equivalence;
mod exact_sum;
pub mod friedman;
pub mod games_howell;
pub mod groups;
pub mod input;
pub mod kaplan_meier;
pub mod kruskal_wallis;
mod lanes;
mod laplacian;
pub mod letters;
pub mod log_rank;
pub mod mann_whitney;
pub mod midranks;
mod monte_carlo;
pub mod mser;
pub mod nemenyi;
pub mod noncentral_t;
pub mod of_blocks;
pub mod order_statistic;
pub mod outliers;
pub mod p_value;
mod pairwise;
pub mod permutation;
pub mod planning;
pub mod power;
pub mod proportions;
pub mod quantile;
pub mod random;
pub mod rank;
pub mod rank_bootstrap;
pub mod rank_intervals;
mod rank_sums;
pub mod sign_flip;
pub mod signed_rank;
pub mod simultaneous;
pub mod skillings_mack;
pub mod stopping;
pub mod stratified_log_rank;
pub mod studentized_range;
mod subset_sums;
pub mod summary;
pub mod superiority;
pub mod t_interval;
mod tails;
pub mod ties;
pub mod variance_components;
pub mod welch;
pub mod welch_anova;
pub mod wilson;

pub use input::{BadConfidence, BadValues, Confidence, Interval, Values};
pub use p_value::{Computed, PValue};
pub use random::Resampling;
pub use rank::{Better, Ranks};
pub use t_interval::Located;
