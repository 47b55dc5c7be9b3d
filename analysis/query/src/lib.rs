//! SQL over a dataset, with DuckDB: every table of the dataset and every stage of the analysis is a view with
//! documented columns, and one `SELECT` is run on them.
//!
//! A query can read the views and nothing else. Three things see to that, in this order:
//!
//! 1. DuckDB's own parser has to find exactly one statement, a `SELECT` (which `FROM`, `VALUES`, `DESCRIBE`,
//!    `SUMMARIZE` and `SHOW` are, too), that calls no table function but those of a short list. Some of the others
//!    write files whatever the configuration says.
//! 2. DuckDB may open the files of the views, and no others; no extension is loaded, nothing goes to disk, and
//!    the configuration is locked.
//! 3. Memory, threads and time have limits.
//!
//! This is the only crate that links DuckDB.

mod database;
mod error;
mod gate;
mod output;
mod views;

pub use database::{Database, Limits, version};
pub use error::QueryError;
pub use gate::TABLE_FUNCTIONS;
pub use output::Format;
pub use views::Views;
