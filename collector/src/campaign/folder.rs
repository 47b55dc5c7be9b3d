//! The folder of an unfinished campaign: made, found again, and told from a finished one.

use super::{CampaignError, State, fragment, journal, kept, whole};
use crate::matrix::Matrix;
use meshbench_schemas::dataset::{OutputError, output as place, staging};
use meshbench_schemas::manifest;
use std::ffi::OsStr;
use std::io::ErrorKind;
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
/// [`CampaignError::Finished`] where it has become one, [`CampaignError::Nothing`] where there is none,
/// [`CampaignError::NoBeginning`] where its folder has no journal.
pub fn unfinished(output: &Path) -> Result<PathBuf, CampaignError> {
    let folder = staging(output);
    if is_there(&folder.join(journal::FILE_NAME))? {
        return Ok(folder);
    }
    if is_there(&output.join(manifest::FILE_NAME))? {
        return Err(CampaignError::Finished { path: output.to_owned() });
    }
    Err(nothing(folder))
}

/// Why there is no campaign in a folder in which there is no journal.
fn nothing(folder: PathBuf) -> CampaignError {
    match folder.is_dir() {
        true => CampaignError::NoBeginning { path: folder.join(journal::FILE_NAME), what: "is not there".to_owned() },
        false => CampaignError::Nothing { path: folder },
    }
}

/// Whether there is such a file; a folder that may not be looked into is an error and no "no".
fn is_there(path: &Path) -> Result<bool, CampaignError> {
    match path.metadata() {
        Ok(metadata) => Ok(metadata.is_file()),
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => Ok(false),
        Err(error) => Err(CampaignError::io("read", path)(error)),
    }
}

/// The folder of a campaign, unfinished or sealed, and whether it is sealed.
///
/// # Errors
/// As [`unfinished`]; [`CampaignError::NoJournal`] where a dataset was never a campaign.
pub fn any(output: &Path) -> Result<(PathBuf, bool), CampaignError> {
    if is_there(&output.join(journal::FILE_NAME))? {
        return Ok((output.to_owned(), true));
    }
    match unfinished(output) {
        Err(CampaignError::Finished { path }) => Err(CampaignError::NoJournal { path }),
        found => Ok((found?, false)),
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
    /// The seed of its order.
    pub seed: u64,
    /// What its hosts are made of.
    pub place: String,
}

/// Finds the unfinished campaign that becomes the dataset `output`.
///
/// # Errors
/// As [`unfinished`], and where its journal was cut or what was kept at its beginning was changed.
pub fn begun(output: &Path) -> Result<Begun, CampaignError> {
    let folder = unfinished(output)?;
    let state = whole::state(&folder, &journal::read(&folder)?)?;
    let (_, seed, place) = state.started.clone().ok_or_else(|| nothing(folder.clone()))?;
    Ok(Begun { matrix: kept::load(&folder)?, folder, state, seed, place })
}

/// Prepares the folder of a campaign: makes it, or finds it unfinished with the same matrix and seed.
///
/// Returns whether it goes on with what was there.
///
/// # Errors
/// Whatever keeps it from being made, before anything is; what is there and is no such campaign.
pub fn prepare(output: &Path, matrix: &str, base: Option<&Path>, seed: u64) -> Result<bool, CampaignError> {
    let folder = staging(output);
    place::folder_of(output)?;
    if output.symlink_metadata().is_ok() {
        return Err(CampaignError::OutputExists { path: output.to_owned() });
    }
    if is_there(&folder.join(journal::FILE_NAME))? {
        let lines = journal::read(&folder)?;
        // A start that did not come to its first line has measured nothing, and begins now.
        let state = match lines.is_empty() {
            true => State::default(),
            false => whole::state(&folder, &lines)?,
        };
        fragment::complete(&folder, &state)?;
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
    let texts = kept::gather(matrix, base)?;
    match std::fs::create_dir(&folder) {
        // What is left of a start that did not come to a journal; what another program writes is left alone.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() && kept::is_all(&folder)? => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(CampaignError::OutputExists { path: folder });
        }
        made => made.map_err(OutputError::refused(output))?,
    }
    kept::keep(&folder, &texts).inspect_err(|_| forget(output))?;
    Ok(false)
}

/// Removes what [`prepare`] has made, if the campaign did not come to its journal. A refusal leaves nothing behind.
pub fn forget(output: &Path) {
    let folder = staging(output);
    if !folder.join(journal::FILE_NAME).exists() && kept::is_all(&folder).unwrap_or(false) {
        // Why nothing was begun is told already.
        let _ = std::fs::remove_dir_all(&folder);
    }
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
        let told = unfinished(&base.path().join("other")).unwrap_err();
        assert!(told.to_string().contains("journal.jsonl is not there"), "{told}");
        fs::write(partial.join("journal.jsonl"), "").unwrap();
        assert_eq!(output_of(&partial), base.path().join("other"));
        assert_eq!(output_of(&base.path().join("other")), base.path().join("other"));
        assert_eq!(unfinished(&base.path().join("other")).unwrap(), partial);
        // It is there, and tells of no campaign.
        let told = begun(&base.path().join("other")).unwrap_err();
        assert!(told.to_string().contains("holds no event") && told.exit_code() == 2, "{told}");
        // A dataset that was imported is no campaign either.
        assert!(matches!(any(&output), Err(CampaignError::NoJournal { .. })));
    }

    const MATRIX: &str = "name = \"m\"\nseed = 1\nblocks = 1\nhosts = 2\nsystems = [\"internal\"]\n\
        [profiles]\nbaseline = {}\n[workloads.ping]\ncount = 5\ninterval = \"10ms\"\n";

    #[test]
    fn nothing_is_made_before_it_is_known_that_it_can_be_and_a_start_that_came_to_nothing_goes_again() {
        let base = tempfile::tempdir().unwrap();
        let entries = || fs::read_dir(base.path()).unwrap().count();
        let told = prepare(&base.path().join("no/such/ds"), MATRIX, None, 1).unwrap_err();
        assert!(told.to_string().contains("there is no folder") && told.exit_code() == 2, "{told}");
        assert_eq!(entries(), 0);
        let output = base.path().join("ds");
        assert!(prepare(&output, "name = 1", None, 1).is_err());
        assert_eq!(entries(), 0);
        assert!(!prepare(&output, MATRIX, None, 1).unwrap());
        assert!(!prepare(&output, MATRIX, None, 1).unwrap(), "what it left before its journal is of no use");
        forget(&output);
        assert_eq!(entries(), 0);
        // What another program writes there is not touched.
        let partial = base.path().join("ds.partial");
        fs::create_dir(&partial).unwrap();
        fs::write(partial.join("runs.parquet"), "").unwrap();
        assert!(matches!(prepare(&output, MATRIX, None, 1), Err(CampaignError::OutputExists { .. })));
        forget(&output);
        assert_eq!(fs::read_dir(&partial).unwrap().count(), 1);
    }
}
