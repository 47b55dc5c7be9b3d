//! What can be wrong with a matrix.

use crate::system::SystemFileError;
use meshbench_terminal::Unknown;
use miette::{Diagnostic, NamedSource, SourceSpan};
use std::ops::Range;
use std::sync::Arc;

/// A matrix that cannot be used, with the place in the file that is wrong.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum MatrixError {
    /// No file and no embedded matrix has this name.
    #[error("{0}")]
    #[diagnostic(help(
        "these are built in; of your own give the path of a TOML file (`collect init` makes one to start from)"
    ))]
    Unknown(Unknown),
    /// The file exists and cannot be read.
    #[error("failed to read the matrix {path}: {cause}")]
    Read {
        /// The path as it was given.
        path: String,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// The text is not a valid matrix.
    #[error("{origin}, line {line}, column {column}: {message}")]
    Invalid {
        /// The file or built-in name.
        origin: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// What is wrong and what is allowed.
        message: String,
        /// The whole text, for display.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// The place in the text.
        #[label("here")]
        span: SourceSpan,
    },
    /// A system that the matrix names cannot be used.
    #[error("{origin}, line {line}, column {column}: the system `{reference}` cannot be used: {cause}")]
    System {
        /// The matrix: a file or built-in name.
        origin: String,
        /// Counted from 1, in the matrix.
        line: usize,
        /// Counted from 1, in characters, in the matrix.
        column: usize,
        /// How the matrix names the system.
        reference: String,
        /// The whole text of the matrix, for display.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// The place in the matrix.
        #[label("named here")]
        span: SourceSpan,
        /// What is wrong with the system, and where in its own file.
        #[diagnostic_source]
        cause: Box<dyn Diagnostic + Send + Sync>,
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
    pub(super) fn invalid(self, span: Range<usize>, message: impl Into<String>) -> MatrixError {
        let (line, column) = self.place(span.start);
        let (origin, message, text) = (self.origin.to_owned(), message.into(), self.source());
        MatrixError::Invalid { origin, line, column, message, text, span: (span.start, span.len()).into() }
    }

    /// The error that the system named at `span` is wrong.
    pub(super) fn system(self, span: Range<usize>, reference: &str, cause: SystemFileError) -> MatrixError {
        let (line, column) = self.place(span.start);
        let (origin, reference, text) = (self.origin.to_owned(), reference.to_owned(), self.source());
        let (cause, span) = (Box::new(cause), (span.start, span.len()).into());
        MatrixError::System { origin, line, column, reference, text, span, cause }
    }

    fn source(self) -> Arc<NamedSource<String>> {
        Arc::new(NamedSource::new(self.origin, self.text.to_owned()).with_language("TOML"))
    }

    fn place(self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        (before.matches('\n').count() + 1, column)
    }
}
