//! `analyze merge`: several campaigns as blocks of one dataset.
//!
//! A campaign of one block can say how links differ and nothing of a repetition; two such campaigns of one kind are two
//! repetitions. What the merged dataset says of them is what any dataset says of its blocks: systems are compared within a
//! campaign, on the same links, and `--replicate link-in-block` takes each link of each campaign as a difference.
//!
//! Blocks, positions and run ids of campaigns follow one another in the order of time, whatever the order of the arguments, and the
//! same datasets give the same bytes. Every run keeps the name of its campaign; manifest, matrix and journal of each are kept
//! in `campaigns/`.

mod campaign;
mod rows;

use crate::compare::factors::{Factor, Side, between};
use crate::error::AnalysisError;
use campaign::Campaign;
use clap::Args;
use meshbench_schemas::dataset::{Dataset, DatasetWriter, Description, vacant};
use meshbench_schemas::manifest::{Origin, Producer};
use meshbench_schemas::words::Slug;
use meshbench_terminal::OneOf;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

/// The command line of `analyze merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The datasets, two at least
    #[arg(required = true, num_args = 2.., value_name = "DATASET")]
    datasets: Vec<PathBuf>,
    /// Folder for the merged dataset; it must not exist
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// Short name of the merged dataset
    #[arg(long, default_value = "merged", value_parser = |text: &str| Slug::new(text))]
    name: Slug,
    /// Merge although the campaigns differ in this; may be given several times, `all` for everything
    #[arg(long, value_name = "WHAT", value_parser = differences())]
    allow: Vec<&'static str>,
}

/// What has to be the same for campaigns to be repetitions of each other. Facts of hosts that differ are noted, and refuse
/// nothing: no two days are alike.
const SAME: [&str; 14] = [
    "version",
    "binary",
    "inner MTU",
    "address family",
    "tool",
    "tool version",
    "duration asked",
    "time limit",
    "congestion control",
    "the tool's settings",
    "send buffer of the socket",
    "receive buffer of the socket",
    "both directions at once",
    "impairment",
];

/// As above, and of another kind: the cells themselves.
const LINKS: &str = "links";
const ORIGIN: &str = "origin";

/// Allows everything.
const ALL: &str = "all";

/// What may be allowed.
fn differences() -> OneOf<&'static str> {
    OneOf::new(SAME.into_iter().chain([LINKS, ORIGIN, ALL]).map(|what| (what, what)))
}

/// Merges, and says what was merged.
pub fn run(args: &MergeArgs) -> Result<String, AnalysisError> {
    // Said before anything is read.
    vacant(&args.output)?;
    let mut campaigns: Vec<Campaign> =
        args.datasets.iter().map(|path| Campaign::read(Dataset::open(path)?)).collect::<Result<_, _>>()?;
    // Time first, so that positions go on as time did; then what does not depend on where the datasets lie.
    campaigns.sort_by(|a, b| a.place().cmp(&b.place()));
    distinct(&campaigns)?;
    campaign::name(&mut campaigns);
    let factors = factors(&campaigns);
    refuse(&factors, &args.allow)?;
    let written = write(args, &campaigns, &factors)?;
    Ok(said(&campaigns, &factors, &written))
}

fn distinct(campaigns: &[Campaign]) -> Result<(), AnalysisError> {
    for (at, first) in campaigns.iter().enumerate() {
        for second in campaigns.iter().skip(at + 1) {
            if let Some(what) = first.same_as(second) {
                let (first, second) = (first.dataset.path().to_owned(), second.dataset.path().to_owned());
                return Err(AnalysisError::SameCampaign { first, second, what });
            }
        }
    }
    Ok(())
}

/// What any campaign has otherwise than the first one, with the names of both.
fn factors(campaigns: &[Campaign]) -> Vec<(String, String, Factor)> {
    let Some((first, others)) = campaigns.split_first() else { return Vec::new() };
    let of = |other: &Campaign| {
        let mut found = between(side(first), side(other));
        let origin = |campaign: &Campaign| kind(&campaign.dataset.manifest().meshbench.origin);
        if origin(first) != origin(other) {
            let (old, new) = (origin(first), origin(other));
            found.push(Factor { what: ORIGIN.to_owned(), of: "the campaign".to_owned(), old, new });
        }
        found.into_iter().map(|factor| (first.name.clone(), other.name.clone(), factor)).collect::<Vec<_>>()
    };
    others.iter().flat_map(of).collect()
}

fn side(campaign: &Campaign) -> Side<'_> {
    Side { runs: &campaign.runs, hosts: &campaign.hosts, systems: &campaign.systems }
}

fn kind(origin: &Origin) -> String {
    match origin {
        Origin::Hosts => "hosts".to_owned(),
        Origin::Lab { hosts } => format!("lab ({hosts})"),
        Origin::Imported { framework } => format!("imported from {framework}"),
    }
}

/// Whether campaigns that differ in this are no repetitions of each other.
fn matters(factor: &Factor) -> bool {
    SAME.contains(&&*factor.what) || [LINKS, ORIGIN].contains(&&*factor.what)
}

fn refuse(factors: &[(String, String, Factor)], allow: &[&str]) -> Result<(), AnalysisError> {
    let allowed = |what: &str| allow.iter().any(|word| *word == what || *word == ALL);
    let bad: Vec<_> = factors.iter().filter(|(.., factor)| matters(factor) && !allowed(&factor.what)).collect();
    if bad.is_empty() {
        return Ok(());
    }
    let kinds: BTreeSet<&str> = bad.iter().map(|(.., factor)| &*factor.what).collect();
    let quoted = |kind: &&str| if kind.contains(' ') { format!("\"{kind}\"") } else { (*kind).to_owned() };
    Err(AnalysisError::CampaignsDiffer {
        differ: kinds.iter().copied().collect::<Vec<_>>().join(", "),
        allow: kinds.iter().map(quoted).collect::<Vec<_>>().join(" --allow "),
        factors: bad.iter().map(|row| format!("  {}", differs(row))).collect(),
    })
}

fn differs((first, other, factor): &(String, String, Factor)) -> String {
    let shown = |text: &str| text.escape_debug().to_string();
    format!(
        "{} of {}: {} ({first}), {} ({other})",
        shown(&factor.what),
        shown(&factor.of),
        shown(&factor.old),
        shown(&factor.new)
    )
}

fn write(
    args: &MergeArgs,
    campaigns: &[Campaign],
    factors: &[(String, String, Factor)],
) -> Result<PathBuf, AnalysisError> {
    let writer = DatasetWriter::create(&args.output)?;
    let merged = rows::merged(campaigns);
    rows::samples(campaigns, &writer)?;
    writer.phases(rows::phases(campaigns)?)?;
    for campaign in campaigns {
        campaign.keep(&writer)?;
    }
    let names: Vec<&str> = campaigns.iter().map(|campaign| &*campaign.name).collect();
    let mut notes: Vec<String> = vec![
        format!(
            "{} campaigns were merged, and their blocks follow one another: {}.",
            campaigns.len(),
            campaigns.iter().map(Campaign::blocks_said).collect::<Vec<_>>().join(", ")
        ),
        covered(campaigns).to_owned(),
    ];
    notes.extend(factors.iter().map(|factor| format!("Campaigns differ: {}.", differs(factor))));
    notes.extend(notes_before(campaigns));
    let description = Description {
        name: args.name.clone(),
        title: Some(format!("{} campaigns: {}", campaigns.len(), names.join(", "))),
        licence: licence(campaigns),
        producer: Producer { name: "analyze".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        origin: origin(campaigns),
        seed: None,
        notes,
    };
    Ok(writer.finish(description, merged.runs, merged.summaries, merged.hosts, merged.systems)?)
}

/// What intervals over the blocks of these campaigns cover.
fn covered(campaigns: &[Campaign]) -> &'static str {
    if campaigns.iter().all(|campaign| campaign.blocks().len() == 1) {
        "Each campaign is one block: intervals over blocks say `campaigns`. With --replicate link-in-block each link of each \
         campaign is a difference of its own."
    } else {
        "Blocks of one campaign may be more alike than those of two; rows over them say `several-campaigns`."
    }
}

/// What the campaigns' own notes said. They are of a campaign by itself, whose blocks had other numbers and whose intervals
/// covered something else; a note that all have is said once.
fn notes_before(campaigns: &[Campaign]) -> Vec<String> {
    let own = |campaign: &Campaign| campaign.dataset.manifest().meshbench.notes.clone();
    let shared: Vec<String> = campaigns.first().map(own).unwrap_or_default();
    let shared: Vec<String> =
        shared.into_iter().filter(|note| campaigns.iter().all(|campaign| own(campaign).contains(note))).collect();
    let all = shared.iter().map(|note| format!("Of each campaign before it was merged: {note}"));
    let of = |campaign: &Campaign| {
        let rest = own(campaign).into_iter().filter(|note| !shared.contains(note));
        rest.map(|note| format!("Of {} before it was merged: {note}", campaign.name)).collect::<Vec<_>>()
    };
    all.chain(campaigns.iter().flat_map(of)).collect()
}

/// The licence, where all have one and the same.
fn licence(campaigns: &[Campaign]) -> Option<String> {
    let of = |campaign: &Campaign| match campaign.dataset.manifest().licenses.as_slice() {
        [only] => Some(only.name.clone()),
        _ => None,
    };
    let all: BTreeSet<Option<String>> = campaigns.iter().map(of).collect();
    if all.len() == 1 { all.into_iter().next().flatten() } else { None }
}

/// The origin that all have, or what they are put together from.
fn origin(campaigns: &[Campaign]) -> Origin {
    let of = |campaign: &Campaign| campaign.dataset.manifest().meshbench.origin.clone();
    let all: Vec<Origin> = campaigns.iter().map(of).collect();
    match all.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => first.clone(),
        _ => Origin::Imported { framework: all.iter().map(kind).collect::<Vec<_>>().join("; ") },
    }
}

fn said(campaigns: &[Campaign], factors: &[(String, String, Factor)], written: &std::path::Path) -> String {
    let mut text = String::new();
    for campaign in campaigns {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}: {} runs", campaign.blocks_said(), campaign.runs.len());
    }
    if !factors.is_empty() {
        let _ =
            writeln!(text, "\nThe campaigns differ, and a difference between their blocks may be due to any of it:");
        for factor in factors {
            let _ = writeln!(text, "  {}", differs(factor));
        }
    }
    let _ = writeln!(text, "\n{}", covered(campaigns));
    let _ = writeln!(text, "written to {}", written.display());
    text
}
