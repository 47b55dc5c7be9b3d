//! Components of variance.

use crate::catalogue::Scale;
use crate::table::{Symbol, table};
use crate::words::{Direction, NextLevel, Workload};

table! {
    /// How far apart repetitions, links and the seconds of a run are, and where the next repetition should go.
    pub struct Components = "components", key ["system", "tuning", "profile", "workload", "metric", "direction"] {
        /// What is measured.
        system: Symbol [""],
        /// Host settings under test.
        tuning: Symbol [""],
        /// Network impairment.
        profile: Symbol [""],
        /// What is run.
        workload: Workload [""],
        /// Metric in the catalogue.
        metric: Symbol [""],
        /// Which way the payload flows; null where that has no meaning.
        direction: Option<Direction> [""],
        /// Scale of the standard deviations: `log` (relative) or `linear` (base unit).
        scale: Scale [""],
        /// Standard deviation between links: how much they differ for good.
        links_sd: Option<f64> [""],
        /// Standard deviation between blocks, common to all links.
        blocks_sd: Option<f64> [""],
        /// Standard deviation of one link in one block beyond both, runs' own noise included.
        residual_sd: Option<f64> [""],
        /// Standard error of one run's value by its own samples; null where they do not say.
        within_run_sd: Option<f64> [""],
        /// Share of the variance of a run that its block brings: links of one block err together.
        intraclass_correlation: Option<f64> ["ratio"],
        /// Blocks.
        blocks: u32 ["count"],
        /// Links.
        links: u32 ["count"],
        /// Level that should get the next repetition: `blocks`, `runs` (longer or more runs in a block) or `none`.
        next: NextLevel [""],
        /// Blocks for an interval of half the width asked for; null where it is not known.
        blocks_for_target: Option<u32> ["count"],
        /// Half the width asked for, relative to the value.
        target: f64 ["ratio"],
        /// Why there is none; null where there is.
        reason: Option<String> [""],
    }
}
