//! What can be wrong with a claims file, and where.

use std::ops::Range;

/// A claims file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClaimsError {
    /// No file and no built-in list of claims has this name.
    #[error("{0}; these are built in, of your own give the path of a TOML file")]
    Unknown(meshbench_terminal::Unknown),
    /// The file exists and cannot be read.
    #[error("cannot read the claims {path}: {cause}")]
    Read {
        /// The path as it was given.
        path: String,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// The file is far too large for claims.
    #[error("{path} is larger than {limit} bytes, so these are no claims that someone wrote; split it")]
    TooLarge {
        /// The path as it was given.
        path: String,
        /// The most that is read.
        limit: u64,
    },
    /// The text is not a valid list of claims.
    #[error("{origin}, line {line}, column {column}: {message}")]
    Invalid {
        /// The file or built-in name.
        origin: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// What is wrong, and what to write instead.
        message: String,
    },
}

/// A text with its name, which knows the line and column of a place.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) origin: &'a str,
    pub(super) text: &'a str,
}

impl Text<'_> {
    /// The error that something at `span` is wrong.
    pub(super) fn invalid(self, span: Range<usize>, message: impl Into<String>) -> ClaimsError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        let line = before.matches('\n').count() + 1;
        // A name from a terminal or file may hold anything.
        let origin = self.origin.escape_debug().to_string();
        ClaimsError::Invalid { origin, line, column, message: message.into() }
    }
}
