//! Writing a dataset: everything goes to a staging folder beside the target, which becomes the
//! dataset by one rename at the very end. A writer that is dropped before leaves nothing.

use super::error::DatasetError;
use super::{hash, output, parquet_file};
use crate::manifest::{
    self, FORMAT, Licence, Manifest, Meshbench, Origin, Producer, Resource, TableSchema, table_schema,
};
use crate::table::{Symbol, Table};
use crate::tables::{Host, Phase, Run, Sample, Summary, System};
use crate::words::{BadSlug, Slug};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use zstd::bulk::Compressor;
use zstd::zstd_safe::compress_bound;

/// What the manifest says about the whole campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Short name of the campaign.
    pub name: Slug,
    /// One line about it.
    pub title: Option<String>,
    /// Licence of the data, as SPDX identifier.
    pub licence: Option<String>,
    /// Program that writes, and its version.
    pub producer: Producer,
    /// Where the measurements come from.
    pub origin: Origin,
    /// Seed of the plan.
    pub seed: Option<u64>,
    /// What a reader must know about the whole campaign.
    pub notes: Vec<String>,
}

/// Writes one dataset. Methods take `&self`, so that several threads can write their own files.
#[derive(Debug)]
pub struct DatasetWriter {
    target: PathBuf,
    staging: Staging,
    resources: Mutex<BTreeMap<String, Resource>>,
}

/// A folder that is removed with its owner, unless it was kept.
#[derive(Debug)]
struct Staging {
    path: PathBuf,
    kept: bool,
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.kept {
            // Nobody can be told any more; what stays is named `.partial` and says so itself.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

impl DatasetWriter {
    /// Starts a dataset that will stand at `target`, which must not exist, in a folder that does. The staging folder is
    /// `target` with `.partial` appended.
    ///
    /// # Errors
    /// As [`vacant`], and where the staging folder cannot be made.
    pub fn create(target: &Path) -> Result<Self, DatasetError> {
        vacant(target)?;
        let path = staging(target);
        output::make(&path, target)?;
        let staging = Staging { path, kept: false };
        Ok(Self { target: target.to_owned(), staging, resources: Mutex::default() })
    }

    /// Goes on with a dataset that was started at `target` and kept unfinished.
    pub fn resume(target: &Path) -> Result<Self, DatasetError> {
        if target.symlink_metadata().is_ok() {
            return Err(DatasetError::Exists(target.to_owned()));
        }
        let path = staging(target);
        fs::read_dir(&path).map_err(DatasetError::io("read", &path))?;
        Ok(Self { target: target.to_owned(), staging: Staging { path, kept: true }, resources: Mutex::default() })
    }

    /// The staging folder.
    pub fn path(&self) -> &Path {
        &self.staging.path
    }

    /// Keeps raw output as an artifact and returns the hash that names it. The same bytes are kept once.
    pub fn artifact(&self, raw: &[u8]) -> Result<String, DatasetError> {
        let name = hash::sha256_hex(raw);
        let path = self.staging.path.join(artifact_path(&name));
        let mut created = File::create_new(&path);
        if matches!(&created, Err(error) if error.kind() == ErrorKind::NotFound) {
            let folder = path.parent().unwrap_or(&self.staging.path);
            fs::create_dir_all(folder).map_err(DatasetError::io("create", folder))?;
            created = File::create_new(&path);
        }
        let mut file = match created {
            Ok(file) => file,
            // The same bytes were kept before, or are being written by another thread.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(name),
            Err(error) => return Err(DatasetError::io("create", &path)(error)),
        };
        packed(raw, |packed| match packed {
            Ok(packed) => file.write_all(packed).map_err(DatasetError::io("write", &path)),
            Err(error) => Err(DatasetError::io("compress", &path)(error)),
        })?;
        Ok(name)
    }

    /// As [`Self::artifact`], and returns when the bytes are on the disk: after a crash the artifact is whole.
    pub fn artifact_on_disk(&self, raw: &[u8]) -> Result<String, DatasetError> {
        let name = hash::sha256_hex(raw);
        let path = self.staging.path.join(artifact_path(&name));
        if path.exists() {
            return Ok(name);
        }
        let folder = path.parent().unwrap_or(&self.staging.path);
        fs::create_dir_all(folder).map_err(DatasetError::io("create", folder))?;
        packed(raw, |packed| match packed {
            Ok(packed) => replace(&path, packed),
            Err(error) => Err(DatasetError::io("compress", &path)(error)),
        })?;
        Ok(name)
    }

    /// Writes the samples of one workload, system and profile, sorted by run, metric, direction, host, stream
    /// and time. Writes nothing where there are none.
    pub fn samples(&self, mut rows: Vec<Sample>) -> Result<(), DatasetError> {
        let Some(first) = rows.first() else {
            return Ok(());
        };
        let path =
            sample_path(first.workload.as_str(), &first.system, &first.profile).map_err(|bad| DatasetError::Io {
                action: "name the samples of",
                path: self.staging.path.clone(),
                source: std::io::Error::other(bad),
            })?;
        rows.sort_by(|a, b| {
            by_symbol(&a.run_id, &b.run_id)
                .then_with(|| by_symbol(&a.metric, &b.metric))
                .then_with(|| a.direction.cmp(&b.direction))
                .then_with(|| by_symbol(&a.host, &b.host))
                .then_with(|| (a.stream, a.seq).cmp(&(b.stream, b.seq)))
        });
        self.table_at(&path, &rows)
    }

    /// Writes the steps of the producer's own work. Writes nothing where there are none.
    pub fn phases(&self, mut rows: Vec<Phase>) -> Result<(), DatasetError> {
        rows.sort_by(|a, b| (&a.system, &a.tuning, a.number).cmp(&(&b.system, &b.tuning, b.number)));
        if rows.is_empty() { Ok(()) } else { self.table(&rows) }
    }

    /// Writes one of the tables at the top.
    fn table<T: Table>(&self, rows: &[T]) -> Result<(), DatasetError> {
        self.table_at(&format!("{}.parquet", T::NAME), rows)
    }

    fn table_at<T: Table>(&self, relative: &str, rows: &[T]) -> Result<(), DatasetError> {
        let path = self.staging.path.join(relative);
        let folder = path.parent().unwrap_or(&self.staging.path);
        fs::create_dir_all(folder).map_err(DatasetError::io("create", folder))?;
        let bytes = parquet_file::write(&path, rows)?;
        let (digest, length) = (hash::sha256_hex(&bytes), bytes.len() as u64);
        let schema = Some(table_schema::<T>());
        self.list(relative, "parquet", "application/vnd.apache.parquet", schema, digest, length);
        Ok(())
    }

    /// Adds a text file, such as the matrix, verbatim.
    pub fn text_file(&self, relative: &str, format: &str, mediatype: &str, text: &[u8]) -> Result<(), DatasetError> {
        let path = self.staging.path.join(relative);
        fs::write(&path, text).map_err(DatasetError::io("write", &path))?;
        self.register(relative, format, mediatype, None)
    }

    /// Lists a file that stands in the staging folder already, such as the journal.
    pub fn register(
        &self,
        relative: &str,
        format: &str,
        mediatype: &str,
        schema: Option<TableSchema>,
    ) -> Result<(), DatasetError> {
        let path = self.staging.path.join(relative);
        let (digest, length) = hash::file(&path).map_err(DatasetError::io("read", &path))?;
        self.list(relative, format, mediatype, schema, digest, length);
        Ok(())
    }

    fn list(
        &self,
        relative: &str,
        format: &str,
        mediatype: &str,
        schema: Option<TableSchema>,
        digest: String,
        bytes: u64,
    ) {
        let stem = relative.rsplit_once('.').map_or(relative, |(stem, _)| stem);
        let resource = Resource {
            name: stem.replace('/', "."),
            path: relative.to_owned(),
            format: format.to_owned(),
            mediatype: mediatype.to_owned(),
            bytes,
            hash: format!("sha256:{digest}"),
            schema,
        };
        let mut resources = self.resources.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        resources.insert(relative.to_owned(), resource);
    }

    /// Writes the tables at the top and the manifest, and makes the staging folder the dataset.
    /// Rows may come in any order.
    pub fn finish(
        self,
        description: Description,
        runs: Vec<Run>,
        summaries: Vec<Summary>,
        hosts: Vec<Host>,
        systems: Vec<System>,
    ) -> Result<PathBuf, DatasetError> {
        self.finish_without(&[], description, runs, summaries, hosts, systems)
    }

    /// As [`Self::finish`], and removes `working` folders, which are no part of the dataset, after everything
    /// else is on the disk and before it becomes one. Where that was interrupted, [`finish_interrupted`] goes on.
    pub fn finish_without(
        mut self,
        working: &[&str],
        description: Description,
        mut runs: Vec<Run>,
        mut summaries: Vec<Summary>,
        mut hosts: Vec<Host>,
        mut systems: Vec<System>,
    ) -> Result<PathBuf, DatasetError> {
        hosts.sort_by(|a, b| (&a.host, &a.phase, &a.fact).cmp(&(&b.host, &b.phase, &b.fact)));
        systems.sort_by(|a, b| a.system.cmp(&b.system));
        // The two large tables at the same time: nothing else is left for a second processor to do.
        thread::scope(|scope| {
            let other = thread::Builder::new().spawn_scoped(scope, || {
                summaries.sort_by(|a, b| {
                    by_symbol(&a.run_id, &b.run_id).then_with(|| {
                        (&a.metric, a.direction, &a.statistic).cmp(&(&b.metric, b.direction, &b.statistic))
                    })
                });
                self.table(&summaries)
            });
            let other = other.map_err(DatasetError::io("start a thread to write", &self.staging.path))?;
            runs.sort_by(|a, b| a.run_id.cmp(&b.run_id));
            let written = self.table(&runs);
            other.join().unwrap_or_else(|panic| resume_unwind(panic)).and(written)
        })?;
        self.table(&hosts)?;
        self.table(&systems)?;
        let resources = std::mem::take(&mut *self.resources.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let manifest = Manifest {
            profile: "https://datapackage.org/profiles/2.0/datapackage.json".to_owned(),
            name: description.name.to_string(),
            title: description.title,
            licenses: description.licence.into_iter().map(|name| Licence { name }).collect(),
            resources: resources.into_values().collect(),
            meshbench: Meshbench {
                format: FORMAT,
                producer: description.producer,
                origin: description.origin,
                seed: description.seed,
                labels: systems.iter().map(|system| (system.system.to_string(), system.label.clone())).collect(),
                notes: description.notes,
            },
        };
        let path = self.staging.path.join(manifest::FILE_NAME);
        let mut text = serde_json::to_string_pretty(&manifest)
            .map_err(|source| DatasetError::Manifest { path: path.clone(), source })?;
        text.push('\n');
        if working.is_empty() {
            fs::write(&path, text).map_err(DatasetError::io("write", &path))?;
        } else {
            // What is removed next must have its place on the disk first.
            for resource in &manifest.resources {
                sync(&self.staging.path.join(&resource.path))?;
            }
            replace(&path, text.as_bytes())?;
            remove(&self.staging.path, working)?;
        }
        fs::rename(&self.staging.path, &self.target).map_err(DatasetError::io("finish", &self.target))?;
        self.staging.kept = true;
        Ok(self.target.clone())
    }
}

/// Looks whether a dataset can be started at `target`: nothing is there, nor an unfinished one, and there is a folder for it.
/// Nothing is made.
///
/// # Errors
/// [`DatasetError::Exists`], or why it cannot be made there.
pub fn vacant(target: &Path) -> Result<(), DatasetError> {
    output::folder_of(target)?;
    match [target.to_owned(), staging(target)].into_iter().find(|path| path.symlink_metadata().is_ok()) {
        Some(path) => Err(DatasetError::Exists(path)),
        None => Ok(()),
    }
}

/// Goes on where [`DatasetWriter::finish_without`] was interrupted. `None` if it had not come far enough for that: the
/// tables have to be written again.
pub fn finish_interrupted(target: &Path, working: &[&str]) -> Result<Option<PathBuf>, DatasetError> {
    let path = staging(target);
    if !path.join(manifest::FILE_NAME).exists() {
        return Ok(None);
    }
    remove(&path, working)?;
    fs::rename(&path, target).map_err(DatasetError::io("finish", target))?;
    Ok(Some(target.to_owned()))
}

fn remove(folder: &Path, working: &[&str]) -> Result<(), DatasetError> {
    for path in working.iter().map(|name| folder.join(name)).filter(|path| path.exists()) {
        fs::remove_dir_all(&path).map_err(DatasetError::io("remove", &path))?;
    }
    Ok(())
}

fn sync(path: &Path) -> Result<(), DatasetError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(DatasetError::io("flush", path))
}

/// Writes a file whole or not at all, and returns when it is on the disk.
fn replace(path: &Path, content: &[u8]) -> Result<(), DatasetError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = path.with_file_name(name);
    fs::write(&fresh, content).map_err(DatasetError::io("write", &fresh))?;
    sync(&fresh)?;
    fs::rename(&fresh, path).map_err(DatasetError::io("write", path))
}

/// The folder that becomes the dataset `target` when it is complete.
pub fn staging(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    target.with_file_name(name)
}

/// zstd level of artifacts: raw output shrinks to a tenth at the fastest one already.
const ARTIFACT_LEVEL: i32 = 1;

/// Compresses with a context and a buffer that each thread makes once: making them costs more than a small file
/// does.
fn packed<T>(raw: &[u8], take: impl FnOnce(io::Result<&[u8]>) -> T) -> T {
    thread_local! {
        static CONTEXT: RefCell<Option<(Compressor<'static>, Vec<u8>)>> = const { RefCell::new(None) };
    }
    CONTEXT.with_borrow_mut(|context| {
        let (compressor, buffer) = match context {
            Some(context) => context,
            None => match Compressor::new(ARTIFACT_LEVEL) {
                Ok(compressor) => context.insert((compressor, Vec::new())),
                Err(error) => return take(Err(error)),
            },
        };
        buffer.clear();
        buffer.reserve(compress_bound(raw.len()));
        take(compressor.compress_to_buffer(raw, buffer).map(|_| buffer.as_slice()))
    })
}

/// The order of two texts, without looking at them where they are the same one.
fn by_symbol(a: &Symbol, b: &Symbol) -> Ordering {
    if Arc::ptr_eq(a, b) { Ordering::Equal } else { a.cmp(b) }
}

/// Where an artifact stands within a dataset.
pub fn artifact_path(hash: &str) -> String {
    format!("artifacts/{}/{hash}.zst", hash.get(..2).unwrap_or("__"))
}

/// Where the samples of a workload, system and profile stand within a dataset.
pub fn sample_path(workload: &str, system: &str, profile: &str) -> Result<String, BadSlug> {
    Ok(format!("samples/{workload}/{}/{}.parquet", Slug::new(system)?, Slug::new(profile)?))
}
