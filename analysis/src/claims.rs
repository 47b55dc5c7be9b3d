//! `analyze claims`: published sentences as tests, and what a dataset says of them.

mod association;
mod cell;
mod claim;
mod contrast;
mod dimension;
mod error;
mod family;
mod file;
mod place;
mod print;
mod verdict;

pub use claim::{Claim, Quantifier, Test};
pub use error::ClaimsError;
pub use print::ClaimsFormat;

use crate::campaigns;
use crate::check::attach;
use crate::error::AnalysisError;
use crate::estimates::campaign::Campaign;
use crate::options::{OptionArgs, Options};
use crate::run_values::Spread;
use crate::stages::Analysed;
use crate::ui;
use clap::{Args, ValueEnum};
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::printed::Verdict;
use meshbench_schemas::stage::{Estimate, RunValue, Stages};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::Judgement;
use meshbench_terminal::{Known, OneOf};
use rayon::prelude::*;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The claims inside the binary, by name.
pub const EMBEDDED: &[(&str, &str)] = &[("published", include_str!("../../data/claims/published.toml"))];

/// Larger files were not written by a person.
const MOST_BYTES: u64 = 1 << 20;

/// What makes the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FailOn {
    /// Nothing
    #[default]
    Never,
    /// A claim is refuted
    Refuted,
    /// A claim is anything but supported
    NotSupported,
}

/// The command line of `analyze claims`.
#[derive(Debug, Args)]
pub struct ClaimsArgs {
    /// The dataset
    dataset: PathBuf,
    /// The claims: a TOML file, or the name of a built-in one: published
    claims: PathBuf,
    #[command(flatten)]
    options: OptionArgs,
    /// How to print
    #[arg(long, value_parser = OneOf::<ClaimsFormat>::of(), value_enum, default_value_t)]
    format: ClaimsFormat,
    /// What makes the exit code 1
    #[arg(long, value_parser = OneOf::<FailOn>::of(), value_enum, default_value_t)]
    fail_on: FailOn,
}

/// Reads claims from a file, or those that are built in.
pub fn read(path: &Path) -> Result<Vec<Claim>, ClaimsError> {
    let name = path.to_string_lossy();
    let known = Known::new("list of claims", EMBEDDED.iter().map(|(name, _)| *name));
    let meant = known.find(&name).ok().filter(|_| !path.exists());
    if let Some((name, text)) = EMBEDDED.iter().find(|(known, _)| Some(*known) == meant) {
        return parse(name, text);
    }
    let failed = |cause: std::io::Error| match cause.kind() {
        std::io::ErrorKind::NotFound => ClaimsError::Unknown(known.unknown(&name)),
        _ => ClaimsError::Read { path: name.escape_debug().to_string(), cause },
    };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(ClaimsError::TooLarge { path: name.escape_debug().to_string(), limit: MOST_BYTES });
    }
    let text = String::from_utf8(bytes).map_err(|bad| failed(std::io::Error::other(bad.utf8_error())))?;
    parse(&name, &text)
}

/// Reads claims from the text of a file; `origin` names it in errors.
pub fn parse(origin: &str, text: &str) -> Result<Vec<Claim>, ClaimsError> {
    file::parse(origin, text)
}

/// A campaign with everything that claims are tested on.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Every attempt.
    pub runs: &'a [Run],
    /// What its samples gave.
    pub values: &'a [RunValue],
    /// The spreads inside runs.
    pub spreads: &'a [Spread],
    /// One row a metric and cell.
    pub estimates: &'a [Estimate],
    /// Contrasts and ranks.
    pub comparisons: &'a Stages,
}

/// What a campaign says of claims: a row for each claim, followed by one for each of its cells, in the order of the file.
/// p is adjusted over all of them together.
pub fn judge(claims: &[Claim], evidence: Evidence<'_>, options: &Options) -> Vec<Verdict> {
    let campaign = Campaign::new(evidence.runs, evidence.values, evidence.spreads);
    let tested = claims
        .par_iter()
        .map(|claim| {
            let cells = match &claim.test {
                Test::Comparison(test) => contrast::cells(&campaign, claim, test, false, options),
                Test::Response(test) => contrast::cells(&campaign, claim, test, true, options),
                Test::Association(test) => association::cells(&campaign, evidence.estimates, claim, test, options),
                Test::Rank(test) => place::cells(&campaign, evidence.comparisons, claim, test, options),
            };
            (claim, cells)
        })
        .collect();
    verdict::verdicts(tested, options)
}

/// Judges, and says with which code to exit.
pub fn run(args: ClaimsArgs) -> Result<(String, ExitCode), AnalysisError> {
    let ClaimsArgs { dataset, claims, options, format, fail_on } = args;
    let options: Options = options.into();
    let claims = read(&claims)?;
    let analysed = Analysed::of(&Dataset::open(&dataset)?, &options)?;
    let evidence = Evidence {
        runs: &analysed.runs,
        values: &analysed.reduction.values,
        spreads: &analysed.reduction.spreads,
        estimates: &analysed.stages.estimates,
        comparisons: &analysed.stages,
    };
    let mut verdicts = judge(&claims, evidence, &analysed.options);
    campaigns::label(&analysed.runs, &mut verdicts);
    attach::verdicts(&analysed.stages.findings, &claims, &mut verdicts, &analysed.stages.estimates);
    let bad = |row: &Verdict| match fail_on {
        FailOn::Never => false,
        FailOn::Refuted => row.verdict == Judgement::Refuted,
        FailOn::NotSupported => row.verdict != Judgement::Supported,
    };
    let failed = verdicts.iter().any(|row| row.cell == 0 && bad(row));
    let code = if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    Ok((print::print(&verdicts, (format, ui::page()), &options)?, code))
}
