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

pub mod adjust;
mod arrangements;
pub mod autocorrelation;
pub mod blocks;
pub mod correlation;
pub mod dunn;
pub mod durbin;
pub mod friedman;
pub mod games_howell;
pub mod groups;
pub mod input;
pub mod kaplan_meier;
pub mod kruskal_wallis;
mod laplacian;
pub mod letters;
pub mod log_rank;
pub mod midranks;
mod monte_carlo;
pub mod mser;
pub mod nemenyi;
pub mod order_statistic;
pub mod p_value;
pub mod proportions;
pub mod quantile;
pub mod random;
pub mod skillings_mack;
pub mod studentized_range;
pub mod summary;
pub mod t_interval;
mod tails;
pub mod welch_anova;
pub mod wilson;

pub use blocks::{BadBlocks, Blocks, Incomplete};
pub use groups::{BadGroups, Groups, Pair, pairs};
pub use input::{BadConfidence, BadValues, Confidence, Interval, Values};
pub use p_value::{Computed, PValue};
pub use random::Resampling;
pub use t_interval::Located;
