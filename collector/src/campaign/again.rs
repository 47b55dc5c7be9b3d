//! `collect retry`: runs that have failed are open again.

use super::journal::{Event, Journal};
use super::{CampaignError, State, folder, fragment, kept};
use meshbench_schemas::manifest;
use std::path::Path;

/// Asks for another go at every run that was made and is no result: what failed, what a gate refused, what its system
/// or its impairment could not be had for. Runs whose rows are lost count as failed too. Returns how many there are.
///
/// # Errors
/// As [`folder::unfinished`]; [`CampaignError::Busy`] while somebody collects; [`CampaignError::NothingFailed`].
pub fn retry(output: &Path) -> Result<usize, CampaignError> {
    let folder = folder::unfinished(output)?;
    if folder.join(manifest::FILE_NAME).exists() {
        return Err(CampaignError::Finished { path: output.to_owned() });
    }
    let (mut journal, lines) = Journal::open(&folder)?;
    let state = State::of(&lines);
    kept::unchanged(&folder, &state.files)?;
    let lost: Vec<String> =
        state.attempts.keys().filter(|attempt| !fragment::exists(&folder, attempt)).cloned().collect();
    let positions = failed(&state, &lost);
    if positions.is_empty() && lost.is_empty() {
        return Err(CampaignError::NothingFailed { folder });
    }
    let count = positions.len();
    journal.write(Event::RetryAsked { positions, lost })?;
    Ok(count)
}

/// Places in the order of runs that have failed, or whose latest attempt is lost.
fn failed(state: &State, lost: &[String]) -> Vec<u32> {
    let latest_is_lost = |position: u32, starts: u32| lost.contains(&super::attempt_id(position, starts));
    let again = state.runs.iter().filter(|(position, run)| run.has_failed() || latest_is_lost(**position, run.starts));
    again.map(|(position, _)| *position).collect()
}

#[cfg(test)]
mod tests {
    use super::super::journal::{Line, LinkResult};
    use super::*;
    use meshbench_schemas::outcome::{Outcome, Reason};
    use meshbench_schemas::words::Workload;
    use std::collections::BTreeMap;

    fn made(position: u32, outcome: Outcome, reason: Option<Reason>) -> [Event; 2] {
        let attempt_id = super::super::attempt_id(position, 1);
        let results = vec![LinkResult { run_id: attempt_id.clone(), outcome, reason, value: None }];
        let started = Event::AttemptStarted {
            attempt_id: attempt_id.clone(),
            block: 0,
            position,
            attempt: 1,
            system: "tinc".into(),
            tuning: "default".into(),
            profile: "baseline".into(),
            workload: Workload::Tcp,
            links: vec![("h1".into(), "h2".into())],
        };
        let (measured_s, took_s, unseen, tables) = (1.0, 1.0, false, BTreeMap::new());
        [started, Event::AttemptEnded { attempt_id, position, results, measured_s, took_s, unseen, tables }]
    }

    #[test]
    fn what_failed_is_asked_for_again_and_a_result_however_bad_is_not() {
        let events = [
            made(0, Outcome::Ok, None),
            made(1, Outcome::Failed, Some(Reason::MissingProgram)),
            made(2, Outcome::Stalled, Some(Reason::NoTraffic)),
            made(3, Outcome::Censored, Some(Reason::TimeLimit)),
            made(4, Outcome::Invalid, Some(Reason::ImpairmentNotInForce)),
            made(5, Outcome::Unsupported, Some(Reason::MissingProgram)),
            made(6, Outcome::Skipped, Some(Reason::ImpairmentNotInForce)),
            made(7, Outcome::Ok, None),
        ];
        let line = |event| Line { time: jiff::Timestamp::UNIX_EPOCH, event };
        let state = State::of(&events.into_iter().flatten().map(line).collect::<Vec<_>>());
        assert_eq!(failed(&state, &[]), [1, 4, 5, 6]);
        assert_eq!(failed(&state, &["00007-1".to_owned()]), [1, 4, 5, 6, 7]);
    }
}
