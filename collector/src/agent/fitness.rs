//! Whether this host can do its part in any measurement at all: what is wrong with it whatever is measured.

use super::change;
use super::protocol::{Unfit, UnfitKind};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Bytes for which there has to be room: configurations, keys and undo lists are smaller.
const ROOM: usize = 256 * 1024;

/// Looks whether there is room in a lease's folder, the data interface is there, and tc can be started; with
/// `impairs` also whether somebody else's queueing discipline is in the way.
pub fn look(work: &Path, interface: &str, impairs: bool) -> Vec<Unfit> {
    let mut found = Vec::new();
    let mut unfit = |kind, what: String| found.push(Unfit { kind, what });
    if let Err(error) = room(work) {
        unfit(UnfitKind::NoRoom, format!("a file cannot be written in {}: {error}", work.display()));
    }
    if !Path::new("/sys/class/net").join(interface).exists() {
        unfit(UnfitKind::NoInterface, format!("there is no interface {interface}"));
    }
    let tc = Command::new("tc").arg("-V").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match tc {
        Ok(status) if status.success() => {
            if let Some(error) = impairs.then(|| change::refuse_foreign_qdisc(interface).err()).flatten() {
                unfit(UnfitKind::ForeignQdisc, error.to_string());
            }
        }
        Ok(status) => unfit(UnfitKind::NoTc, format!("`tc -V` does not work: {status}")),
        Err(error) => unfit(UnfitKind::NoTc, format!("tc, which impairs and counts, cannot be started: {error}")),
    }
    found
}

/// Writes a file and removes it: only that tells a full disk, a quota, too few inodes and a read-only one alike.
fn room(work: &Path) -> std::io::Result<()> {
    let path = work.join(".room");
    let written =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path).and_then(|mut file| {
            file.write_all(&vec![1; ROOM])?;
            file.sync_data()
        });
    match std::fs::remove_file(&path) {
        Err(error) if written.is_ok() => Err(error),
        _ => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_unfit_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let kinds = |work: &Path, interface: &str| -> Vec<UnfitKind> {
            look(work, interface, false)
                .into_iter()
                .map(|unfit| unfit.kind)
                .filter(|kind| *kind != UnfitKind::NoTc)
                .collect()
        };
        assert_eq!(kinds(folder.path(), "lo"), []);
        assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing is left");
        assert_eq!(kinds(folder.path(), "no-such0"), [UnfitKind::NoInterface]);
        assert_eq!(kinds(&folder.path().join("gone"), "lo"), [UnfitKind::NoRoom]);
        // Every write to it fails as on a full disk.
        let full = folder.path().join("full");
        std::fs::create_dir(&full).unwrap();
        std::os::unix::fs::symlink("/dev/full", full.join(".room")).unwrap();
        let found = look(&full, "lo", false);
        assert!(found[0].kind == UnfitKind::NoRoom && found[0].what.contains("No space left"), "{found:?}");
    }
}
