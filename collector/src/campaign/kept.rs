//! What a campaign keeps of its input: the matrix and the system files, verbatim, so that it goes on as it began
//! whatever becomes of the originals.

use super::CampaignError;
use crate::matrix::{Matrix, MatrixError};
use crate::system::{SystemFile, SystemFileError};
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

/// Keeps a matrix, whose file is (or would be) in the folder `base`, and its system files.
pub fn keep(folder: &Path, matrix: &str, base: Option<&Path>) -> Result<(), CampaignError> {
    let found = RefCell::new(BTreeMap::new());
    let find = |reference: &str| -> Result<Arc<SystemFile>, SystemFileError> {
        let file = SystemFile::load(reference, base)?;
        found.borrow_mut().insert(system(reference), Arc::clone(&file));
        Ok(file)
    };
    Matrix::parse(MATRIX, matrix, &find)?;
    write(&folder.join(MATRIX), matrix)?;
    for (path, file) in found.into_inner() {
        write(&folder.join(path), file.text())?;
    }
    Ok(())
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
    let mut files = vec![MATRIX.to_owned()];
    let systems = folder.join(SYSTEMS);
    for entry in fs::read_dir(&systems).map_err(CampaignError::io("read", &systems))? {
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
