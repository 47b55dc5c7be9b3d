//! Reports: what a thesis, a reviewer and a browser read of an analysed campaign.
//!
//! [`write()`] takes the rows of the stage tables and fills a folder: LaTeX tables, figures as SVG, PDF
//! and PNG, `numbers.tex` with a macro for every number, and one static page. Nothing is computed here
//! that analysis could have said; the one exception is the pooled success table ([`success`]).
//!
//! Two rules run through all of it. A number is never shown without its n, its interval and what the
//! interval covers; what has no number is said in words, never drawn as zero. And the same input gives
//! the same bytes.

pub mod escape;
pub mod figure;
pub mod number;
pub mod success;
pub mod units;

mod cell;
mod compare;
mod error;
mod findings;
mod grid;
mod html;
mod latex;
mod notes;
mod numbers;
mod order;
mod page;
mod render;
mod view;
pub mod words;
mod write;

#[cfg(test)]
mod compiles;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod golden;

pub use error::ReportError;
pub use write::write;

use meshbench_schemas::stage::Stages;
use meshbench_schemas::table::Symbol;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a report is made from.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// Every stage. Of the run values only those of `ok` attempts are drawn. What an empty table would show is left out.
    pub stages: &'a Stages,
    /// What was found in the dataset; gives titles to the codes in columns `findings`.
    pub findings: &'a [FindingNote],
    /// How p values were adjusted within their families.
    pub adjustment: Adjustment,
    /// Where they come from.
    pub campaign: Campaign,
}

/// How p values were adjusted within a family, which decides what the sentences about them may claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Adjustment {
    /// Holm: bounds the probability of any false difference.
    #[default]
    Holm,
    /// Benjamini and Hochberg: bounds the expected share of false differences.
    BenjaminiHochberg,
}

/// One finding, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingNote {
    /// Its code, as in the columns `findings`.
    pub code: String,
    /// How bad it is: `error`, `warning` or `note`.
    pub severity: String,
    /// What the code stands for, without a full stop.
    pub title: String,
    /// What was seen, in numbers.
    pub evidence: String,
    /// What it concerns; empty for the whole dataset.
    pub where_: String,
}

/// What a reader must know about a campaign as a whole.
#[derive(Debug, Clone, Default)]
pub struct Campaign {
    /// Its name.
    pub name: String,
    /// The program that made the dataset.
    pub producer: String,
    /// The version of meshbench that made the report.
    pub version: String,
    /// Systems' labels for people; a system without one is shown by its id.
    pub labels: BTreeMap<Symbol, String>,
    /// Findings and remarks on the whole campaign, one sentence each.
    pub notes: Vec<String>,
}

/// Hears how far the work has come.
pub trait Progress {
    /// `done` of `total` steps are finished, the last of them `what`.
    fn step(&self, done: usize, total: usize, what: &str);
}

/// A listener that does not listen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _done: usize, _total: usize, _what: &str) {}
}

/// What was written: paths relative to the report's folder, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// LaTeX tables.
    pub tables: Vec<PathBuf>,
    /// Figures, three files each.
    pub figures: Vec<PathBuf>,
    /// `numbers.tex` and `index.html`.
    pub others: Vec<PathBuf>,
    /// Keys in `numbers.tex`.
    pub numbers: usize,
}
