//! Reading a dataset.

use super::error::DatasetError;
use super::instead::instead;
use super::parquet_file;
use crate::manifest::{self, FORMAT, Manifest};
use crate::table::Table;
use crate::tables::{Host, Phase, Run, Sample, Summary, System};
use arrow::array::RecordBatch;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// A dataset on disk whose manifest was read. Tables are read when asked for.
#[derive(Debug, Clone)]
pub struct Dataset {
    path: PathBuf,
    manifest: Manifest,
}

impl Dataset {
    /// Opens the dataset in a folder. Refuses a newer major version of the format and paths that leave
    /// the folder.
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        let file = path.join(manifest::FILE_NAME);
        // A folder that may not be looked into may well be a dataset.
        let is_there = match fs::metadata(&file) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return Err(DatasetError::io("read", &file)(error));
            }
            looked => looked.is_ok_and(|metadata| metadata.is_file()),
        };
        if !is_there {
            return Err(DatasetError::NotADataset { path: path.to_owned(), instead: instead(path) });
        }
        let text = fs::read(&file).map_err(DatasetError::io("read", &file))?;
        let broken = |source| DatasetError::Manifest { path: file.clone(), source };
        // The version first: a newer manifest may not have the shape that this version knows.
        let head: Head = serde_json::from_slice(&text).map_err(broken)?;
        if head.meshbench.format.major > FORMAT.major {
            return Err(DatasetError::NewerFormat { path: path.to_owned(), found: head.meshbench.format });
        }
        let manifest: Manifest = serde_json::from_slice(&text).map_err(broken)?;
        for resource in &manifest.resources {
            if !stays_inside(path, &resource.path) {
                return Err(DatasetError::PathEscapes { manifest: file, path: resource.path.clone() });
            }
        }
        Ok(Self { path: path.to_owned(), manifest })
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Every attempt.
    pub fn runs(&self) -> Result<Vec<Run>, DatasetError> {
        self.table()
    }

    /// Every reported summary.
    pub fn summaries(&self) -> Result<Vec<Summary>, DatasetError> {
        self.table()
    }

    /// Facts about the hosts.
    pub fn hosts(&self) -> Result<Vec<Host>, DatasetError> {
        self.table()
    }

    /// The systems under test.
    pub fn systems(&self) -> Result<Vec<System>, DatasetError> {
        self.table()
    }

    /// The steps of the producer's own work; none in datasets of a producer or format that has none.
    pub fn phases(&self) -> Result<Vec<Phase>, DatasetError> {
        if self.has(Phase::NAME) { self.table() } else { Ok(Vec::new()) }
    }

    /// Whether the manifest lists this table.
    pub fn has(&self, table: &str) -> bool {
        self.manifest.resources.iter().any(|resource| resource.path.strip_suffix(".parquet") == Some(table))
    }

    /// The files of a table by its name; none where the dataset has no such table.
    pub fn files(&self, table: &str) -> Vec<PathBuf> {
        match table {
            Sample::NAME => self.sample_files(),
            _ if self.has(table) => vec![self.path.join(format!("{table}.parquet"))],
            _ => Vec::new(),
        }
    }

    fn table<T: Table>(&self) -> Result<Vec<T>, DatasetError> {
        parquet_file::read(&self.path.join(format!("{}.parquet", T::NAME)))
    }

    /// The files of samples, in the order of their paths.
    pub fn sample_files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = self
            .manifest
            .resources
            .iter()
            .filter(|resource| resource.path.starts_with("samples/") && resource.format == "parquet")
            .map(|resource| self.path.join(&resource.path))
            .collect();
        files.sort();
        files
    }

    /// Every batch of samples, file after file, one batch in memory at a time.
    pub fn sample_batches(&self) -> impl Iterator<Item = Result<RecordBatch, DatasetError>> + use<> {
        self.sample_files().into_iter().flat_map(|file| {
            let (batches, error) = match parquet_file::batches(&file) {
                Ok(batches) => (Some(batches), None),
                Err(error) => (None, Some(Err(error))),
            };
            error.into_iter().chain(batches.into_iter().flatten())
        })
    }
}

/// As much of a manifest as every version has.
#[derive(serde::Deserialize)]
struct Head {
    meshbench: HeadMeshbench,
}

#[derive(serde::Deserialize)]
struct HeadMeshbench {
    format: manifest::FormatVersion,
}

/// Whether a path of the manifest names something inside the folder, also after its links are followed.
fn stays_inside(folder: &Path, relative: &str) -> bool {
    let plain = Path::new(relative).components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || relative.is_empty() {
        return false;
    }
    match (folder.canonicalize(), folder.join(relative).canonicalize()) {
        (Ok(folder), Ok(file)) => file.starts_with(folder),
        // A file that is absent is found missing later, with a better message.
        _ => true,
    }
}
