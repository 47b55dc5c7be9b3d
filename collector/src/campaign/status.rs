//! `collect status`: how far a campaign is, while it runs or after it stopped.

use super::journal;
use super::{CampaignError, folder, fragment, kept, whole};
use crate::ui::{count, human};
use meshbench_schemas::manifest;
use meshbench_schemas::words::Workload;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How far a campaign is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// Its name.
    pub campaign: String,
    /// The seed of its order.
    pub seed: u64,
    /// What its hosts are made of.
    pub place: String,
    /// Whether it has become a dataset.
    pub sealed: bool,
    /// Runs that are done.
    pub done: u32,
    /// Runs of the blocks that it has at least.
    pub planned: u32,
    /// Blocks of which every run is done.
    pub blocks: usize,
    /// Attempts that were started.
    pub attempts: u32,
    /// Runs by workload and by what their last attempt came to.
    pub outcomes: BTreeMap<Workload, BTreeMap<String, u32>>,
    /// Seconds that the collector worked.
    pub worked_s: f64,
    /// Seconds of them that load tools ran.
    pub measured_s: f64,
    /// Seconds until the end, from what was measured so far; absent before the first run and after the last one.
    pub left_s: Option<f64>,
    /// What is being done, if something is.
    pub now: Option<String>,
    /// Why it stopped, if it did.
    pub stopped: Option<String>,
    /// Why no further block is measured, once that is decided.
    pub ended: Option<String>,
    /// When the journal was last written to, UTC.
    pub last: Option<String>,
}

/// Reads the status of a campaign, unfinished or sealed.
///
/// # Errors
/// Whatever `resume` and `seal` would refuse of what is there: a journal that was cut, what was kept and is another one now, and
/// rows that are missing or too many. What it would say would not be so.
pub fn read(output: &Path) -> Result<Status, CampaignError> {
    let (folder, sealed) = folder::any(output)?;
    // Before the journal, since a campaign that runs may leave more of them any time.
    let fragments = fragment::ids(&folder)?;
    let lines = journal::read(&folder)?;
    let state = whole::state(&folder, &lines)?;
    // Once the manifest is there the rows are in tables.
    if !sealed && !folder.join(manifest::FILE_NAME).exists() {
        fragment::complete_among(&folder, &state, fragments)?;
    }
    let matrix = kept::load(&folder)?;
    let attempts = matrix.attempts.get();
    let done = state.runs.values().filter(|run| run.is_done(attempts)).count();
    let done = u32::try_from(done).unwrap_or(u32::MAX);
    let planned = matrix.blocks.minimum.saturating_mul(matrix.runs_per_block());
    let mut outcomes: BTreeMap<Workload, BTreeMap<String, u32>> = BTreeMap::new();
    for run in state.runs.values() {
        let Some(workload) = run.workload else { continue };
        for result in &run.results {
            *outcomes.entry(workload).or_default().entry(result.outcome.to_string()).or_default() += 1;
        }
    }
    let left = planned.saturating_sub(done);
    let left_s = (done > 0 && left > 0).then(|| state.worked_s / f64::from(done) * f64::from(left));
    let open = state.runs.values().find(|run| run.open.is_some());
    let now = open.and_then(|run| {
        let (system, tuning, profile) = run.cell.as_ref()?;
        Some(format!("{system} {tuning} {profile} {}", run.workload?))
    });
    let (campaign, seed, place) =
        state.started.clone().ok_or_else(|| CampaignError::Nothing { path: folder.clone() })?;
    Ok(Status {
        campaign,
        seed,
        place,
        sealed,
        done,
        planned: planned.max(done),
        blocks: state.blocks.len(),
        attempts: state.runs.values().map(|run| run.starts).sum(),
        outcomes,
        worked_s: state.worked_s,
        measured_s: state.measured_s,
        left_s,
        now: now.filter(|_| !sealed && state.stopped.is_none()),
        stopped: state.stopped.filter(|_| !sealed),
        ended: state.ended,
        last: state.span.map(|(_, last)| last.to_string()),
    })
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = |seconds: f64| human(Duration::try_from_secs_f64(seconds).unwrap_or_default());
        writeln!(f, "campaign   {} (seed {}, {})", self.campaign, self.seed, self.place)?;
        writeln!(
            f,
            "runs       {} of {} done, {} complete, {}",
            self.done,
            self.planned,
            count(self.blocks, "block"),
            count(self.attempts, "attempt")
        )?;
        for (workload, outcomes) in &self.outcomes {
            let counts: Vec<String> = outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
            writeln!(f, "           {workload:<14} {}", counts.join(", "))?;
        }
        let other = (self.worked_s - self.measured_s).max(0.0);
        let share = if self.worked_s > 0.0 { 100.0 * other / self.worked_s } else { 0.0 };
        writeln!(
            f,
            "time       {} of work, {} measuring; {share:.1} % not spent measuring",
            time(self.worked_s),
            time(self.measured_s)
        )?;
        if let Some(left) = self.left_s.filter(|_| !self.sealed) {
            writeln!(f, "left       about {}", time(left))?;
        }
        if let Some(now) = &self.now {
            writeln!(f, "now        {now} (the journal's last line is of {})", self.last.as_deref().unwrap_or("?"))?;
        }
        if let Some(stopped) = &self.stopped {
            writeln!(f, "stopped    {stopped}")?;
        }
        if let Some(ended) = &self.ended {
            writeln!(f, "ended      {ended}")?;
        }
        let sealed = if self.sealed { "sealed: it is a dataset" } else { "not sealed" };
        writeln!(f, "state      {sealed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_said_in_the_singular() {
        let mut status = Status {
            campaign: "c".to_owned(),
            seed: 1,
            place: "hosts".to_owned(),
            sealed: false,
            done: 1,
            planned: 1,
            blocks: 1,
            attempts: 1,
            outcomes: BTreeMap::new(),
            worked_s: 1.0,
            measured_s: 1.0,
            left_s: None,
            now: None,
            stopped: None,
            ended: None,
            last: None,
        };
        assert!(status.to_string().contains("runs       1 of 1 done, 1 block complete, 1 attempt\n"), "{status}");
        (status.blocks, status.attempts) = (0, 2);
        assert!(status.to_string().contains(", 0 blocks complete, 2 attempts\n"), "{status}");
    }
}
