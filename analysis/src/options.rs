//! What the caller of an analysis may choose.

use crate::stats::{Confidence, PValue, Resampling, adjust};
use clap::Args;
use meshbench_terminal::OneOf;

/// An effect that does not matter, relative: 0.03 takes ratios from 1/1.03 to 1.03 for nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin(f64);

/// A number that is no margin.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is no margin; give a share above 0 and below 10, such as 0.03")]
pub struct BadMargin(f64);

impl Margin {
    /// Takes a share above 0 and below 10.
    pub fn new(share: f64) -> Result<Self, BadMargin> {
        if share > 0.0 && share < 10.0 { Ok(Self(share)) } else { Err(BadMargin(share)) }
    }

    /// The share.
    pub const fn share(self) -> f64 {
        self.0
    }
}

impl Default for Margin {
    fn default() -> Self {
        Self(0.03)
    }
}

impl std::str::FromStr for Margin {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let share = text.trim().parse().ok().and_then(|share| Self::new(share).ok());
        share.ok_or_else(|| format!("{text} is no margin; give a share above 0 and below 10, such as 0.03"))
    }
}

/// Reads half the relative width that an interval should reach.
fn target(text: &str) -> Result<f64, String> {
    let share = text.trim().parse().ok().and_then(|share| Margin::new(share).ok());
    share
        .map(Margin::share)
        .ok_or_else(|| format!("{text} is no half width to reach; give a share above 0 and below 10, such as 0.05"))
}

/// How p values are adjusted within a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Adjustment {
    /// Holm: the chance of any false difference in the family stays below alpha
    #[default]
    Holm,
    /// Benjamini and Hochberg: of the differences found, a share of alpha is false on average
    BenjaminiHochberg,
}

impl Adjustment {
    /// The adjusted p of each test of a family, in its place.
    pub fn adjusted(self, family: &[Option<PValue>]) -> Vec<Option<f64>> {
        match self {
            Self::Holm => adjust::holm(family),
            Self::BenjaminiHochberg => adjust::benjamini_hochberg(family),
        }
    }

    /// The same of plain numbers. Of the smallest p that each test could have given it is the smallest adjusted one, which
    /// no data can undercut, as neither adjustment falls where a p grows.
    pub fn adjusted_values(self, family: &[Option<f64>]) -> Vec<Option<f64>> {
        let family: Vec<Option<PValue>> = family.iter().map(|p| p.and_then(PValue::of_distribution)).collect();
        self.adjusted(&family)
    }

    /// By how many tests the p of a family of so many is multiplied where all have the same one.
    pub const fn multiplier(self, tests: usize) -> usize {
        match self {
            Self::Holm => tests,
            Self::BenjaminiHochberg => 1,
        }
    }

    /// Its name in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holm => "Holm",
            Self::BenjaminiHochberg => "Benjamini and Hochberg",
        }
    }
}

/// What is taken as one independent difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Replicate {
    /// A block, its links averaged
    #[default]
    Block,
    /// Each link in each block: more power, if the links of one block err independently
    LinkInBlock,
}

/// What a score does about cells that a system has no value of. Nothing missing ever counts as best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Missing {
    /// Only cells count that every system has
    #[default]
    CommonCells,
    /// Each system has its own cells; such scores cannot be compared, and get no rank
    PerSystem,
    /// The worst that any system has in the cell
    WorstObserved,
}

/// Which interval a cell with several blocks gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum CellInterval {
    /// As `exact`, unless neighbouring blocks are alike (the finding `neighbouring-blocks-alike`): then as `dependent`
    #[default]
    Auto,
    /// The median with its exact interval from 6 blocks on, below the mean with t
    Exact,
    /// The mean, and differences of means, with an interval that allows for neighbouring blocks being correlated
    Dependent,
    /// The mean with a bias-corrected and accelerated bootstrap of the blocks; below 30 it holds less often than it says
    Bca,
}

/// What is done about a block in which a link of the cell has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Incomplete {
    /// It is left out
    #[default]
    LeaveOut,
    /// Its other links count, in a bootstrap that resamples each link's blocks by themselves
    Resample,
}

/// What the caller may choose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Confidence of every interval, 0.95 by default; tests use its complement as alpha.
    pub confidence: Confidence,
    /// The difference that does not matter, 3 % by default.
    pub margin: Margin,
    /// Seed and number of resamples, 10,000 by default.
    pub resampling: Resampling,
    /// How p is adjusted.
    pub adjustment: Adjustment,
    /// What is taken as one difference.
    pub replicate: Replicate,
    /// What scores do about missing cells.
    pub missing: Missing,
    /// Which interval a cell gets.
    pub interval: CellInterval,
    /// What is done about blocks that lack a link.
    pub incomplete: Incomplete,
    /// Half the width of an interval that a campaign should reach, relative to the value; 5 % by default.
    pub target: f64,
}

impl Options {
    /// The same with what `auto` comes to: neighbouring blocks are alike, or not.
    pub fn settled(self, alike: bool) -> Self {
        let interval = match (self.interval, alike) {
            (CellInterval::Auto, true) => CellInterval::Dependent,
            (CellInterval::Auto, false) => CellInterval::Exact,
            (asked, _) => asked,
        };
        Self { interval, ..self }
    }

    /// Whether intervals and tests over blocks allow for these depending on each other.
    pub fn dependent(&self) -> bool {
        self.interval == CellInterval::Dependent
    }

    /// Probability of a false difference that is accepted.
    pub fn alpha(&self) -> f64 {
        // Rounded, so that 1 − 0.95 is 0.05 and a p of just that counts.
        ((1.0 - self.confidence.share()) * 1e12).round() / 1e12
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            confidence: Confidence::default(),
            margin: Margin::default(),
            resampling: Resampling::default(),
            adjustment: Adjustment::default(),
            replicate: Replicate::default(),
            missing: Missing::default(),
            interval: CellInterval::default(),
            incomplete: Incomplete::default(),
            target: 0.05,
        }
    }
}

/// Under which the help of every command lists them.
const HEADING: &str = "Statistics";

/// The same on the command line.
#[derive(Debug, Clone, Args)]
pub struct OptionArgs {
    /// Confidence of intervals, as a share; tests use its complement as alpha
    #[arg(long, help_heading = HEADING, default_value = "0.95", allow_negative_numbers = true)]
    confidence: Confidence,
    /// Difference that does not matter, relative
    #[arg(long, help_heading = HEADING, default_value = "0.03", allow_negative_numbers = true)]
    margin: Margin,
    /// Resamples wherever something is drawn at random
    #[arg(long, help_heading = HEADING, default_value_t = 10_000, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    resamples: u64,
    /// Where all randomness comes from
    #[arg(long, help_heading = HEADING, default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
    /// How p values are adjusted within a family
    #[arg(long, help_heading = HEADING, value_parser = OneOf::<Adjustment>::of(), value_enum, default_value_t)]
    adjust: Adjustment,
    /// What is taken as one independent difference
    #[arg(long, help_heading = HEADING, value_parser = OneOf::<Replicate>::of(), value_enum, default_value_t)]
    replicate: Replicate,
    /// What scores do about missing cells
    #[arg(long, help_heading = HEADING, value_parser = OneOf::<Missing>::of(), value_enum, default_value_t)]
    missing: Missing,
    /// Which interval a cell with several blocks gets
    #[arg(long, help_heading = HEADING, value_parser = OneOf::<CellInterval>::of(), value_enum, default_value_t)]
    interval: CellInterval,
    /// What is done about a block in which a link of the cell has no value
    #[arg(long, help_heading = HEADING, value_parser = OneOf::<Incomplete>::of(), value_enum, default_value_t)]
    incomplete: Incomplete,
    /// Half the width of an interval that a campaign should reach, relative to the value
    #[arg(long, help_heading = HEADING, default_value = "0.05", allow_negative_numbers = true, value_parser = target)]
    target: f64,
}

impl From<OptionArgs> for Options {
    fn from(args: OptionArgs) -> Self {
        Self {
            confidence: args.confidence,
            margin: args.margin,
            resampling: Resampling { seed: args.seed, resamples: args.resamples },
            adjustment: args.adjust,
            replicate: args.replicate,
            missing: args.missing,
            interval: args.interval,
            incomplete: args.incomplete,
            target: args.target,
        }
    }
}
