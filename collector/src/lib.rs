//! Collecting measurements: running the matrix in the embedded lab, and importing campaigns that
//! other frameworks measured. Both write the same dataset, through the same parsers and records.

pub mod cli;
pub mod host;
pub mod impairment;
pub mod import;
pub mod lab;
pub mod matrix;
pub mod parse;
pub mod plan;
pub mod record;
pub mod system;
pub mod ui;
pub mod workload;
