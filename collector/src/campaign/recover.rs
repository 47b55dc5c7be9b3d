//! Attempts whose end is not in the journal, after a crash or a stop.

use super::journal::{Event, LinkResult};
use super::state::OpenAttempt;
use super::{Campaign, CampaignError, fragment, retry};
use crate::plan::plan_block;
use crate::record::Verdict;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::tables::Run;
use std::path::Path;

impl Campaign {
    /// Closes attempts whose end this program did not live to write.
    pub(super) fn recover(&mut self) -> Result<(), CampaignError> {
        let open: Vec<(u32, OpenAttempt)> =
            self.state.runs.iter().filter_map(|(position, run)| Some((*position, run.open.clone()?))).collect();
        if open.is_empty() {
            return Ok(());
        }
        let per_block = self.matrix.runs_per_block().max(1);
        for (position, attempt) in open {
            if let Some(event) = untold_end(&self.folder, position, &attempt.id)? {
                self.write(event)?;
                continue;
            }
            let planned = plan_block(&self.matrix, self.seed, position / per_block);
            let Some(run) = planned.into_iter().find(|run| run.position == position) else { continue };
            let lost = self.state.runs.get(&position).map_or(0, |run| run.lost);
            let (reason, detail) = match &attempt.stopped {
                Some(because) => (Reason::Interrupted, format!("the collector stopped during this attempt: {because}")),
                None if lost + 1 >= retry::MOST_LOST_STARTS => {
                    let detail = "the collector ended during this attempt, as during others of the same run before";
                    (Reason::GaveUp, detail.to_owned())
                }
                None => (Reason::Interrupted, "the collector ended during this attempt".to_owned()),
            };
            let verdict = Verdict::not_ok(Outcome::Failed, reason, detail);
            let name = attempt.system.clone();
            self.keep_unmade(&run, attempt.attempt, &name, &verdict, attempt.stopped.is_none())?;
        }
        Ok(())
    }
}

/// The end of an open attempt whose rows are on the disk already, so that only the journal does not know. `None` where they
/// are not.
pub fn untold_end(folder: &Path, position: u32, attempt: &str) -> Result<Option<Event>, CampaignError> {
    if !fragment::exists(folder, attempt) {
        return Ok(None);
    }
    let runs: Vec<Run> = fragment::read(folder, attempt)?;
    let measured_s = runs.iter().filter_map(|run| run.elapsed_s).fold(0.0, f64::max);
    let results = runs.iter().map(|run| LinkResult {
        run_id: run.run_id.to_string(),
        outcome: run.outcome,
        reason: run.reason,
        value: None,
    });
    Ok(Some(Event::AttemptEnded {
        attempt_id: attempt.to_owned(),
        position,
        results: results.collect(),
        measured_s,
        took_s: measured_s,
        unseen: false,
        tables: fragment::hashes(folder, attempt)?,
    }))
}
