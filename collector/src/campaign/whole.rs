//! Whether a campaign's journal is whole: whoever reads it says nothing about a campaign of which it does not tell.

use super::journal::{Event, FILE_NAME, Line};
use super::{CampaignError, State, kept};
use std::collections::BTreeSet;
use std::path::Path;

/// What a campaign has done, by a journal that tells of all of it, on what was kept at its beginning and is so still.
///
/// # Errors
/// [`CampaignError::NoBeginning`] and [`CampaignError::Journal`] where lines of the journal are missing,
/// [`CampaignError::Changed`] where the matrix or a system file is another one now.
pub fn state(folder: &Path, lines: &[Line]) -> Result<State, CampaignError> {
    begins(folder, lines)?;
    ends_what_began(folder, lines)?;
    let state = State::of(lines);
    kept::unchanged(folder, &state.files)?;
    Ok(state)
}

/// A journal begins with its campaign, once.
fn begins(folder: &Path, lines: &[Line]) -> Result<(), CampaignError> {
    let is_start = |line: &Line| matches!(line.event, Event::CampaignStarted { .. });
    let what = match lines.split_first() {
        None => "holds no event".to_owned(),
        Some((first, _)) if !is_start(first) => "does not begin with the start of a campaign".to_owned(),
        Some((_, others)) => match others.iter().position(is_start) {
            Some(at) => format!("tells of a second start of a campaign in line {}", at + 2),
            None => return Ok(()),
        },
    };
    Err(CampaignError::NoBeginning { path: folder.join(FILE_NAME), what })
}

/// Every attempt that ends has begun.
fn ends_what_began(folder: &Path, lines: &[Line]) -> Result<(), CampaignError> {
    let mut begun = BTreeSet::new();
    for (number, line) in (1..).zip(lines) {
        match &line.event {
            Event::AttemptStarted { attempt_id, .. } => drop(begun.insert(attempt_id.as_str())),
            Event::AttemptEnded { attempt_id, .. } if !begun.contains(attempt_id.as_str()) => {
                let message =
                    format!("attempt {attempt_id} ends here and begins nowhere: lines before this one are missing");
                return Err(CampaignError::Journal { path: folder.join(FILE_NAME), line: number, message });
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn told(events: Vec<Event>) -> Option<String> {
        let line = |event| Line { time: jiff::Timestamp::UNIX_EPOCH, event };
        let lines: Vec<Line> = events.into_iter().map(line).collect();
        state(Path::new("ds.partial"), &lines).err().map(|error| {
            assert_eq!(error.exit_code(), 2, "{error}");
            error.to_string()
        })
    }

    fn start() -> Event {
        let files = BTreeMap::new();
        Event::CampaignStarted { campaign: "c".into(), seed: 7, place: "hosts".into(), version: "1".into(), files }
    }

    fn attempt() -> [Event; 2] {
        let started = Event::AttemptStarted {
            attempt_id: "00000-1".into(),
            block: 0,
            position: 0,
            attempt: 1,
            system: "tinc".into(),
            tuning: "default".into(),
            profile: "baseline".into(),
            workload: meshbench_schemas::words::Workload::Tcp,
            links: Vec::new(),
        };
        let ended = Event::AttemptEnded {
            attempt_id: "00000-1".into(),
            position: 0,
            results: Vec::new(),
            measured_s: 0.0,
            took_s: 0.0,
            unseen: false,
            tables: BTreeMap::new(),
        };
        [started, ended]
    }

    #[test]
    fn a_journal_that_was_cut_invents_no_campaign() {
        let [started, ended] = attempt();
        assert_eq!(told(vec![start(), started.clone(), ended.clone()]), None);
        for (events, words) in [
            (vec![], "holds no event"),
            (vec![started, ended.clone()], "does not begin with the start of a campaign"),
            (vec![start(), start()], "in line 2"),
            (vec![start(), ended], "line 2: attempt 00000-1 ends here and begins nowhere"),
        ] {
            let said = told(events).unwrap();
            assert!(said.contains(words) && said.contains("journal.jsonl"), "{said}");
        }
    }
}
