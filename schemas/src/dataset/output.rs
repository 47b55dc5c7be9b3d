//! Where an output can be made. One rule for every command that writes: the folder that an output is to stand in has to be
//! there already. Nothing is made until that is known, so a refusal leaves nothing behind, and a mistyped path is an error
//! before days of measurement end in a place that nobody meant.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Why an output cannot be made where it was asked for. Nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Such as `..` or `/`.
    #[error("failed to create the output {}: this is not the name of a file or folder; give it a name", .0.display())]
    NoName(PathBuf),
    /// The folder that it is to stand in is not there.
    #[error(
        "failed to create the output {}: there is no folder {}; make it first (`mkdir -p {}`), or choose another output",
        output.display(),
        folder.display(),
        super::instead::quoted(folder)
    )]
    NoFolder {
        /// The output.
        output: PathBuf,
        /// The folder that it is to stand in.
        folder: PathBuf,
    },
    /// What it is to stand in is something else.
    #[error("failed to create the output {}: {} is no folder; choose another output", output.display(), folder.display())]
    NotAFolder {
        /// The output.
        output: PathBuf,
        /// What it is to stand in.
        folder: PathBuf,
    },
    /// It is there already.
    #[error("failed to create the output {}: it exists already; choose another output, or remove it", .0.display())]
    Exists(PathBuf),
    /// The system does not let us.
    #[error("failed to create the output {}: {source}; choose an output in a folder that you can write to", output.display())]
    Refused {
        /// The output.
        output: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl OutputError {
    /// Wraps an I/O error of making `output`.
    pub fn refused(output: &Path) -> impl FnOnce(io::Error) -> Self {
        let output = output.to_owned();
        move |source| match source.kind() {
            ErrorKind::AlreadyExists => Self::Exists(output),
            _ => Self::Refused { output, source },
        }
    }

    /// Whether this machine failed; else the command line names a place where nothing can be made.
    pub fn is_failure(&self) -> bool {
        let of_machine = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::OutOfMemory];
        matches!(self, Self::Refused { source, .. } if of_machine.contains(&source.kind()))
    }
}

/// The folder that an output is to stand in, which is there.
///
/// # Errors
/// Where the output has no name, or that folder is none; nothing is made.
pub fn folder_of(output: &Path) -> Result<PathBuf, OutputError> {
    if output.file_name().is_none() {
        return Err(OutputError::NoName(output.to_owned()));
    }
    let named = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = named.unwrap_or(Path::new(".")).to_owned();
    let output = output.to_owned();
    match fs::metadata(&folder) {
        Ok(metadata) if metadata.is_dir() => Ok(folder),
        Ok(_) => Err(OutputError::NotAFolder { output, folder }),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(OutputError::NoFolder { output, folder }),
        Err(source) => Err(OutputError::Refused { output, source }),
    }
}

/// Makes a folder for `output`: the output itself, or one beside it that becomes the output.
///
/// # Errors
/// As [`folder_of`], and where the folder is there already or cannot be made.
pub fn make(folder: &Path, output: &Path) -> Result<(), OutputError> {
    folder_of(output)?;
    fs::create_dir(folder).map_err(OutputError::refused(output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_an_output_has_to_be_there_and_is_never_made() {
        let base = tempfile::tempdir().unwrap();
        fs::write(base.path().join("file"), "").unwrap();
        for (output, words) in [
            ("no/ds", "there is no folder"),
            ("no/such/ds", "mkdir -p"),
            ("file/ds", "is no folder"),
            ("file/x/ds", "failed to create the output"),
            ("..", "not the name"),
        ] {
            let output = base.path().join(output);
            let error = make(&output, &output).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
            assert!(error.to_string().contains(&output.display().to_string()), "{error}");
            assert!(!error.is_failure(), "{error}");
        }
        let left: Vec<_> = fs::read_dir(base.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        let output = base.path().join("ds");
        make(&output, &output).unwrap();
        assert!(make(&output, &output).unwrap_err().to_string().contains("exists"));
        assert_eq!(folder_of(Path::new("ds")).unwrap(), Path::new("."));
    }

    #[test]
    fn a_full_disk_is_a_failure_and_a_forbidden_place_a_mistake() {
        let of = |kind: ErrorKind| OutputError::refused(Path::new("ds"))(kind.into()).is_failure();
        assert!(of(ErrorKind::StorageFull) && of(ErrorKind::QuotaExceeded));
        assert!(!of(ErrorKind::PermissionDenied) && !of(ErrorKind::ReadOnlyFilesystem));
    }
}
