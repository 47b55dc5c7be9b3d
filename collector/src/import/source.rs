//! Where a campaign comes from: a folder, a `.tar` or a `.tar.xz`. An archive is unpacked into a
//! temporary folder, and trusted in nothing.

use super::ImportError;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Component, Path, PathBuf};
use tempfile::TempDir;

/// How much an archive may unpack to, unless told otherwise.
pub const MAX_UNPACKED_BYTES: u64 = 4 << 30;
/// How many entries an archive may have.
const MAX_ENTRIES: usize = 1_000_000;

/// A campaign as a folder; what was unpacked for it goes with this value.
#[derive(Debug)]
pub struct Source {
    /// The folder.
    pub folder: PathBuf,
    /// Name of the input, without its endings.
    pub name: String,
    unpacked: Option<TempDir>,
}

impl Source {
    /// Whether the input was an archive.
    pub fn was_archive(&self) -> bool {
        self.unpacked.is_some()
    }
}

/// Opens the input, unpacking it where it is an archive. `max_unpacked` bounds the bytes written.
pub fn open(input: &Path, max_unpacked: u64) -> Result<Source, ImportError> {
    let metadata = fs::metadata(input).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ImportError::NoInput(input.to_owned()),
        _ => ImportError::io("read", input)(error),
    })?;
    let name = name_of(input);
    if metadata.is_dir() {
        return Ok(Source { folder: input.to_owned(), name, unpacked: None });
    }
    let mut file = File::open(input).map_err(ImportError::io("read", input))?;
    let folder =
        TempDir::with_prefix("meshbench-import-").map_err(ImportError::io("make a temporary folder for", input))?;
    if starts_with(&mut file, b"\xFD7zXZ\0").map_err(ImportError::io("read", input))? {
        unpack(input, liblzma::read::XzDecoder::new(BufReader::new(file)), folder.path(), max_unpacked)?;
    } else if is_tar(&mut file).map_err(ImportError::io("read", input))? {
        unpack(input, BufReader::new(file), folder.path(), max_unpacked)?;
    } else {
        return Err(ImportError::NotAnArchive(input.to_owned()));
    }
    Ok(Source { folder: folder.path().to_owned(), name, unpacked: Some(folder) })
}

fn name_of(input: &Path) -> String {
    let canonical = input.canonicalize().unwrap_or_else(|_| input.to_owned());
    let name = canonical.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = [".tar.xz", ".txz", ".tar"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    name.to_owned()
}

fn starts_with(file: &mut File, magic: &[u8]) -> io::Result<bool> {
    let mut head = Vec::new();
    file.take(magic.len() as u64).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head == magic)
}

/// A tar file has `ustar` at byte 257 of its first header.
fn is_tar(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::new();
    file.take(512).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head.get(257..262) == Some(b"ustar".as_slice()))
}

fn unpack(input: &Path, reader: impl Read, folder: &Path, max_unpacked: u64) -> Result<(), ImportError> {
    // The decoder is bounded as a whole: what is skipped counts too, so an endless archive ends here.
    let budget = max_unpacked.saturating_add(512 * MAX_ENTRIES as u64);
    let mut bounded = Bounded { inner: reader, left: budget, exceeded: false };
    let result = unpack_entries(input, &mut bounded, folder, max_unpacked);
    if bounded.exceeded {
        return Err(too_large(input, max_unpacked));
    }
    result
}

fn too_large(input: &Path, max_unpacked: u64) -> ImportError {
    ImportError::TooLarge {
        path: input.to_owned(),
        limit: format!("{} MB or {MAX_ENTRIES} entries", max_unpacked / 1_000_000),
    }
}

fn unpack_entries(input: &Path, reader: &mut impl Read, folder: &Path, max_unpacked: u64) -> Result<(), ImportError> {
    let mut archive = tar::Archive::new(reader);
    let mut files = 0;
    let mut written = 0_u64;
    let broken = |files| move |source| ImportError::BrokenArchive { path: input.to_owned(), files, source };
    for (number, entry) in archive.entries().map_err(broken(0))?.enumerate() {
        if number >= MAX_ENTRIES {
            return Err(too_large(input, max_unpacked));
        }
        let mut entry = entry.map_err(broken(files))?;
        let path = entry.path().map_err(broken(files))?.into_owned();
        let unsafe_entry = |why| ImportError::UnsafeArchive {
            path: input.to_owned(),
            entry: path.to_string_lossy().escape_debug().to_string(),
            why,
        };
        let kind = entry.header().entry_type();
        if path.is_absolute() {
            return Err(unsafe_entry("an absolute path"));
        }
        if path.components().any(|part| matches!(part, Component::ParentDir)) {
            return Err(unsafe_entry("a path that leaves the archive"));
        }
        if kind.is_symlink() || kind.is_hard_link() {
            return Err(unsafe_entry("a link"));
        }
        if kind.is_dir() || matches!(kind, tar::EntryType::XGlobalHeader) {
            continue;
        }
        if !kind.is_file() {
            return Err(unsafe_entry("a device or another special file"));
        }
        let target =
            folder.join(path.components().filter(|part| matches!(part, Component::Normal(_))).collect::<PathBuf>());
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(ImportError::io("create", parent))?;
        }
        let left = max_unpacked.saturating_sub(written);
        let mut file = File::create(&target).map_err(ImportError::io("create", &target))?;
        let size = entry.size();
        let copied = copy(&mut (&mut entry).take(left.saturating_add(1)), &mut file).map_err(|error| match error {
            CopyError::Read(source) => broken(files)(source),
            CopyError::Write(source) => ImportError::io("write", &target)(source),
        })?;
        written = written.saturating_add(copied);
        if written > max_unpacked {
            return Err(too_large(input, max_unpacked));
        }
        if copied < size {
            return Err(broken(files)(io::Error::from(io::ErrorKind::UnexpectedEof)));
        }
        files += 1;
    }
    if files == 0 {
        return Err(ImportError::NoCampaign(input.to_owned()));
    }
    Ok(())
}

enum CopyError {
    Read(io::Error),
    Write(io::Error),
}

/// `io::copy` that tells a damaged archive from a full disk.
fn copy(from: &mut impl Read, to: &mut impl io::Write) -> Result<u64, CopyError> {
    let mut buffer = [0; 1 << 16];
    let mut copied = 0;
    loop {
        let read = from.read(&mut buffer).map_err(CopyError::Read)?;
        if read == 0 {
            return Ok(copied);
        }
        to.write_all(buffer.get(..read).unwrap_or_default()).map_err(CopyError::Write)?;
        copied += read as u64;
    }
}

/// A reader that gives up after a number of bytes, and remembers that it did.
struct Bounded<R> {
    inner: R,
    left: u64,
    exceeded: bool,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            self.exceeded = true;
            return Err(io::Error::other("the archive is larger than allowed"));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left -= read as u64;
        Ok(read)
    }
}
