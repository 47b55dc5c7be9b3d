//! What came of a campaign, in a line.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What came of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The dataset.
    pub output: PathBuf,
    /// Rows of runs.
    pub runs: u32,
    /// How many have each outcome, by its name.
    pub outcomes: BTreeMap<String, u32>,
    /// Seconds that the collector worked, over all its sessions.
    pub elapsed_s: u64,
    /// Seconds of them that load tools ran.
    pub measured_s: u64,
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts: Vec<_> = self.outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        let elapsed = crate::ui::human(Duration::from_secs(self.elapsed_s));
        let share = 100.0 * self.measured_s as f64 / self.elapsed_s.max(1) as f64;
        write!(
            f,
            "{} run{} in {elapsed} ({}), {share:.0} % of it measuring: {}",
            self.runs,
            if self.runs == 1 { "" } else { "s" },
            counts.join(", "),
            self.output.display()
        )
    }
}
