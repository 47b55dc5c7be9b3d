//! How the two programs speak with people: tables and sentences that know how wide the terminal is, words that were
//! nearly right, and what a program says of itself.
//!
//! Nothing in here writes to the terminal: a program's own `ui` module does.

pub mod file;
pub mod guide;
mod one_of;
mod page;
mod table;
mod words;

pub use one_of::OneOf;
pub use page::{Page, Screen};
pub use table::{Cell, Column, Table};
pub use words::{Known, Unknown, near, suggest};
