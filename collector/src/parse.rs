//! Parsers of what the measuring tools print: pure functions from bytes to typed values.
//!
//! The live collector and the importer of foreign datasets call the same functions, so whatever a
//! tool, a shell or a broken connection can do to its output is dealt with here, once. Three rules:
//!
//! * a number that was not printed completely, or not printed at all, is absent, never zero;
//! * what was odd but readable is read, and said in a [`Note`];
//! * what cannot be read is a [`ParseError`] that says what, where and what to look at, never a panic.
//!
//! Units are base units (seconds, bytes, bit/s, ratios), whatever the tool's own are.

pub mod ffmpeg;
pub mod hyperfine;
pub mod iperf3;
pub(crate) mod json;
mod note;
pub(crate) mod outline;
pub mod ping;
pub mod qperf;
pub mod rist;
pub(crate) mod scalar;
pub mod tc;
pub(crate) mod text;

pub use note::Note;
pub(crate) use note::Notes;

/// Why a tool's output could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Nothing but white space, NUL bytes or a byte order mark.
    #[error("{tool} wrote nothing: look at its exit status and its standard error")]
    Empty {
        /// The tool whose output was expected.
        tool: &'static str,
    },
    /// Readable, but the output of something else.
    #[error("this is not {tool} output but {found}: check which file or command it came from")]
    NotThis {
        /// The tool whose output was expected.
        tool: &'static str,
        /// What was found instead, shortened and printable.
        found: String,
    },
    /// Output that is understood well enough to know that it must not be read: another tool's, another
    /// language's or another version's.
    #[error("this is {found}, which is not read as {tool} output: {help}")]
    Unsupported {
        /// The tool whose output was expected.
        tool: &'static str,
        /// The format that was found, by its name.
        found: String,
        /// What is read instead, or how to get it.
        help: &'static str,
    },
    /// The tool's output, broken before the first usable value.
    #[error("{tool} output is broken at line {line}, column {column}: {what}; the raw output is kept in the artifact")]
    Malformed {
        /// The tool whose output was expected.
        tool: &'static str,
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// The tool's output, without a single measurement in it.
    #[error("{tool} reported no measurement: {what}")]
    NoData {
        /// The tool whose output was expected.
        tool: &'static str,
        /// What the tool said instead.
        what: String,
    },
}
