//! What a campaign keeps of its input: the matrix and the system files, verbatim, so that it goes on as it began
//! whatever becomes of the originals.

use super::CampaignError;
use crate::matrix::{Matrix, MatrixError};
use crate::system::{SystemFile, SystemFileError};
use meshbench_schemas::dataset::hash;
use meshbench_schemas::words::Slug;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The matrix.
const MATRIX: &str = "matrix.toml";
/// The folder of system files. Each is named after how the matrix refers to it.
const SYSTEMS: &str = "systems";

fn system(reference: &str) -> String {
    format!("{SYSTEMS}/{}.toml", Slug::of(reference))
}

/// The texts of a matrix, whose file is (or would be) in the folder `base`, and of its system files, by the paths under
/// which they are kept.
pub fn gather(matrix: &str, base: Option<&Path>) -> Result<BTreeMap<String, String>, CampaignError> {
    let found = RefCell::new(BTreeMap::from([(MATRIX.to_owned(), matrix.to_owned())]));
    let find = |reference: &str| -> Result<Arc<SystemFile>, SystemFileError> {
        let file = SystemFile::load(reference, base)?;
        found.borrow_mut().insert(system(reference), file.text().to_owned());
        Ok(file)
    };
    Matrix::parse(MATRIX, matrix, &find)?;
    Ok(found.into_inner())
}

/// Keeps a matrix and its system files, as [`gather`] found them.
pub fn keep(folder: &Path, texts: &BTreeMap<String, String>) -> Result<(), CampaignError> {
    texts.iter().try_for_each(|(path, text)| write(&folder.join(path), text))
}

/// Whether a folder holds nothing but what [`keep`] writes.
pub fn is_all(folder: &Path) -> Result<bool, CampaignError> {
    let entries = fs::read_dir(folder).map_err(CampaignError::io("read", folder))?;
    let mut names = entries.map(|entry| entry.map(|entry| entry.file_name()));
    names.try_fold(true, |all, name| {
        Ok(all && [MATRIX, SYSTEMS].iter().any(|own| name.as_ref().is_ok_and(|it| it == own)))
    })
}

/// The first of what is kept that is something else now: the matrix, or a system file.
pub fn differs(folder: &Path, matrix: &str, base: Option<&Path>) -> Result<Option<String>, CampaignError> {
    let kept = |path: &str| fs::read_to_string(folder.join(path)).ok();
    Ok(gather(matrix, base)?.into_iter().find(|(path, text)| kept(path).as_ref() != Some(text)).map(|(path, _)| path))
}

/// SHA-256 of everything that is kept, by its path.
pub fn hashes(folder: &Path) -> Result<BTreeMap<String, String>, CampaignError> {
    let of = |path: String| {
        let whole = folder.join(&path);
        let (digest, _) = hash::file(&whole).map_err(CampaignError::io("read", &whole))?;
        Ok((path, digest))
    };
    files(folder)?.into_iter().map(of).collect()
}

/// Checks that everything is as it was kept at the beginning. Journals of older versions cannot tell.
///
/// # Errors
/// [`CampaignError::Changed`] for the first file that was changed, removed or added.
pub fn unchanged(folder: &Path, recorded: &BTreeMap<String, String>) -> Result<(), CampaignError> {
    if recorded.is_empty() {
        return Ok(());
    }
    let found = hashes(folder)?;
    let changed = |path: &str, what: String| Err(CampaignError::Changed { path: folder.join(path), what });
    for (path, digest) in recorded {
        match found.get(path) {
            Some(found) if found == digest => {}
            Some(found) => return changed(path, format!("has the SHA-256 {found}, and had {digest}")),
            None => return changed(path, "is gone, and was there".to_owned()),
        }
    }
    match found.keys().find(|path| !recorded.contains_key(*path)) {
        Some(path) => changed(path, "was not there".to_owned()),
        None => Ok(()),
    }
}

/// The text of the matrix that is kept.
pub fn matrix(folder: &Path) -> Result<String, CampaignError> {
    let path = folder.join(MATRIX);
    fs::read_to_string(&path).map_err(CampaignError::io("read", &path))
}

/// The matrix that is kept, with the system files that are kept.
pub fn load(folder: &Path) -> Result<Matrix, CampaignError> {
    let find = |reference: &str| SystemFile::load(&system(reference), Some(folder));
    let loaded: Result<Matrix, MatrixError> = Matrix::parse(MATRIX, &matrix(folder)?, &find);
    Ok(loaded?)
}

/// Paths of everything that is kept, relative to the campaign's folder.
pub fn files(folder: &Path) -> Result<Vec<String>, CampaignError> {
    let mut files: Vec<String> = folder.join(MATRIX).exists().then(|| MATRIX.to_owned()).into_iter().collect();
    let systems = folder.join(SYSTEMS);
    let entries = match fs::read_dir(&systems) {
        Ok(entries) => Some(entries),
        // A campaign of whose files some are gone says which.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(CampaignError::io("read", &systems)(error)),
    };
    for entry in entries.into_iter().flatten() {
        let entry = entry.map_err(CampaignError::io("read", &systems))?;
        files.push(format!("{SYSTEMS}/{}", entry.file_name().to_string_lossy()));
    }
    files.sort();
    Ok(files)
}

fn write(path: &PathBuf, text: &str) -> Result<(), CampaignError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(CampaignError::io("make", parent))?;
    }
    fs::write(path, text).map_err(CampaignError::io("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATRIX_TEXT: &str = "name = \"m\"\nseed = 1\nblocks = 1\nhosts = 2\nsystems = [\"internal\", \"tinc\"]\n\
        [profiles]\nbaseline = {}\n[workloads.ping]\ncount = 5\ninterval = \"10ms\"\n";

    #[test]
    fn whatever_is_done_to_what_is_kept_is_told_by_its_path() {
        let folder = tempfile::tempdir().unwrap();
        keep(folder.path(), &gather(MATRIX_TEXT, None).unwrap()).unwrap();
        let recorded = hashes(folder.path()).unwrap();
        assert!(recorded.len() >= 2 && recorded.contains_key("matrix.toml"), "{recorded:?}");
        assert!(unchanged(folder.path(), &recorded).is_ok());
        assert!(load(folder.path()).is_ok());
        let tinc = folder.path().join("systems/tinc.toml");
        let text = fs::read_to_string(&tinc).unwrap();
        let told = |folder: &Path| unchanged(folder, &recorded).unwrap_err().to_string();
        fs::write(&tinc, format!("{text}\n# harmless\n")).unwrap();
        assert!(told(folder.path()).contains("systems/tinc.toml") && told(folder.path()).contains("SHA-256"));
        fs::remove_file(&tinc).unwrap();
        assert!(told(folder.path()).contains("is gone"));
        fs::write(&tinc, &text).unwrap();
        fs::write(folder.path().join("systems/other.toml"), "x").unwrap();
        assert!(told(folder.path()).contains("systems/other.toml"));
        fs::remove_file(folder.path().join("systems/other.toml")).unwrap();
        fs::write(folder.path().join(MATRIX), MATRIX_TEXT.replace("count = 5", "count = 6")).unwrap();
        assert!(told(folder.path()).contains("matrix.toml"));
        assert!(unchanged(folder.path(), &BTreeMap::new()).is_ok(), "an older journal has nothing to compare with");
        fs::remove_dir_all(folder.path().join("systems")).unwrap();
        assert!(told(folder.path()).contains("toml"));
    }

    #[test]
    fn a_system_file_that_is_another_one_now_is_no_longer_the_same_campaign() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("base");
        fs::create_dir(&base).unwrap();
        let tinc = SystemFile::load("tinc", None).unwrap().text().to_owned();
        fs::write(base.join("own.toml"), &tinc).unwrap();
        let matrix = MATRIX_TEXT.replace("\"tinc\"", "\"./own.toml\"");
        keep(folder.path(), &gather(&matrix, Some(&base)).unwrap()).unwrap();
        assert_eq!(differs(folder.path(), &matrix, Some(&base)).unwrap(), None);
        fs::write(base.join("own.toml"), format!("{tinc}\n# another one\n")).unwrap();
        assert!(differs(folder.path(), &matrix, Some(&base)).unwrap().unwrap().contains("own"));
    }
}
