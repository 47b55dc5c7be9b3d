//! `collect import`.

use super::Done;
use crate::import::vpn_bench::{self, Imported};
use crate::import::{ImportError, source};
use crate::ui;
use clap::{Args, Subcommand};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::words::{Slug, Workload};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Import {
    /// Import a result tree of the vpn-bench framework
    #[command(
        name = "vpn-bench",
        after_help = "Examples:
  collect import vpn-bench campaign -o ds
  collect import vpn-bench campaign.tar.xz -o ds --tuning default"
    )]
    VpnBench(VpnBenchArgs),
}

#[derive(Debug, Args)]
pub(super) struct VpnBenchArgs {
    /// The campaign: its folder, or a .tar or .tar.xz of it
    input: PathBuf,
    /// Folder for the dataset; it must not exist, and the folder that it is to stand in must
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// Short name of the campaign [default: the input's name]
    #[arg(long)]
    name: Option<String>,
    /// Host settings that the campaign ran with: the tree itself does not say
    #[arg(long, default_value = "default", value_parser = Slug::new)]
    tuning: Slug,
    /// Licence of the data, as SPDX identifier, where its owner gave one
    #[arg(long)]
    licence: Option<String>,
    /// The most that an archive may unpack to, in bytes
    #[arg(long, default_value_t = source::MAX_UNPACKED_BYTES)]
    max_unpacked: u64,
}

impl Import {
    /// Imports, and says what was read.
    pub(super) fn run(self) -> Done {
        let Self::VpnBench(args) = self;
        let options = vpn_bench::Options {
            input: args.input,
            output: args.output,
            name: args.name,
            tuning: args.tuning,
            licence: args.licence,
            max_unpacked: args.max_unpacked,
        };
        match vpn_bench::import(&options) {
            Ok(imported) => Ok(ui::page().fit(&import_report(&imported))),
            Err(error) => {
                let failure = match &error {
                    ImportError::Io { .. } => true,
                    ImportError::Dataset(error) => error.is_failure(),
                    _ => false,
                };
                Err((ui::of_stderr().fit(&format!("error: {error}")), 2 - u8::from(failure)))
            }
        }
    }
}

/// What an import read, for people.
fn import_report(imported: &Imported) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "files     {} found, {} used, {} not used",
        imported.files,
        imported.used,
        imported.unused.len()
    );
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, why) in &imported.unused {
        reasons.entry(why).or_default().push(path);
    }
    for (why, paths) in reasons {
        let _ = writeln!(text, "          {:>5} × {why}: {}", paths.len(), sample_of(&paths));
    }
    let runs: usize = imported.outcomes.values().sum();
    let _ = writeln!(text, "attempts  {runs}");
    for workload in Workload::ALL {
        let counts: Vec<String> = Outcome::ALL
            .iter()
            .filter_map(|outcome| Some(format!("{} {outcome}", imported.outcomes.get(&(*workload, *outcome))?)))
            .collect();
        if !counts.is_empty() {
            let _ = writeln!(text, "          {workload:<14} {}", counts.join(", "));
        }
    }
    let _ = writeln!(
        text,
        "samples   {} (of {} attempts recovered from the text of an error)",
        imported.samples, imported.recovered
    );
    let _ = writeln!(text, "summaries {}", imported.summaries);
    if imported.phases > 0 {
        let _ = writeln!(text, "phases    {} steps of the harness's own work", imported.phases);
    }
    if imported.redacted > 0 {
        let _ = writeln!(text, "redacted  {} credentials in raw files", imported.redacted);
    }
    for note in &imported.notes {
        let _ = writeln!(text, "note      {note}");
    }
    let _ = writeln!(text, "dataset   {}", imported.output.display());
    text
}

/// The first paths of a list, and how many more there are. Control characters are escaped.
fn sample_of(paths: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = paths.iter().take(SHOWN).map(|path| path.escape_debug().to_string()).collect();
    let more = paths.len().saturating_sub(SHOWN);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}
