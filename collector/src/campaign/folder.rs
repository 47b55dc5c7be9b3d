//! The folder of an unfinished campaign: made, found again, and told from a finished one.

use super::{CampaignError, State, journal, kept};
use crate::matrix::Matrix;
use crate::ui;
use meshbench_schemas::dataset::staging;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The dataset that a path means: somebody may name the unfinished folder itself.
pub fn output_of(path: &Path) -> PathBuf {
    let name = path.file_name().and_then(OsStr::to_str).and_then(|name| name.strip_suffix(".partial"));
    match name {
        Some(name) if path.join(journal::FILE_NAME).is_file() => path.with_file_name(name),
        _ => path.to_owned(),
    }
}

/// The folder of the unfinished campaign that becomes the dataset `output`.
///
/// # Errors
/// [`CampaignError::Finished`] where it has become one, [`CampaignError::Nothing`] where there is none.
pub fn unfinished(output: &Path) -> Result<PathBuf, CampaignError> {
    let folder = staging(output);
    if folder.join(journal::FILE_NAME).is_file() {
        return Ok(folder);
    }
    match output.join(meshbench_schemas::manifest::FILE_NAME).is_file() {
        true => Err(CampaignError::Finished { path: output.to_owned() }),
        false => Err(CampaignError::Nothing { path: folder }),
    }
}

/// An unfinished campaign as it was found.
#[derive(Debug)]
pub struct Begun {
    /// Its folder.
    pub folder: PathBuf,
    /// The matrix that was kept.
    pub matrix: Matrix,
    /// What it has done.
    pub state: State,
}

/// Finds the unfinished campaign that becomes the dataset `output`.
///
/// # Errors
/// As [`unfinished`], and where what was kept at its beginning was changed.
pub fn begun(output: &Path) -> Result<Begun, CampaignError> {
    let folder = unfinished(output)?;
    let state = State::of(&journal::read(&folder)?);
    kept::unchanged(&folder, &state.files)?;
    Ok(Begun { matrix: kept::load(&folder)?, folder, state })
}

/// Prepares the folder of a campaign: makes it, or finds it unfinished with the same matrix and seed.
///
/// Returns whether it goes on with what was there.
pub fn prepare(output: &Path, matrix: &str, base: Option<&Path>, seed: u64) -> Result<bool, CampaignError> {
    let folder = staging(output);
    let fail = |cause| CampaignError::Output { path: output.to_owned(), cause };
    if output.file_name().is_none() {
        return Err(fail(std::io::Error::other("this is not the name of a folder")));
    }
    if output.symlink_metadata().is_ok() {
        return Err(CampaignError::OutputExists { path: output.to_owned() });
    }
    if folder.join(journal::FILE_NAME).is_file() {
        let state = State::of(&journal::read(&folder)?);
        let begun = state.started.as_ref().map(|(_, seed, _)| *seed);
        let what = match begun.filter(|begun| *begun != seed) {
            Some(begun) => Some(format!("the seed: {begun} there, {seed} here")),
            None => kept::differs(&folder, matrix, base)?,
        };
        return match what {
            None => Ok(true),
            Some(what) => Err(CampaignError::Differs { folder, what }),
        };
    }
    // What is left of a start that did not come to a journal is of no use.
    if let Some(parent) = output.parent().filter(|parent| !parent.exists()) {
        std::fs::create_dir_all(parent).map_err(fail)?;
        ui::say(&format!("made the folder {}, which was not there", parent.display()));
    }
    match std::fs::create_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        made => made.map_err(fail)?,
    }
    kept::keep(&folder, matrix, base)?;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_finished_campaign_is_told_from_none_and_its_unfinished_folder_means_it() {
        let base = tempfile::tempdir().unwrap();
        let output = base.path().join("ds");
        assert!(matches!(unfinished(&output), Err(CampaignError::Nothing { .. })));
        fs::create_dir(&output).unwrap();
        fs::write(output.join("datapackage.json"), "{}").unwrap();
        let told = unfinished(&output).unwrap_err();
        assert!(told.to_string().contains("is finished"), "{told}");
        assert_eq!(told.exit_code(), 2);
        let partial = base.path().join("other.partial");
        assert_eq!(output_of(&partial), partial, "nothing is there");
        fs::create_dir(&partial).unwrap();
        fs::write(partial.join("journal.jsonl"), "").unwrap();
        assert_eq!(output_of(&partial), base.path().join("other"));
        assert_eq!(output_of(&base.path().join("other")), base.path().join("other"));
        assert_eq!(unfinished(&base.path().join("other")).unwrap(), partial);
    }
}
