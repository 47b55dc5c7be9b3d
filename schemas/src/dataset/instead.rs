//! What somebody may have meant who gave something that is no dataset: said with the very command that goes on from it.

use super::staging;
use crate::manifest;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Folders that are looked into at the most.
const LOOKED_AT: usize = 2000;
/// How deep a campaign of another framework may lie: its folder, a system, a profile, a link.
const DEPTH: usize = 4;

/// Why a path is no dataset and what to do instead, as the end of a sentence that begins with the path.
pub fn instead(path: &Path) -> String {
    let Ok(metadata) = fs::metadata(path) else { return absent(path) };
    if metadata.is_file() {
        return of_file(path);
    }
    if let Some(output) = unfinished(path) {
        return format!("is a campaign that is not finished; {}", go_on(&output));
    }
    let inside = datasets_in(path);
    if !inside.is_empty() {
        return format!("is no dataset, and holds some: {}", inside.join(", "));
    }
    if looks_like_vpn_bench(path) {
        return format!("is a campaign of the vpn-bench framework; `{}` makes a dataset of it", import(path));
    }
    if path.join("index.html").is_file() && path.join("stages").is_dir() {
        return "is a report; give the dataset that it was made of".to_owned();
    }
    format!("is no dataset: it has no `{}`", manifest::FILE_NAME)
}

fn absent(path: &Path) -> String {
    if staging(path).is_dir() {
        return format!("is not there yet: its campaign is not finished; {}", go_on(path));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match datasets_in(folder).as_slice() {
        [] => "does not exist".to_owned(),
        some => format!("does not exist; datasets beside it: {}", some.join(", ")),
    }
}

fn of_file(path: &Path) -> String {
    if is_archive(path) {
        return format!(
            "is an archive; where it holds a campaign of vpn-bench, `{}` makes a dataset of it",
            import(path)
        );
    }
    // Something inside of a dataset, a file of samples too.
    match path.ancestors().skip(1).take(DEPTH).find(|folder| folder.join(manifest::FILE_NAME).is_file()) {
        Some(folder) => format!("is a file of the dataset {}; give that folder", folder.display()),
        None => "is a file, and a dataset is a folder".to_owned(),
    }
}

/// The dataset that an unfinished campaign's folder will become.
fn unfinished(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_suffix(".partial")?;
    path.join("journal.jsonl").is_file().then(|| path.with_file_name(name))
}

fn go_on(output: &Path) -> String {
    let output = quoted(output);
    format!("`collect resume {output}` goes on with it, `collect seal {output}` makes a dataset of what there is")
}

fn import(path: &Path) -> String {
    format!("collect import vpn-bench {} -o {}", quoted(path), quoted(&output_for(path)))
}

/// A name for the dataset of an input that is not taken.
fn output_for(input: &Path) -> PathBuf {
    let whole = input.canonicalize().unwrap_or_else(|_| input.to_owned());
    let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = [".tar.xz", ".txz", ".tar"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    let name = if name.is_empty() { "campaign" } else { name };
    let free = [name.to_owned(), format!("{name}-dataset")].into_iter().find(|name| !Path::new(name).exists());
    free.unwrap_or_else(|| format!("{name}-dataset-2")).into()
}

/// A path as a word that a shell takes for itself.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,@%:=".contains(c);
    let text: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn is_archive(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(512).read_to_end(&mut head));
    read.is_ok() && (head.starts_with(b"\xFD7zXZ\0") || head.get(257..262) == Some(b"ustar".as_slice()))
}

/// Whether a folder is a result tree of vpn-bench, or holds one: systems with a `layout.json`, links as `<number>_<host>`.
fn looks_like_vpn_bench(folder: &Path) -> bool {
    let mut open = vec![(folder.to_owned(), DEPTH)];
    for _ in 0..LOOKED_AT {
        let Some((folder, depth)) = open.pop() else { return false };
        for (name, path, is_folder) in entries(&folder) {
            let known = if is_folder { is_link(&name) } else { name == "layout.json" && depth < DEPTH };
            if known {
                return true;
            }
            if is_folder && depth > 1 {
                open.push((path, depth - 1));
            }
        }
    }
    false
}

fn is_link(name: &str) -> bool {
    name.split_once('_').is_some_and(|(number, host)| {
        !number.is_empty() && !host.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The datasets that are folders of this one, by name; a few of many.
fn datasets_in(folder: &Path) -> Vec<String> {
    let is = |path: &Path| path.join(manifest::FILE_NAME).is_file();
    let found = entries(folder).into_iter().filter(|(_, path, is_folder)| *is_folder && is(path));
    let mut names: Vec<String> = found.map(|(name, ..)| name.escape_debug().to_string()).collect();
    names.sort();
    names.truncate(5);
    names
}

/// Name, path and whether it is a folder of each entry; none where it cannot be read.
fn entries(folder: &Path) -> Vec<(String, PathBuf, bool)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let entry = |entry: fs::DirEntry| {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        (entry.file_name().to_string_lossy().into_owned(), entry.path(), is_folder)
    };
    entries.take(LOOKED_AT).filter_map(Result::ok).map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn what_was_given_instead_leads_on() {
        let folder = made(&[
            "campaign/Tinc/layout.json",
            "deep/results/Tinc/low/0_ada/ping.json",
            "run.partial/journal.jsonl",
            "nothing/notes.txt",
            "made/datapackage.json",
            "made/samples/low/tcp.parquet",
            "report/index.html",
            "report/stages/runs.csv",
        ]);
        let path = |name: &str| folder.path().join(name);
        let shown = |name: &str| path(name).display().to_string();
        for (name, words) in [
            ("campaign", format!("`collect import vpn-bench {} -o campaign`", shown("campaign"))),
            ("deep", format!("`collect import vpn-bench {} -o deep`", shown("deep"))),
            ("run.partial", format!("`collect seal {}`", shown("run"))),
            ("run", format!("`collect resume {}` goes on", shown("run"))),
            ("nothing", "it has no `datapackage.json`".to_owned()),
            ("", "holds some: made".to_owned()),
            ("maed", "does not exist; datasets beside it: made".to_owned()),
            ("made/datapackage.json", format!("the dataset {};", shown("made"))),
            ("made/samples/low/tcp.parquet", format!("the dataset {};", shown("made"))),
            ("nothing/notes.txt", "a dataset is a folder".to_owned()),
            ("report", "is a report".to_owned()),
        ] {
            let said = instead(&path(name));
            assert!(said.contains(&words), "{name}: {said}");
        }
    }

    #[test]
    fn an_archive_leads_to_its_import_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my data 2025.tar.xz");
        fs::write(&path, b"\xFD7zXZ\0\0\0").unwrap();
        let said = instead(&path);
        assert!(said.contains(&format!("`collect import vpn-bench '{}' -o 'my data 2025'`", path.display())), "{said}");
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        fs::write(folder.path().join("x.dat"), tar).unwrap();
        assert!(instead(&folder.path().join("x.dat")).contains("-o x.dat`"));
        assert_eq!(quoted(Path::new("it's")), r"'it'\''s'");
        assert_eq!(quoted(Path::new("-o")), "'-o'");
    }
}
