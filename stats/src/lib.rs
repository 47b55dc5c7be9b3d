//! Statistics on plain numbers: no files, no tables, no units of their own.
//!
//! One method a file, in the room of its kind; outside, its name alone is its path. Every function says what it
//! estimates, what it assumes, where its formula comes from and when it has no answer. All of them are total: what they need of their input is in the types
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

mod diagnoses;
mod distributions;
pub mod impairment;
mod intervals;
mod resampling;
mod sample_size;
mod several_samples;
mod survival;
mod two_samples;
mod values;

pub use diagnoses::{autocorrelation, correlation, dip, drift, mser, outliers};
pub use distributions::{counts, noncentral_t, student, studentized_range};
pub use intervals::{dependent, of_blocks, order_statistic, simultaneous, t_interval, wilson};
pub use resampling::{bootstrap, random};
pub use sample_size::{design, planning, power, stopping, variance_components};
pub use several_samples::{
    composite, dunn, durbin, friedman, games_howell, kruskal_wallis, letters, nemenyi, rank, rank_bootstrap,
    rank_intervals, skillings_mack, welch_anova,
};
pub use survival::{kaplan_meier, log_rank, stratified_log_rank};
pub use two_samples::{
    adjust, brunner_munzel, equivalence, mann_whitney, p_value, permutation, proportions, sign_flip, signed_rank,
    superiority, welch,
};
pub use values::{blocks, groups, input, midranks, quantile, summary, ties};

use distributions::{arrangements, combinations, rank_sums, subset_sums, tails};
use resampling::{lanes, monte_carlo};
use several_samples::laplacian;
use two_samples::pairwise;
use values::exact_sum;

pub use blocks::{BadBlocks, Blocks, Incomplete};
pub use groups::{BadGroups, Groups, Pair, pairs};
pub use input::{BadConfidence, BadValues, Confidence, Interval, Values};
pub use p_value::{Computed, PValue};
pub use random::Resampling;
pub use rank::{Better, Ranks};
pub use t_interval::Located;
