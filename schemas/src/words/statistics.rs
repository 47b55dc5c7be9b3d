//! The words of statistics: how a number was made, what its interval covers, how it was tested. A method cannot be without
//! what it is called and whose it is.

use crate::named::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares methods: words, each with what it is called in a sentence and where it comes from.
macro_rules! methods {
    (
        $(#[$meta:meta])* pub enum $Enum:ident {
            $($(#[$vmeta:meta])* $Variant:ident = $name:literal, says $says:literal, source $source:literal;)+
        }
    ) => {
        named! { $(#[$meta])* pub enum $Enum { $($(#[$vmeta])* $Variant = $name,)+ } }

        impl $Enum {
            /// What it is called in a sentence.
            pub const fn says(self) -> &'static str {
                match self { $(Self::$Variant => $says,)+ }
            }

            /// Author and year of where it comes from; empty where nothing was computed.
            pub const fn source(self) -> &'static str {
                match self { $(Self::$Variant => $source,)+ }
            }
        }
    };
}

methods! {
    /// Estimator and interval of a cell's value.
    pub enum Estimator {
        /// The median of blocks.
        MedianOrderStatistic = "median-order-statistic",
            says "median over blocks, with its exact order-statistic interval", source "Conover, 1999, 3.2";
        /// The mean of blocks.
        MeanT = "mean-t", says "mean over blocks, with a t interval", source "Student, 1908";
        /// The mean of blocks on logarithms.
        GeometricMeanT = "geometric-mean-t",
            says "geometric mean over blocks, with a t interval on logarithms", source "Student, 1908";
        /// The mean of blocks that may depend on each other.
        MeanAr1 = "mean-ar1",
            says "mean over blocks, with an interval that allows for neighbouring blocks being correlated",
            source "Zellner and Tiao, 1964";
        /// The same on logarithms.
        GeometricMeanAr1 = "geometric-mean-ar1",
            says "geometric mean over blocks, with an interval that allows for neighbouring blocks being correlated",
            source "Zellner and Tiao, 1964";
        /// The mean of blocks by the bootstrap.
        MeanBca = "mean-bca",
            says "mean over blocks, with a bias-corrected and accelerated bootstrap interval", source "Efron, 1987";
        /// The same on logarithms.
        GeometricMeanBca = "geometric-mean-bca",
            says "geometric mean over blocks, with a bias-corrected and accelerated bootstrap interval",
            source "Efron, 1987";
        /// The mean over links of each link's own mean, by the bootstrap.
        StratifiedMeanBca = "stratified-mean-bca",
            says "mean over links of each link's own blocks, with a bias-corrected and accelerated bootstrap interval",
            source "Efron, 1987";
        /// The same on logarithms.
        StratifiedGeometricMeanBca = "stratified-geometric-mean-bca",
            says "geometric mean over links of each link's own blocks, with a bias-corrected and accelerated bootstrap interval",
            source "Efron, 1987";
        /// The mean of links.
        MeanLinksT = "mean-links-t", says "mean over links, with a t interval", source "Student, 1908";
        /// The same on logarithms.
        GeometricMeanLinksT = "geometric-mean-links-t",
            says "geometric mean over links, with a t interval on logarithms", source "Student, 1908";
        /// One run, by its own samples.
        WithinRunT = "within-run-t",
            says "the run's value, with a t interval over its effective samples", source "Zwiers and von Storch, 1995";
        /// One run.
        NoInterval = "no-interval", says "the run's value, without an interval", source "";
        /// The median of durations of which some were stopped.
        KaplanMeier = "kaplan-meier",
            says "Kaplan–Meier median, attempts stopped at their limit counted as censored",
            source "Kaplan and Meier, 1958";
        /// A share of attempts.
        Wilson = "wilson", says "share of started attempts, with a Wilson interval", source "Wilson, 1927";
        /// There is no value.
        None = "none", says "no estimate", source "";
    }
}

methods! {
    /// Estimator and interval of what two sides, or several systems, differ by.
    pub enum EffectMethod {
        /// The median of means of two differences.
        HodgesLehmann = "hodges-lehmann", says "Hodges–Lehmann estimate", source "Hodges and Lehmann, 1963";
        /// The median of differences of two values, one of each side.
        HodgesLehmannShift = "hodges-lehmann-shift",
            says "Hodges–Lehmann estimate of the shift", source "Hodges and Lehmann, 1963";
        /// The difference of means of two sides.
        Welch = "welch", says "difference of the means, with Welch's interval", source "Welch, 1947";
        /// The mean of differences of logarithms.
        GeometricMeanT = "geometric-mean-t",
            says "geometric mean of the ratios, with a t interval on logarithms", source "Student, 1908";
        /// The mean of differences.
        MeanT = "mean-t", says "mean of the differences, with a t interval", source "Student, 1908";
        /// The mean of logarithms of blocks that may depend on each other.
        GeometricMeanAr1 = "geometric-mean-ar1",
            says "geometric mean of the ratios, with an interval that allows for neighbouring blocks being correlated",
            source "Zellner and Tiao, 1964";
        /// The mean of blocks that may depend on each other.
        MeanAr1 = "mean-ar1",
            says "mean of the differences, with an interval that allows for neighbouring blocks being correlated",
            source "Zellner and Tiao, 1964";
        /// The difference of shares.
        Newcombe = "newcombe",
            says "difference of two shares, with Newcombe's interval", source "Newcombe, 1998, method 10";
        /// The ratio of medians of durations of which some were stopped.
        KaplanMeier = "kaplan-meier", says "ratio of Kaplan–Meier medians", source "Kaplan and Meier, 1958";
        /// The places that adjusted tests leave open.
        SignificantDifferences = "significant-differences",
            says "places that the adjusted tests leave open", source "Holm, 1979";
        /// Kendall's τ.
        KendallFisherZ = "kendall-fisher-z",
            says "Kendall's τ, with an interval on Fisher's z scale", source "Fieller, Hartley and Pearson, 1957";
        /// There is no effect.
        None = "none", says "none", source "";
    }
}

methods! {
    /// The test of no difference between two sides, or of no association.
    pub enum PairTest {
        /// Signs of paired differences.
        SignFlip = "sign-flip", says "sign-flip permutation test", source "Fisher, 1935; Pitman, 1937";
        /// The same distribution as the interval of dependent blocks.
        Ar1 = "ar1",
            says "test that allows for neighbouring blocks being correlated", source "Zellner and Tiao, 1964";
        /// Two shares.
        Fisher = "fisher", says "Fisher's exact test", source "Fisher, 1935";
        /// Durations of which some were stopped, link by link.
        StratifiedLogRank = "stratified-log-rank", says "log-rank test within links", source "Mantel, 1966";
        /// The same over all links.
        LogRank = "log-rank", says "log-rank test", source "Mantel, 1966";
        /// Two sides without pairs.
        MannWhitney = "mann-whitney", says "Mann and Whitney's test", source "Mann and Whitney, 1947";
        /// Kendall's τ.
        KendallFisherZ = "kendall-fisher-z",
            says "test of Kendall's τ on Fisher's z scale", source "Fieller, Hartley and Pearson, 1957";
        /// There is no test.
        None = "none", says "none", source "";
    }
}

methods! {
    /// The test of any difference between several systems.
    pub enum OmnibusTest {
        /// Ranks in complete blocks.
        Friedman = "friedman", says "Friedman's test", source "Friedman, 1937";
        /// The same as F.
        ImanDavenport = "iman-davenport", says "Iman and Davenport's test", source "Iman and Davenport, 1980";
        /// Ranks in blocks with holes.
        SkillingsMack = "skillings-mack", says "Skillings and Mack's test", source "Skillings and Mack, 1981";
        /// Ranks in balanced blocks with holes.
        Durbin = "durbin", says "Durbin's test", source "Durbin, 1951";
        /// There is no test.
        None = "none", says "test", source "";
    }
}

named! {
    /// What an interval or a test covers: what was repeated.
    pub enum Covers {
        /// Repetitions of the whole matrix.
        Blocks = "blocks",
        /// Campaigns.
        Campaigns = "campaigns",
        /// Links of one block.
        Links = "links",
        /// The seconds of one run.
        WithinRun = "within-run",
        /// Attempts, succeeded or not.
        Attempts = "attempts",
        /// Runs of all links and blocks.
        Runs = "runs",
        /// Systems.
        Systems = "systems",
        /// Blocks that were drawn again from those there are.
        Resampled = "resampled",
        /// Nothing.
        None = "none",
    }
}

impl Covers {
    /// One of them: `block`.
    pub fn one(self) -> &'static str {
        self.as_str().strip_suffix('s').unwrap_or(self.as_str())
    }

    /// These where there is an interval, else nothing.
    pub const fn only_if(self, interval: bool) -> Self {
        if interval { self } else { Self::None }
    }
}

named! {
    /// What the number of a comparison is.
    pub enum EffectKind {
        /// Left over right; 1 is no difference.
        Ratio = "ratio",
        /// Left minus right; 0 is none.
        Difference = "difference",
        /// Kendall's τ; 0 is no association.
        Tau = "tau",
        /// A place among systems.
        Rank = "rank",
        /// There is none.
        None = "none",
    }
}

impl EffectKind {
    /// On this scale: ratios of what multiplies, differences of what adds.
    pub const fn of(scale: crate::catalogue::Scale) -> Self {
        match scale {
            crate::catalogue::Scale::Log => Self::Ratio,
            crate::catalogue::Scale::Linear => Self::Difference,
        }
    }

    /// The value that means no difference.
    pub fn nothing(self) -> f64 {
        if self == Self::Ratio { 1.0 } else { 0.0 }
    }
}

named! {
    /// What a p was computed from.
    pub enum ComputedBy {
        /// All arrangements.
        Exact = "exact",
        /// Arrangements that were drawn at random.
        MonteCarlo = "monte-carlo",
        /// The distribution for many replicates.
        Distribution = "distribution",
        /// There is no p.
        None = "none",
    }
}

named! {
    /// How the intervals of a family hold together.
    pub enum Together {
        /// All at once, by Bonferroni's inequality; agrees with Holm's adjustment.
        BonferroniHolm = "bonferroni-holm",
        /// A share of those that were selected; agrees with Benjamini and Hochberg's adjustment.
        FalseCoverageRate = "false-coverage-rate",
        /// There is no such interval.
        None = "none",
    }
}

named! {
    /// What a score does about missing cells.
    pub enum Policy {
        /// Only cells in which every system has a value count.
        CommonCells = "common-cells",
        /// Each system's own cells count.
        PerSystem = "per-system",
        /// A missing value counts as the worst that was seen.
        WorstObserved = "worst-observed",
    }
}

named! {
    /// Where the next repetition should go.
    pub enum NextLevel {
        /// More blocks.
        Blocks = "blocks",
        /// Longer runs, or more of them in a block.
        Runs = "runs",
        /// Nobody knows.
        None = "none",
    }
}

named! {
    /// What is planned for.
    pub enum PlannedKind {
        /// The interval of one system.
        Interval = "interval",
        /// The difference of two systems.
        Pair = "pair",
    }
}

named! {
    /// What would become of something planned.
    pub enum Prospect {
        /// The interval is as narrow as asked.
        Reached = "reached",
        /// The pair is found different.
        Different = "different",
        /// The pair is found equivalent.
        Equivalent = "equivalent",
        /// Not yet.
        Open = "open",
        /// No data could show it.
        CannotTell = "cannot-tell",
        /// The pilot does not say.
        Unknown = "unknown",
    }
}
