//! What can go wrong while a report is written.

use std::path::PathBuf;

/// Why there is no report; each message reads after "failed to write the report: ".
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file could not be written.
    #[error("cannot write `{}`", path.display())]
    Io {
        /// The file, relative to the report's folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An estimate names a metric that the catalogue of this version does not have.
    #[error(
        "the estimates hold metric `{0}`, which this version does not know; write the report with the version that made the estimates"
    )]
    UnknownMetric(String),
    /// The bundled font cannot be used.
    #[error("the bundled font is unusable; the program was built wrongly")]
    Font,
    /// A figure could not be drawn.
    #[error("cannot draw figure `{figure}`: {what}")]
    Figure {
        /// The figure's name.
        figure: String,
        /// What went wrong.
        what: String,
    },
}
