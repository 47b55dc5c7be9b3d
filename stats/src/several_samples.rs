//! Several samples at once: tests of all, the pairs that follow them, ranks, and scores over many metrics.

pub mod composite;
pub mod dunn;
pub mod durbin;
pub mod friedman;
pub mod games_howell;
pub mod kruskal_wallis;
pub(crate) mod laplacian;
pub mod letters;
pub mod nemenyi;
pub mod rank;
pub mod rank_bootstrap;
pub mod rank_intervals;
pub mod skillings_mack;
pub mod welch_anova;
