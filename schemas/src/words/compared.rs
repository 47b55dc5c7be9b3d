//! The words of comparisons: what is set against what, and what may be said of it.

use crate::named::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

named! {
    /// What two sides of a contrast differ in.
    pub enum Contrasted {
        /// Two systems, everything else equal.
        System = "system",
        /// Two tunings of one system.
        Tuning = "tuning",
        /// One system under an impairment and without: the share of its own baseline that it keeps.
        Response = "response",
        /// What two systems keep of their own baselines, against each other: a ratio of ratios.
        Interaction = "interaction",
    }
}

named! {
    /// What a contrast says, seen from its left side.
    pub enum Answer {
        /// The left side is better, and by more than chance.
        Better = "better",
        /// The left side is worse, and by more than chance.
        Worse = "worse",
        /// There is a difference, of a metric in which neither end is the good one.
        Different = "different",
        /// The difference is smaller than the margin, whichever way it goes.
        Equivalent = "equivalent",
        /// Shown is neither a difference nor that there is none beyond the margin. That is not "equal".
        NotResolved = "not-resolved",
        /// No data from this design could have shown a difference: the smallest p it can reach is above alpha.
        CannotTell = "cannot-tell",
        /// There are no values to compare.
        NoData = "no-data",
    }
}

named! {
    /// What the data say of a claim.
    pub enum Judgement {
        /// The data show that it is so.
        Supported = "supported",
        /// The data show that the opposite is so.
        Refuted = "refuted",
        /// The design could have shown that it is so, and the data show neither.
        NotResolved = "not-resolved",
        /// There are no values for it, or no data from this design could have shown that it is so.
        NotTestable = "not-testable",
    }
}

named! {
    /// What an interval that agrees with an adjusted test has on one side.
    pub enum IntervalEnd {
        /// Its own end, which belongs to it.
        Own = "own",
        /// None: these values give no end at this confidence, and the interval goes on without bound.
        Open = "open",
        /// No difference: the interval reached it and the test rejects it, so it ends there and does not belong to the interval.
        Cut = "cut",
        /// No difference: the interval left it out and the test does not reject it, so the interval goes up to it, and it belongs.
        Stretched = "stretched",
    }
}

impl IntervalEnd {
    /// Whether the number at this end is itself in the interval: what is written with a square bracket.
    pub const fn belongs(self) -> bool {
        matches!(self, Self::Own | Self::Stretched)
    }
}
