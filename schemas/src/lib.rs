//! The words, the dataset format and the metric catalogue of meshbench.
//!
//! Everything that two programs have to agree on lives here and nowhere else: what an attempt's
//! outcome may be ([`outcome`]), which metrics exist ([`catalogue`]) and what their values can be
//! ([`possible`]), what may be odd about a run ([`note`]), which columns each table has
//! ([`tables`] for the dataset, [`stage`] for what the analysis derives from it, [`printed`] for what
//! one command prints; [`list`] is all of them), how the manifest looks ([`manifest`]) and how a
//! dataset is written, read and verified ([`dataset`]).

pub mod catalogue;
pub mod dataset;
pub mod fact;
pub mod finding;
pub mod list;
pub mod manifest;
pub mod metrics;
pub mod named;
pub mod note;
pub mod outcome;
pub mod possible;
pub mod printed;
pub mod schema;
pub mod set;
pub mod stage;
pub mod table;
pub mod tables;
pub mod warning;
pub mod words;
mod workload;
