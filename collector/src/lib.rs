//! Collecting measurements: running a matrix on hosts or in the embedded lab, and importing campaigns that
//! other frameworks measured. All write the same dataset, through the same parsers and records.

pub mod agent;
pub mod campaign;
pub mod clean;
pub mod cli;
pub mod doctor;
pub mod host;
pub mod impairment;
pub mod import;
pub mod lab;
pub mod matrix;
pub mod names;
pub mod parse;
pub mod plan;
pub mod record;
pub mod secrets;
pub mod spawn;
pub mod stopping;
pub mod system;
pub mod text;
pub mod tuning;
pub mod ui;
pub mod units;
pub mod workload;
