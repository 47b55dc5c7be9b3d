//! `collect retry`: runs that have failed, or whose rows are lost, are open again.

use super::journal::Event;
use super::{Campaign, CampaignError, State, folder, fragment};
use crate::ui;
use meshbench_schemas::manifest;
use std::path::Path;

/// What is to be made again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Again {
    /// Places in the order of runs that were made and are no result.
    failed: Vec<u32>,
    /// Places of runs whose latest rows are lost.
    lost: Vec<u32>,
    /// Attempts whose rows are lost, of those runs and of others.
    attempts: Vec<String>,
}

impl Again {
    /// Every run that was made and is no result: what failed, what a gate refused, what its system or its impairment could
    /// not be had for; and every one whose rows are lost.
    pub fn of(folder: &Path, state: &State) -> Self {
        let attempts = state.attempts.keys().filter(|attempt| !fragment::exists(folder, attempt)).cloned().collect();
        Self::among(state, attempts)
    }

    fn among(state: &State, attempts: Vec<String>) -> Self {
        let is_lost = |position: u32, starts: u32| attempts.contains(&super::attempt_id(position, starts));
        let (mut failed, mut lost) = (Vec::new(), Vec::new());
        for (position, run) in &state.runs {
            match (is_lost(*position, run.starts), run.has_failed()) {
                (true, _) => lost.push(*position),
                (false, true) => failed.push(*position),
                (false, false) => {}
            }
        }
        Self { failed, lost, attempts }
    }

    /// Whether there is nothing of it.
    pub const fn is_nothing(&self) -> bool {
        self.failed.is_empty() && self.attempts.is_empty()
    }

    /// What the journal says of it.
    pub(super) fn event(&self) -> Event {
        let mut positions = [self.failed.as_slice(), &self.lost].concat();
        positions.sort_unstable();
        Event::RetryAsked { positions, lost: self.attempts.clone() }
    }
}

impl std::fmt::Display for Again {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let of = |count: usize, which: &str| (count > 0).then(|| format!("{} {which}", ui::count(count, "run")));
        let runs = [of(self.failed.len(), "that failed"), of(self.lost.len(), "whose rows are lost")];
        let runs: Vec<String> = runs.into_iter().flatten().collect();
        if !runs.is_empty() {
            return write!(f, "made again: {}", runs.join(", "));
        }
        write!(f, "no run is made again; the rows of earlier attempts are lost: {}", self.attempts.join(", "))
    }
}

/// What `collect retry` would make again. Nothing is written: the hosts are looked at before.
///
/// # Errors
/// As [`folder::begun`]; [`CampaignError::NothingFailed`].
pub fn again(output: &Path) -> Result<Again, CampaignError> {
    let folder::Begun { folder, state, .. } = folder::begun(output)?;
    if folder.join(manifest::FILE_NAME).exists() {
        return Err(CampaignError::Finished { path: output.to_owned() });
    }
    let again = Again::of(&folder, &state);
    if again.is_nothing() { Err(CampaignError::NothingFailed { folder }) } else { Ok(again) }
}

impl Campaign {
    /// Asks for another go at what failed or is lost, as soon as the hosts are known to be fit for it: rows that are put back
    /// before then are as they were.
    pub(super) async fn ask_again(&mut self) -> Result<(), CampaignError> {
        self.connected().await?;
        let again = Again::of(&self.folder, &self.state);
        if again.is_nothing() {
            return Ok(());
        }
        self.progress.note(&again.to_string());
        self.write(again.event())
    }
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

    fn events() -> Vec<Event> {
        [
            made(0, Outcome::Ok, None),
            made(1, Outcome::Failed, Some(Reason::MissingProgram)),
            made(2, Outcome::Stalled, Some(Reason::NoTraffic)),
            made(3, Outcome::Censored, Some(Reason::TimeLimit)),
            made(4, Outcome::Invalid, Some(Reason::ImpairmentNotInForce)),
            made(5, Outcome::Unsupported, Some(Reason::MissingProgram)),
            made(6, Outcome::Skipped, Some(Reason::ImpairmentNotInForce)),
            made(7, Outcome::Ok, None),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn state(events: Vec<Event>) -> State {
        let line = |event| Line { time: jiff::Timestamp::UNIX_EPOCH, event };
        State::of(&events.into_iter().map(line).collect::<Vec<_>>())
    }

    #[test]
    fn what_failed_is_asked_for_again_and_a_result_however_bad_is_not() {
        let failed = Again::among(&state(events()), Vec::new());
        assert_eq!((failed.failed.as_slice(), failed.lost.is_empty()), ([1, 4, 5, 6].as_slice(), true));
        assert_eq!(failed.to_string(), "made again: 4 runs that failed");
    }

    #[test]
    fn lost_is_not_failed_and_is_counted_apart() {
        let lost = Again::among(&state(events()), vec!["00006-1".to_owned(), "00007-1".to_owned()]);
        assert_eq!((lost.failed.as_slice(), lost.lost.as_slice()), ([1, 4, 5].as_slice(), [6, 7].as_slice()));
        assert_eq!(lost.to_string(), "made again: 3 runs that failed, 2 runs whose rows are lost");
        let only = Again::among(&state(events()[..2].to_vec()), vec!["00000-1".to_owned()]);
        assert_eq!(only.to_string(), "made again: 1 run whose rows are lost");
        // An earlier attempt, whose run was made again already.
        let mut later = events()[2..4].to_vec();
        let [started, ended] = made(1, Outcome::Ok, None);
        later.extend([started, ended]);
        let earlier = Again::among(&state(later.clone()), vec!["00001-1".to_owned()]);
        assert!(earlier.failed.is_empty() && earlier.lost.is_empty() && !earlier.is_nothing());
        assert!(earlier.to_string().contains("no run is made again"), "{earlier}");
        later.push(earlier.event());
        let notes = state(later).notes;
        assert_eq!(notes, ["the rows of attempt 00001-1 were lost; its run was made again already"]);
    }
}
