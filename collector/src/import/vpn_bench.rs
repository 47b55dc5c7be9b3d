//! Importing a result tree of the `vpn-bench` framework: every attempted run becomes a row with its
//! outcome, every file is read or named as not used.

mod assemble;
mod connect;
mod facts;
mod failure;
mod impairment;
mod link;
mod phases;
mod result;
mod ring;
mod summaries;
mod support;
mod tree;
mod wrapper;

use super::{ImportError, source};
use crate::ui::Progress;
use assemble::Assembled;
use meshbench_schemas::dataset::{DatasetWriter, Description, vacant};
use meshbench_schemas::manifest::{Origin, Producer};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::tables::{Host, System};
use meshbench_schemas::words::{Slug, Workload};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What to import, and where to.
#[derive(Debug, Clone)]
pub struct Options {
    /// A folder, a `.tar` or a `.tar.xz`.
    pub input: PathBuf,
    /// The dataset to write; must not exist.
    pub output: PathBuf,
    /// Short name of the campaign; the input's own name where it is absent.
    pub name: Option<String>,
    /// Host settings that the whole campaign ran with: the tree does not say.
    pub tuning: Slug,
    /// Licence of the data, as SPDX identifier.
    pub licence: Option<String>,
    /// The most that an archive may unpack to, in bytes.
    pub max_unpacked: u64,
}

/// What an import read and wrote.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The dataset.
    pub output: PathBuf,
    /// Regular files found.
    pub files: usize,
    /// Files that became rows, facts or settings.
    pub used: usize,
    /// Files that did not, and why.
    pub unused: Vec<(String, String)>,
    /// Rows of `runs` by workload and outcome.
    pub outcomes: BTreeMap<(Workload, Outcome), usize>,
    /// Samples written.
    pub samples: usize,
    /// Attempts whose samples were recovered from the text of an error.
    pub recovered: usize,
    /// Summaries written.
    pub summaries: usize,
    /// Steps of the harness's own work written.
    pub phases: usize,
    /// Credentials blotted out of raw files.
    pub redacted: usize,
    /// What else a reader must know.
    pub notes: Vec<String>,
}

/// Imports one campaign.
pub fn import(options: &Options) -> Result<Imported, ImportError> {
    vacant(&options.output)?;
    let source = source::open(&options.input, options.max_unpacked)?;
    let tree = tree::discover(&source.folder)?;
    let hardware = tree.hardware.as_ref().map(|path| (path, support::hardware(path)));
    let mut plan = Plan::of(&tree, options.tuning.clone());
    if let Some((_, Ok(hardware))) = &hardware {
        plan.cores = hardware.cores();
    }
    let plan = plan;
    // Nothing is made before it is known that there is something to import.
    let writer = DatasetWriter::create(&options.output)?;
    let progress = Mutex::new(Progress::new((tree.files - tree.unused.len().min(tree.files)) as u64, "importing"));
    let parts: Vec<Assembled> = plan
        .parts(&tree)
        .into_par_iter()
        .map(|part| {
            let assembled = assemble::assemble(&tree, &plan, &part, &writer);
            if let Ok(assembled) = &assembled {
                progress.lock().unwrap_or_else(PoisonError::into_inner).inc(assembled.files as u64);
            }
            assembled
        })
        .collect::<Result<_, _>>()?;
    let mut hosts = Vec::new();
    let mut complaints = Vec::new();
    let mut imported = Imported {
        output: options.output.clone(),
        files: tree.files,
        unused: tree.unused.clone(),
        ..Imported::default()
    };
    match hardware {
        Some((_, Ok(hardware))) => {
            imported.used += 1;
            hosts.extend(hardware.facts);
            complaints = hardware.complaints;
        }
        Some((path, Err(why))) => imported.unused.push((tree.relative(path), why)),
        None => {}
    }
    let (mut runs, mut summaries, mut odd) = (Vec::new(), Vec::new(), Vec::new());
    let mut kernels: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for part in parts {
        imported.used += part.used;
        imported.unused.extend(part.unused);
        imported.samples += part.samples;
        imported.redacted += part.redacted;
        for (host, kernel) in part.kernels {
            kernels.entry(host).or_default().insert(kernel);
        }
        odd.extend(part.notes);
        runs.extend(part.runs);
        summaries.extend(part.summaries);
    }
    for (host, found) in kernels {
        let value = found.into_iter().collect::<Vec<_>>().join("; ");
        hosts.push(Host { host, phase: "import".into(), fact: "kernel".to_owned(), value });
    }
    for system in plan.systems.values() {
        imported.used += usize::from(system.layout_read);
        imported.unused.extend(system.layout_problem.clone());
    }
    let mut steps = Vec::new();
    for (label, system) in &tree.systems {
        for (folder, path) in &system.phases {
            let profile = plan.profiles.get(folder).filter(|_| !folder.is_empty());
            let place = phases::Place { system: plan.id(label), tuning: &plan.tuning, origin: tree.relative(path) };
            match phases::read(path, &place, profile, |name| plan.profiles.get(name)) {
                Ok(found) => {
                    imported.used += 1;
                    steps.extend(found);
                }
                Err(why) => imported.unused.push((tree.relative(path), why)),
            }
        }
    }
    phases::number(&mut steps);
    imported.phases = steps.len();
    writer.phases(steps)?;
    for run in &runs {
        *imported.outcomes.entry((run.workload, run.outcome)).or_default() += 1;
        imported.recovered += usize::from(run.recovered);
    }
    imported.summaries = summaries.len();
    imported.unused.sort();
    imported.notes = notes(&plan);
    imported.notes.extend(odd);
    if !complaints.is_empty() {
        imported.notes.push(format!(
            "Facts of the hosts that hold the complaint of a program instead of a value were left out: {}.",
            complaints.join(", ")
        ));
    }
    progress.lock().unwrap_or_else(PoisonError::into_inner).finish();
    let name = options.name.clone().unwrap_or_else(|| campaign_name(&source.name, &tree.root, &source.folder));
    let systems = plan.systems.iter().map(|(label, system)| system_row(label, system)).collect();
    writer.finish(
        Description {
            name: Slug::of(&name),
            title: Some(format!("vpn-bench campaign {name}")),
            licence: options.licence.clone(),
            producer: Producer {
                name: "collect import vpn-bench".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            origin: Origin::Imported { framework: "vpn-bench".to_owned() },
            seed: None,
            notes: imported.notes.clone(),
        },
        runs,
        summaries,
        hosts,
        systems,
    )?;
    Ok(imported)
}

/// The campaign's own folder names it better than an archive that holds only this folder.
fn campaign_name(input: &str, root: &Path, folder: &Path) -> String {
    match root.strip_prefix(folder).ok().and_then(Path::file_name) {
        Some(name) => name.to_string_lossy().into_owned(),
        None => input.to_owned(),
    }
}

fn notes(plan: &Plan) -> Vec<String> {
    let mut notes = vec![
        "One run a link and cell: intervals can only cover how links differ, not how a repetition would.".to_owned(),
        "ping, qperf and rist results are the harness's summaries; the samples behind them were not kept.".to_owned(),
        "iperf3 sends both ways at once where `both_directions` says so; UDP is offered without a rate limit, so most of its loss happens in the sender.".to_owned(),
        "Video results without the receiver's statistics say only what the encoder at the source did.".to_owned(),
        "The impairment is what was configured per host and direction; nobody measured what was realised.".to_owned(),
        "After an error the harness reports the most attempts it could have made, not how many it made; earlier attempts are rows only where a later one succeeded.".to_owned(),
    ];
    if plan.profiles.contains_key("") {
        notes.push(format!("The tree has no profile folders for some systems; these runs are labelled `{}`, their impairment is unknown.", facts::UNPROFILED));
    }
    notes
}

fn system_row(label: &str, system: &PlannedSystem) -> System {
    System {
        system: system.id.as_str().into(),
        label: label.to_owned(),
        version: None,
        binary_sha256: None,
        mtu_byte: None,
        address_family: system.address_family.map(Into::into),
        note: (system.id.as_str() == "internal").then(|| "the bare network, no VPN".to_owned()),
    }
}

/// The matrix that the tree shows: what was run anywhere belongs everywhere.
struct Plan {
    tuning: Slug,
    systems: BTreeMap<String, PlannedSystem>,
    /// Profile names by their folders' names.
    profiles: BTreeMap<String, Slug>,
    /// Result files that occur in this campaign.
    files: BTreeSet<&'static str>,
    /// The files about connecting that some system has under a profile: some versions connect once an
    /// installation, which is once for all profiles.
    connects: BTreeSet<(&'static str, Slug)>,
    /// Hosts of the ring, in order.
    ring: Vec<String>,
    /// Whether a layout says which hosts there are.
    laid_out: bool,
    /// CPU cores of the hosts, as far as they are known.
    cores: BTreeMap<String, f64>,
}

struct PlannedSystem {
    id: Slug,
    /// The hosts of its own layout, in order.
    hosts: Vec<String>,
    layout_read: bool,
    layout_problem: Option<(String, String)>,
    address_family: Option<&'static str>,
}

/// One system under one profile.
struct Part<'a> {
    number: usize,
    system: &'a str,
    profile: &'a Slug,
    folder: Option<&'a tree::ProfileTree>,
}

/// The first of some names whose id is free. Folders that differ in case or in a dropped ending only, such as
/// `Tinc` and `tinc`, stay apart by a hash of the name.
fn unused_id(names: &[&str], used: impl Fn(&Slug) -> bool) -> Slug {
    let plain = names.iter().map(|name| Slug::of(name)).find(|id| !used(id));
    plain.unwrap_or_else(|| Slug::of(&format!("{}/", names.last().unwrap_or(&"unnamed"))))
}

impl Plan {
    fn of(tree: &tree::Tree, tuning: Slug) -> Self {
        let mut systems = BTreeMap::new();
        let mut rings: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for (label, system) in &tree.systems {
            let mut planned = PlannedSystem {
                id: unused_id(&[label], |id| systems.values().any(|used: &PlannedSystem| used.id == *id)),
                hosts: Vec::new(),
                layout_read: false,
                layout_problem: None,
                address_family: None,
            };
            match system.layout.as_ref().map(|path| (path, support::layout(path))) {
                Some((_, Ok(layout))) => {
                    planned.layout_read = true;
                    planned.address_family = layout.address_family();
                    planned.hosts.clone_from(&layout.hosts);
                    *rings.entry(layout.hosts).or_default() += 1;
                }
                Some((path, Err(why))) => planned.layout_problem = Some((tree.relative(path), why)),
                None => {}
            }
            systems.insert(label.clone(), planned);
        }
        // The order of most layouts; without any, the numbers of the links' folders.
        let ring = rings
            .into_iter()
            .filter(|(hosts, _)| !hosts.is_empty())
            .max_by_key(|(_, systems)| *systems)
            .map(|(hosts, _)| hosts);
        let laid_out = ring.is_some();
        let ring = ring.unwrap_or_else(|| {
            let links: BTreeSet<&(u32, String)> = tree
                .systems
                .values()
                .flat_map(|system| system.profiles.values())
                .flat_map(|profile| profile.links.keys())
                .collect();
            let mut hosts: Vec<String> = Vec::new();
            for (_, host) in links {
                if !hosts.contains(host) {
                    hosts.push(host.clone());
                }
            }
            hosts
        });
        let mut profiles: BTreeMap<String, Slug> = BTreeMap::new();
        for name in tree.profile_names().into_iter().filter(|name| !name.is_empty()) {
            let id = unused_id(&[facts::profile_name(name), name], |id| profiles.values().any(|used| used == id));
            profiles.insert(name.to_owned(), id);
        }
        // Links without a profile's folder are the baseline of their system, unless it has another one.
        let baseline = Slug::of(facts::UNPROFILED);
        let twice = |system: &tree::SystemTree| {
            let named = system.profiles.keys().any(|name| profiles.get(name) == Some(&baseline));
            named && system.profiles.contains_key("")
        };
        let id = if tree.systems.values().any(twice) { Slug::of("unprofiled") } else { baseline };
        if tree.profile_names().contains("") {
            profiles.insert(String::new(), id);
        }
        let all = facts::LINK_FILES.iter().chain(facts::CONNECT_FILES).chain([&facts::PARALLEL_FILE]);
        let files = all.map(|file| file.name).filter(|name| tree.has(name)).collect();
        let folders = tree.systems.values().flat_map(|system| &system.profiles);
        let found = folders.flat_map(|(name, folder)| folder.links.values().map(move |link| (name, link)));
        let connects = found
            .flat_map(|(name, link)| link.files.keys().map(move |file| (*file, name)))
            .filter_map(|(file, name)| Some((file, profiles.get(name)?.clone())))
            .collect();
        Self { tuning, systems, profiles, files, connects, ring, laid_out, cores: BTreeMap::new() }
    }

    /// Every system under every profile, each with the folder that holds it, where there is one.
    fn parts<'a>(&'a self, tree: &'a tree::Tree) -> Vec<Part<'a>> {
        let profiles: BTreeSet<&Slug> = self.profiles.values().collect();
        let pairs =
            self.systems.keys().flat_map(|system| profiles.iter().map(move |profile| (system.as_str(), *profile)));
        pairs
            .enumerate()
            .map(|(number, (system, profile))| {
                let folders = tree.systems.get(system).map(|system| &system.profiles);
                let folder =
                    folders.and_then(|all| all.iter().find(|(name, _)| self.profiles.get(*name) == Some(profile)));
                Part { number, system, profile, folder: folder.map(|(_, folder)| folder) }
            })
            .collect()
    }

    /// The id of a system, by the name of its folder.
    fn id(&self, label: &str) -> &str {
        self.systems.get(label).map(|system| system.id.as_str()).unwrap_or_default()
    }

    /// The hosts that can have taken part in the runs of a system, by the name of its folder.
    fn hosts(&self, label: &str) -> link::Hosts<'_> {
        let own = self.systems.get(label).map(|system| system.hosts.as_slice()).unwrap_or_default();
        link::Hosts { ring: &self.ring, own, laid_out: self.laid_out }
    }
}

#[cfg(test)]
mod tests;
