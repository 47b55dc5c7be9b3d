//! The offline analysis of a meshbench dataset: samples → run values → estimates, each stage a typed
//! table that is also written to disk, and the report made of them.

pub mod campaigns;
pub mod check;
pub mod claims;
pub mod cli;
pub mod compare;
pub mod comparisons;
pub mod error;
pub mod estimates;
pub mod explain;
pub mod frame;
pub mod merge;
mod notes;
pub mod options;
pub mod plan;
pub mod print;
pub mod query;
pub mod report;
pub mod run_values;
pub mod sentence;
pub mod stages;
pub mod summary;
pub mod ui;
pub mod words;

pub use meshbench_stats as stats;

/// What tests of this crate and of its library are made of.
#[cfg(test)]
#[path = "../tests/made"]
mod made {
    pub mod campaign;
    pub mod grammar;
}
