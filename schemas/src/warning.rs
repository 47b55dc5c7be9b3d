//! What a reader must know about a number, as values that travel with it.

use crate::named::named;
use crate::set::Set;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The warnings of one number.
pub type Warnings = Set<Warning>;

macro_rules! warnings {
    ($($(#[doc = $doc:literal])+ $Name:ident = $code:literal,)+) => {
        named! {
            /// One thing that a reader must know about an estimate.
            pub enum Warning { $($(#[doc = $doc])+ $Name = $code,)+ }
        }

        impl Warning {
            /// What it means, for people.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$Name => concat!($($doc),+).trim_ascii_start(),)+ }
            }
        }
    };
}

warnings! {
    /// No block has a value from every link of the cell, so there is no value for the cell.
    IncompleteLinks = "incomplete-links",
    /// Some blocks lack a link and were left out.
    IncompleteBlocks = "incomplete-blocks",
    /// The interval says how links differ, not how a repetition would; a mean with t rests on normality.
    LinksOnly = "links-only",
    /// The campaign has one link for this workload, so nothing is known of others.
    SingleLink = "single-link",
    /// The interval is made of the samples of one run, corrected for their lag-1 autocorrelation; of 30 samples correlated by 0.6 it holds in 90 % where it says 95 %, of 10 in 82 %.
    Autocorrelated = "autocorrelated",
    /// The confidence of the interval rests on the blocks' values being normal (on their scale).
    Normality = "normality",
    /// Values of zero or below in a metric whose scale is logarithmic; the linear scale was used.
    NotPositive = "not-positive",
    /// All values are equal, so the interval has no width; that is no claim of certainty.
    NoVariation = "no-variation",
    /// An interval of the row (of the value, of the arithmetic mean, or of the family) reaches where no value can be: below zero, a share above 1, a difference of shares beyond ±1. That end is worth what is possible.
    BeyondRange = "beyond-range",
    /// There is a value and no interval for it.
    NoInterval = "no-interval",
    /// The interval has less confidence than asked for.
    WideConfidence = "wide-confidence",
    /// Some durations were stopped at a limit and are known only to be longer.
    Censored = "censored",
    /// Attempts of several links or blocks were counted together as if they had one probability.
    PooledAttempts = "pooled-attempts",
    /// Some values come from a summary whose samples the dataset does not have.
    SummaryOnly = "summary-only",
    /// Some results stand for earlier attempts that failed and were overwritten.
    HiddenRetries = "hidden-retries",
    /// Some attempts moved next to nothing.
    Stalled = "stalled",
    /// Of some attempts only a part ran.
    Partial = "partial",
    /// The two sides are compared on fewer links than belong to them, because the others lack a value.
    FewerLinks = "fewer-links",
    /// Each link in each block was taken as a repetition of its own, which assumes that links of one block err independently; where they are correlated by 0.25 the interval holds in 89 to 92 % where it says 95 %, by 0.5 in 82 to 86 %.
    LinkInBlock = "link-in-block",
    /// Runs of all blocks were put together (for medians those of all links as well), as if they were alike, and as if both sides were stopped by the same limits.
    PooledRuns = "pooled-runs",
    /// The campaign went on until its intervals were narrow, so that blocks that agree by chance could end it: the interval holds less often than it says, for a single cell in 90 to 95 % instead of 95 % from 3 blocks on. With `confirm = 2` in the matrix it holds as often.
    StoppedWhenNarrow = "stopped-when-narrow",
    /// The interval and p, not adjusted, do not agree on whether there is a difference: they come from two methods (`method`, `test`) that assume different things. The answer follows p.
    IntervalAndTest = "interval-and-test",
    /// The interval is of this comparison alone, and leaves out no difference. With p adjusted for all tests of the family, no difference is not ruled out.
    NotAdjusted = "not-adjusted",
    /// The interval comes from resampling fewer than 30 values, and holds too seldom: where it says 95 %, in about 73 % for 3 normal ones, 83 % for 5 and 89 % for 10.
    FewToResample = "few-to-resample",
    /// Neighbouring blocks may depend on each other, and the interval allows for it, with a correlation between 0 and 0.9; it is wider than one that takes blocks for independent.
    DependentBlocks = "dependent-blocks",
    /// The interval of the median takes the runs of all links and blocks as if they were alike and independent.
    PooledDurations = "pooled-durations",
    /// Blocks of several campaigns count as if they were blocks of one, although those of one campaign may be more alike than the interval supposes.
    SeveralCampaigns = "several-campaigns",
}
