//! A lease: what was changed on this host and how to undo it, written down before each change.
//!
//! A lease is a folder `<root>/<name>` with a lock that its agent holds while it lives, a list of undos, and
//! the private folder `work` for the files of a campaign. Whoever gets the lock while undos are left
//! restores them: the agent in the end, its guardian when the agent was killed, the next agent or
//! `collect clean` when both were. The folder is on a tmpfs, so a reboot forgets changes and undos alike.

use super::protocol::Scope;
use super::{AgentError, change, filter, process};
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Where leases are kept.
pub const ROOT: &str = "/run/meshbench";
/// The private folder inside of a lease.
const WORK: &str = "work";

/// One step back. Each can be done again without harm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undo {
    /// Take the impairment off an interface.
    Impairment {
        /// The interface.
        interface: String,
    },
    /// Write what a file of the kernel held before.
    Kernel {
        /// A path below `/proc/sys`.
        path: PathBuf,
        /// What it held.
        value: String,
    },
    /// Write back those of many files of the kernel that have changed.
    Parameters {
        /// What each held, by its path below `/proc/sys`.
        values: BTreeMap<PathBuf, String>,
    },
    /// Switch an offload back.
    Offload {
        /// The interface.
        interface: String,
        /// Its name for `ethtool -K`.
        feature: String,
        /// What it was.
        on: bool,
    },
    /// Delete an interface.
    Interface {
        /// Its name.
        name: String,
    },
    /// Take a table of packet filters away.
    PacketFilter {
        /// Its name.
        table: String,
    },
    /// Run a program.
    Command {
        /// The program with its arguments.
        command: Vec<String>,
    },
    /// End what runs in a cgroup, and remove it.
    Cgroup {
        /// Its folder.
        path: PathBuf,
    },
}

/// A line of the list of undos.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    scope: Scope,
    undo: Undo,
}

/// A lease that this process holds.
#[derive(Debug)]
pub struct Lease {
    folder: PathBuf,
    entries: Vec<Entry>,
    _lock: Flock<File>,
}

impl Lease {
    /// Takes a new lease called `name` below `root`.
    pub fn take(root: &Path, name: &str) -> Result<Self, AgentError> {
        let folder = root.join(name);
        let made = DirBuilder::new().mode(0o755).recursive(true).create(root);
        made.map_err(AgentError::io(format!(
            "make {} (the agent needs root, or sudo = true in the matrix)",
            root.display()
        )))?;
        if let Some(lease) = held(root) {
            return Err(AgentError::InUse { lease });
        }
        DirBuilder::new().mode(0o700).create(&folder).map_err(AgentError::io(format!("make {}", folder.display())))?;
        let lock = open_lock(&folder)?;
        let lock = Flock::lock(lock, FlockArg::LockExclusiveNonblock)
            .map_err(|(_, error)| AgentError::io("lock the lease")(error.into()))?;
        let work = folder.join(WORK);
        DirBuilder::new().mode(0o700).create(&work).map_err(AgentError::io(format!("make {}", work.display())))?;
        Ok(Self { folder, entries: Vec::new(), _lock: lock })
    }

    /// The lease's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The private folder for a campaign's files.
    pub fn work(&self) -> PathBuf {
        self.folder.join(WORK)
    }

    /// Writes an undo down; it has to come before the change itself.
    pub fn note(&mut self, scope: Scope, undo: Undo) -> Result<(), AgentError> {
        let entry = Entry { scope, undo };
        self.entries.push(entry);
        self.store()
    }

    /// Writes the list of undos as it is now.
    fn store(&self) -> Result<(), AgentError> {
        let mut text = Vec::new();
        for entry in &self.entries {
            serde_json::to_writer(&mut text, entry).map_err(|error| AgentError::io("write an undo")(error.into()))?;
            text.push(b'\n');
        }
        // A whole new file in one rename: a kill in between leaves the old list or the new one.
        let (path, fresh) = (self.folder.join("undo.jsonl"), self.folder.join("undo.new"));
        let write = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
            file.write_all(&text)?;
            file.sync_data()?;
            fs::rename(&fresh, &path)
        };
        write().map_err(AgentError::io(format!("write {}", path.display())))
    }

    /// Undoes everything of a scope, latest first. What fails is said, and stays on the list.
    pub fn restore(&mut self, scope: Scope) -> Result<(), AgentError> {
        let (mine, others): (Vec<_>, Vec<_>) = self.entries.drain(..).partition(|entry| entry.scope == scope);
        self.entries = others;
        let mut failures = Vec::new();
        for entry in mine.into_iter().rev() {
            if let Err(error) = undo(&entry.undo) {
                failures.push(error.to_string());
                self.entries.push(entry);
            }
        }
        self.store()?;
        if failures.is_empty() { Ok(()) } else { Err(AgentError::Restore { what: failures.join("; ") }) }
    }

    /// Undoes everything, ends every process of the lease and removes its folder.
    pub fn end(self) -> Result<(), AgentError> {
        finish(&self.folder)
    }
}

fn open_lock(folder: &Path) -> Result<File, AgentError> {
    let path = folder.join("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    file.map_err(AgentError::io(format!("open {}", path.display())))
}

/// The name of a lease that somebody holds.
fn held(root: &Path) -> Option<String> {
    fs::read_dir(root).ok()?.flatten().map(|entry| entry.path()).filter(|path| path.join("lock").exists()).find_map(
        |path| {
            let lock = open_lock(&path).ok()?;
            let free = Flock::lock(lock, FlockArg::LockExclusiveNonblock).is_ok();
            (!free).then(|| path.file_name().unwrap_or_default().to_string_lossy().into_owned())
        },
    )
}

/// Restores what the lease in `folder` left, as soon as nobody holds it. Nothing there is fine.
pub fn restore_when_free(folder: &Path) -> Result<(), AgentError> {
    if !folder.exists() {
        return Ok(());
    }
    let lock = open_lock(folder)?;
    let _lock = Flock::lock(lock, FlockArg::LockExclusive)
        .map_err(|(_, error)| AgentError::io("lock the lease")(error.into()))?;
    if folder.exists() { finish(folder) } else { Ok(()) }
}

/// Restores every lease below `root` that nobody holds. Returns what was done, as sentences.
pub fn sweep(root: &Path) -> Vec<String> {
    let mut done = Vec::new();
    let Ok(entries) = fs::read_dir(root) else { return done };
    for folder in entries.flatten().map(|entry| entry.path()).filter(|path| path.join("lock").exists()) {
        // Only what this user made: another one could leave anything here.
        let own =
            folder.symlink_metadata().is_ok_and(|meta| meta.is_dir() && meta.uid() == nix::unistd::geteuid().as_raw());
        if !own {
            continue;
        }
        let Ok(lock) = open_lock(&folder) else { continue };
        let Ok(_lock) = Flock::lock(lock, FlockArg::LockExclusiveNonblock) else { continue };
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match finish(&folder) {
            Ok(()) => done.push(format!("restored what the lease {name} had left")),
            Err(error) => done.push(format!("the lease {name} could not be restored: {error}")),
        }
    }
    done
}

/// Undoes what is listed in a lease's folder and removes it. The caller holds the lock.
fn finish(folder: &Path) -> Result<(), AgentError> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = fs::read_to_string(folder.join("undo.jsonl")).unwrap_or_default();
    let entries: Vec<Entry> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    // Daemons first: they must not put back what is being removed.
    process::end_all(&name);
    let mut failures = Vec::new();
    for entry in entries.iter().rev() {
        if let Err(error) = undo(&entry.undo) {
            failures.push(error.to_string());
        }
    }
    if !failures.is_empty() {
        return Err(AgentError::Restore { what: failures.join("; ") });
    }
    fs::remove_dir_all(folder).map_err(AgentError::io(format!("remove {}", folder.display())))
}

fn undo(undo: &Undo) -> Result<(), AgentError> {
    match undo {
        Undo::Impairment { interface } => change::unimpair(interface),
        Undo::Kernel { path, value } => match fs::write(path, value) {
            // The interface that it belonged to is gone.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            written => written.map_err(AgentError::io(format!("restore {}", path.display()))),
        },
        Undo::Parameters { values } => {
            for (path, value) in values {
                let now = fs::read_to_string(path);
                if now.is_ok_and(|now| now.trim_end() != value) {
                    fs::write(path, value).map_err(AgentError::io(format!("restore {}", path.display())))?;
                }
            }
            Ok(())
        }
        Undo::Offload { interface, feature, on } => change::set_offload(interface, feature, *on),
        Undo::Interface { name } => change::delete_interface(name),
        Undo::PacketFilter { table } => filter::remove(table),
        Undo::Command { command } => {
            // What it undoes may be undone already, so its exit code says nothing.
            let _ = change::quiet(command);
            Ok(())
        }
        Undo::Cgroup { path } => process::remove_cgroup(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_that_nobody_holds_is_restored_and_one_that_is_held_is_not() {
        let root = tempfile::tempdir().unwrap();
        let witness = root.path().join("witness");
        let mut lease = Lease::take(root.path(), "a").unwrap();
        let touch = vec!["touch".to_owned(), witness.display().to_string()];
        lease.note(Scope::System, Undo::Command { command: touch }).unwrap();
        assert!(sweep(root.path()).is_empty(), "it is held");
        assert!(Lease::take(root.path(), "other").unwrap_err().to_string().contains("another campaign"));
        assert!(!witness.exists());
        drop(lease);
        assert_eq!(sweep(root.path()).len(), 1);
        assert!(witness.exists());
        assert!(!root.path().join("a").exists());
    }

    #[test]
    fn scopes_are_undone_by_themselves_latest_first() {
        let root = tempfile::tempdir().unwrap();
        let log = root.path().join("log");
        let mut lease = Lease::take(root.path(), "b").unwrap();
        let say = |word: &str| {
            let script = format!("echo {word} >> {}", log.display());
            Undo::Command { command: ["sh", "-c", &script].map(str::to_owned).to_vec() }
        };
        lease.note(Scope::System, say("one")).unwrap();
        lease.note(Scope::Profile, say("other")).unwrap();
        lease.note(Scope::System, say("two")).unwrap();
        lease.restore(Scope::System).unwrap();
        assert_eq!(fs::read_to_string(&log).unwrap(), "two\none\n");
        lease.end().unwrap();
        assert_eq!(fs::read_to_string(&log).unwrap(), "two\none\nother\n");
    }

    #[test]
    fn a_torn_list_loses_at_most_its_last_line() {
        let root = tempfile::tempdir().unwrap();
        let witness = root.path().join("witness");
        let mut lease = Lease::take(root.path(), "c").unwrap();
        let touch = vec!["touch".to_owned(), witness.display().to_string()];
        lease.note(Scope::Lease, Undo::Command { command: touch }).unwrap();
        let list = lease.folder().join("undo.jsonl");
        drop(lease);
        let mut text = fs::read_to_string(&list).unwrap();
        text.push_str("{\"scope\":\"lea");
        fs::write(&list, text).unwrap();
        sweep(root.path());
        assert!(witness.exists());
    }
}
