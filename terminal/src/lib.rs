//! How the two programs speak with people: tables and sentences that know how wide the terminal is, and words that
//! were nearly right.
//!
//! Nothing in here writes anywhere: a program's own `ui` module does.

mod page;
mod table;
mod words;

pub use page::Page;
pub use table::{Cell, Column, Table};
pub use words::{Known, Unknown, near};
