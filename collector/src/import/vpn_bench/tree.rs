//! Finding a campaign in a folder: systems, profiles and links, and every file's part in it.

use super::facts::{AGGREGATE_FOLDERS, CONNECT_FILES, LINK_FILES, PARALLEL_FILE, PHASES_FILE, SUPPORT_FILES};
use crate::import::ImportError;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A campaign's files, sorted by what they are.
#[derive(Debug, Default)]
pub struct Tree {
    /// The campaign's folder.
    pub root: PathBuf,
    /// The systems by their folders' names.
    pub systems: BTreeMap<String, SystemTree>,
    /// `General/hardware.json`, where there is one.
    pub hardware: Option<PathBuf>,
    /// Every regular file found.
    pub files: usize,
    /// Files that are no part of a measurement, and why: paths relative to the root.
    pub unused: Vec<(String, String)>,
}

/// One system's folder.
#[derive(Debug, Default)]
pub struct SystemTree {
    /// `layout.json`, where there is one.
    pub layout: Option<PathBuf>,
    /// The files about the harness's own work: with the name of the profile's folder, or an empty one for that of the
    /// system itself.
    pub phases: BTreeMap<String, PathBuf>,
    /// The profiles by their folders' names; an empty name where links stand directly in the system's folder.
    pub profiles: BTreeMap<String, ProfileTree>,
}

/// One profile's folder.
#[derive(Debug, Default)]
pub struct ProfileTree {
    /// Its name; none where the links stand directly in the system's folder, or where there is none.
    pub folder: Option<String>,
    /// `tc_settings.json`, where there is one.
    pub impairment: Option<PathBuf>,
    /// The file of all links at once, where there is one.
    pub parallel: Option<PathBuf>,
    /// The links by number and source host.
    pub links: BTreeMap<(u32, String), LinkTree>,
}

/// One link's folder: its result files by name.
#[derive(Debug, Default)]
pub struct LinkTree {
    /// Paths by file name.
    pub files: BTreeMap<&'static str, PathBuf>,
}

/// Looks for the one campaign in a folder, or in its only subfolder that holds one.
pub fn discover(folder: &Path) -> Result<Tree, ImportError> {
    let mut candidates = campaign_roots(folder, 3)?;
    match candidates.len() {
        0 => Err(ImportError::NoCampaign(folder.to_owned())),
        1 => read_tree(candidates.remove(0)),
        _ => {
            let found =
                candidates.iter().map(|root| root.strip_prefix(folder).unwrap_or(root).display().to_string()).collect();
            Err(ImportError::SeveralCampaigns { path: folder.to_owned(), found })
        }
    }
}

/// The folders, down to `depth`, of which a subfolder looks like a system.
fn campaign_roots(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, ImportError> {
    let subfolders = entries(folder)?.into_iter().filter(|entry| entry.is_folder).collect::<Vec<_>>();
    for subfolder in &subfolders {
        if looks_like_system(&subfolder.path)? {
            return Ok(vec![folder.to_owned()]);
        }
    }
    let mut roots = Vec::new();
    if depth > 0 {
        for subfolder in subfolders {
            roots.extend(campaign_roots(&subfolder.path, depth - 1)?);
        }
    }
    Ok(roots)
}

fn looks_like_system(folder: &Path) -> Result<bool, ImportError> {
    for entry in entries(folder)? {
        let is_link = entry.is_folder && link_name(&entry.name).is_some();
        if is_link || (!entry.is_folder && entry.name == "layout.json") {
            return Ok(true);
        }
        if entry.is_folder
            && entries(&entry.path)?.iter().any(|inner| inner.is_folder && link_name(&inner.name).is_some())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Number and host of a link's folder, `<number>_<host>`.
fn link_name(name: &str) -> Option<(u32, String)> {
    let (number, host) = name.split_once('_')?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !host.is_empty()).then_some(())?;
    Some((number.parse().ok()?, host.to_owned()))
}

struct Entry {
    path: PathBuf,
    name: String,
    is_folder: bool,
    is_file: bool,
}

/// A folder's entries by name; links are neither followed nor files.
fn entries(folder: &Path) -> Result<Vec<Entry>, ImportError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(ImportError::io("list", folder))? {
        let entry = entry.map_err(ImportError::io("list", folder))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(ImportError::io("read", &path))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        found.push(Entry { path, name, is_folder: kind.is_dir(), is_file: kind.is_file() });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn read_tree(root: PathBuf) -> Result<Tree, ImportError> {
    let mut tree = Tree { root, ..Tree::default() };
    for entry in entries(&tree.root.clone())? {
        if !entry.is_folder {
            tree.leave(&entry, "stands outside of any system's folder");
        } else if looks_like_system(&entry.path)? {
            let system = tree.read_system(&entry.path)?;
            tree.systems.insert(entry.name, system);
        } else {
            tree.read_general(&entry.path)?;
        }
    }
    tree.unused.sort();
    Ok(tree)
}

impl Tree {
    /// A path relative to the root, with `/`.
    pub fn relative(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    /// Names of all profiles' folders.
    pub fn profile_names(&self) -> BTreeSet<&str> {
        self.systems.values().flat_map(|system| system.profiles.keys().map(String::as_str)).collect()
    }

    /// Whether a result file of this name occurs anywhere in the campaign.
    pub fn has(&self, name: &str) -> bool {
        self.systems.values().flat_map(|system| system.profiles.values()).any(|profile| {
            (name == PARALLEL_FILE.name && profile.parallel.is_some())
                || profile.links.values().any(|link| link.files.contains_key(name))
        })
    }

    fn leave(&mut self, entry: &Entry, why: &str) {
        self.files += usize::from(entry.is_file);
        let why = if entry.is_file || entry.is_folder { why } else { "is a link or a special file, not followed" };
        let path = self.relative(&entry.path);
        self.unused.push((path, why.to_owned()));
    }

    fn leave_all(&mut self, folder: &Path, why: &str) -> Result<(), ImportError> {
        for entry in entries(folder)? {
            if entry.is_folder {
                self.leave_all(&entry.path, why)?;
            } else {
                self.leave(&entry, why);
            }
        }
        Ok(())
    }

    /// A folder beside the systems, `General` in practice.
    fn read_general(&mut self, folder: &Path) -> Result<(), ImportError> {
        for entry in entries(folder)? {
            let aggregate = AGGREGATE_FOLDERS.iter().find(|(name, _)| *name == entry.name);
            if entry.is_file && entry.name == "hardware.json" && self.hardware.is_none() {
                self.files += 1;
                self.hardware = Some(entry.path);
            } else if !entry.is_folder {
                self.leave(&entry, "unknown file outside of any system's folder");
            } else if let Some((_, why)) = aggregate {
                self.leave_all(&entry.path, why)?;
            } else {
                self.leave_all(&entry.path, "unknown folder outside of any system's folder")?;
            }
        }
        Ok(())
    }

    fn read_system(&mut self, folder: &Path) -> Result<SystemTree, ImportError> {
        let mut system = SystemTree::default();
        for entry in entries(folder)? {
            if entry.is_file && entry.name == "layout.json" {
                self.files += 1;
                system.layout = Some(entry.path);
            } else if entry.is_file && entry.name == PHASES_FILE {
                self.files += 1;
                system.phases.insert(String::new(), entry.path);
            } else if entry.is_folder {
                if let Some(link) = link_name(&entry.name) {
                    let files = self.read_link(&entry.path)?;
                    system.profiles.entry(String::new()).or_default().links.insert(link, files);
                } else {
                    let (mut profile, phases) = self.read_profile(&entry.path)?;
                    profile.folder = Some(entry.name.clone());
                    system.phases.extend(phases.map(|path| (entry.name.clone(), path)));
                    if profile.impairment.is_some() || profile.parallel.is_some() || !profile.links.is_empty() {
                        system.profiles.insert(entry.name, profile);
                    }
                }
            } else if entry.is_file && entry.name == PARALLEL_FILE.name {
                self.files += 1;
                system.profiles.entry(String::new()).or_default().parallel = Some(entry.path);
            } else {
                self.leave_known(&entry);
            }
        }
        Ok(system)
    }

    /// The profile's files, and the one about the harness's own work.
    fn read_profile(&mut self, folder: &Path) -> Result<(ProfileTree, Option<PathBuf>), ImportError> {
        let mut profile = ProfileTree::default();
        let mut phases = None;
        for entry in entries(folder)? {
            match (entry.is_file, entry.is_folder, entry.name.as_str()) {
                (true, _, "tc_settings.json") => {
                    self.files += 1;
                    profile.impairment = Some(entry.path);
                }
                (true, _, name) if name == PARALLEL_FILE.name => {
                    self.files += 1;
                    profile.parallel = Some(entry.path);
                }
                (true, _, PHASES_FILE) => {
                    self.files += 1;
                    phases = Some(entry.path);
                }
                (_, true, name) => match link_name(name) {
                    Some(link) => {
                        let files = self.read_link(&entry.path)?;
                        profile.links.insert(link, files);
                    }
                    None => self.leave_all(&entry.path, "unknown folder within a profile")?,
                },
                _ => self.leave_known(&entry),
            }
        }
        Ok((profile, phases))
    }

    fn read_link(&mut self, folder: &Path) -> Result<LinkTree, ImportError> {
        let mut link = LinkTree::default();
        for entry in entries(folder)? {
            let known = LINK_FILES.iter().chain(CONNECT_FILES).find(|file| entry.is_file && file.name == entry.name);
            if let Some(file) = known {
                self.files += 1;
                link.files.insert(file.name, entry.path);
            } else if entry.is_folder {
                self.leave_all(&entry.path, "unknown folder within a link")?;
            } else {
                self.leave_known(&entry);
            }
        }
        Ok(link)
    }

    fn leave_known(&mut self, entry: &Entry) {
        let why = SUPPORT_FILES.contains(&entry.name.as_str()).then_some("stands in an unexpected place");
        self.leave(entry, why.unwrap_or("unknown file"));
    }
}
