//! What a campaign has done so far, from its journal alone.

use super::CampaignError;
use super::journal::{Event, Found, Line, LinkResult, Problem};
use super::retry::{MOST_LOST_STARTS, is_transient};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::Workload;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Why a campaign has ended that was sealed before all of its planned runs were made.
pub const SEALED_EARLY: &str = "sealed before its end";

/// What a campaign has done.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// By place in the order.
    pub runs: BTreeMap<u32, RunState>,
    /// Attempts that have ended, and whose rows have to be there, by their ids.
    pub attempts: BTreeMap<String, Ended>,
    /// Attempts that have ended, and whose rows were given up as lost.
    pub given_up: BTreeSet<String>,
    /// SHA-256 of what was kept at the beginning, by its path; empty in journals of older versions.
    pub files: BTreeMap<String, String>,
    /// Blocks of which every run is done.
    pub blocks: BTreeSet<u32>,
    /// What was found out about systems, by the name under which each is recorded.
    pub systems: BTreeMap<String, Found>,
    /// What a reader has to know.
    pub notes: Vec<String>,
    /// Facts of hosts: host, phase, name, value.
    pub facts: Vec<(String, String, String, String)>,
    /// Seconds that tools ran.
    pub measured_s: f64,
    /// Seconds between a start of the collector and its next stop, added up.
    pub worked_s: f64,
    /// Why no further block is measured, once that is decided.
    pub ended: Option<String>,
    /// Why the last session stopped, if it did.
    pub stopped: Option<String>,
    /// How the campaign began: name, seed and place.
    pub started: Option<(String, u64, String)>,
    /// The first and the last event.
    pub span: Option<(jiff::Timestamp, jiff::Timestamp)>,
}

/// What was done of one run.
#[derive(Debug, Clone, Default)]
pub struct RunState {
    /// The block that it belongs to.
    pub block: u32,
    /// Attempts that were started; it numbers them.
    pub starts: u32,
    /// Attempts that came to an end of their own, since the run was last asked for.
    pub tries: u32,
    /// Attempts that the collector did not see the end of.
    pub lost: u32,
    /// The attempt whose end is not in the journal.
    pub open: Option<OpenAttempt>,
    /// What the last attempt came to.
    pub results: Vec<LinkResult>,
    /// What was run.
    pub workload: Option<Workload>,
    /// System (as recorded), tuning and profile.
    pub cell: Option<(String, String, String)>,
}

/// An attempt that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// The place of its run in the order.
    pub position: u32,
    /// What became of each link.
    pub results: Vec<LinkResult>,
    /// SHA-256 of what it left, by table; empty in journals of older versions.
    pub tables: BTreeMap<String, String>,
}

/// An attempt whose end is not in the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenAttempt {
    /// Its id.
    pub id: String,
    /// Which try it is.
    pub attempt: u32,
    /// The system, as recorded.
    pub system: String,
    /// When it began.
    pub started: jiff::Timestamp,
    /// Why the collector stopped during it; none where it ended without a word.
    pub stopped: Option<String>,
}

impl RunState {
    /// Whether nothing more is to be done about this run.
    pub fn is_done(&self, attempts: u32) -> bool {
        if self.open.is_some() || self.results.is_empty() {
            return false;
        }
        let transient = self.results.iter().any(|result| is_transient(result.outcome, result.reason));
        !transient || self.tries >= attempts || self.gave_up()
    }

    /// Whether it was made, and is no result: another time it may be one.
    pub fn has_failed(&self) -> bool {
        use Outcome::{Failed, Invalid, Partial, Skipped, Unsupported};
        let bad = |outcome| matches!(outcome, Failed | Invalid | Partial | Skipped | Unsupported);
        self.results.iter().any(|result| bad(result.outcome))
    }

    /// Whether the collector did not survive this run too often.
    pub const fn gave_up(&self) -> bool {
        self.lost >= MOST_LOST_STARTS
    }
}

impl State {
    /// Replays a journal.
    pub fn of(lines: &[Line]) -> Self {
        let mut state = Self::default();
        let mut last: Option<&Line> = None;
        for line in lines {
            state.worked_s +=
                last.filter(|last| worked(&last.event, &line.event)).map_or(0.0, |last| between(last.time, line.time));
            last = Some(line);
            state.take(line.time, &line.event);
        }
        state.span = lines.first().zip(last).map(|(first, last)| (first.time, last.time));
        state
    }

    /// Whether any run has a value.
    pub fn has_ok_run(&self) -> bool {
        self.runs.values().flat_map(|run| &run.results).any(|result| result.outcome == Outcome::Ok)
    }

    /// How many links of runs have each reason, for people.
    pub fn reasons(&self) -> String {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for result in self.runs.values().flat_map(|run| &run.results) {
            let reason = result.reason.map_or_else(|| result.outcome.to_string(), |reason| reason.to_string());
            *counts.entry(reason).or_default() += 1;
        }
        let told: Vec<String> = counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        if told.is_empty() { "none was made".to_owned() } else { told.join(", ") }
    }

    /// That no run has a value, of a campaign in this folder.
    pub fn nothing_ok(&self, folder: &Path) -> CampaignError {
        let made = self.runs.values().any(|run| !run.results.is_empty());
        CampaignError::NothingOk { folder: folder.to_owned(), reasons: self.reasons(), made }
    }

    /// Takes one event in.
    pub fn take(&mut self, time: jiff::Timestamp, event: &Event) {
        match event {
            Event::CampaignStarted { campaign, seed, place, files, .. } => {
                self.started = Some((campaign.clone(), *seed, place.clone()));
                self.files.clone_from(files);
            }
            Event::HostsLookedAt { problems, despite } => self.looked_at(problems, despite),
            Event::RetryAsked { positions, lost } => self.retried(positions, lost),
            Event::CampaignResumed { .. } => {
                self.stopped = None;
                // Its sealing came to nothing, else nobody could go on with it.
                drop(self.ended.take_if(|because| because.as_str() == SEALED_EARLY));
            }
            Event::HostFacts { host, phase, facts } => self
                .facts
                .extend(facts.iter().map(|(name, value)| (host.clone(), phase.clone(), name.clone(), value.clone()))),
            Event::BlockEnded { block } => drop(self.blocks.insert(*block)),
            Event::SystemUp { found: Some(found), .. } => {
                self.systems.entry(found.name.clone()).or_insert_with(|| found.clone());
            }
            Event::AttemptStarted {
                attempt_id, block, position, attempt, system, tuning, profile, workload, ..
            } => {
                let run = self.runs.entry(*position).or_default();
                run.block = *block;
                run.starts += 1;
                run.workload = Some(*workload);
                run.cell = Some((system.clone(), tuning.clone(), profile.clone()));
                run.open = Some(OpenAttempt {
                    id: attempt_id.clone(),
                    attempt: *attempt,
                    system: system.clone(),
                    started: time,
                    stopped: None,
                });
            }
            Event::AttemptEnded { attempt_id, position, results, measured_s, unseen, tables, .. } => {
                self.measured_s += measured_s;
                let run = self.runs.entry(*position).or_default();
                if run.open.as_ref().is_some_and(|open| open.id == *attempt_id) {
                    run.open = None;
                }
                run.lost += u32::from(*unseen);
                // An attempt that was cut off says nothing about the run.
                run.tries += u32::from(results.iter().all(|result| result.reason != Some(Reason::Interrupted)));
                run.results.clone_from(results);
                let ended = Ended { position: *position, results: results.clone(), tables: tables.clone() };
                self.attempts.insert(attempt_id.clone(), ended);
            }
            Event::Note { text } => self.note(text.clone()),
            Event::Stopped { because } => {
                self.stopped = Some(because.clone());
                for open in self.runs.values_mut().filter_map(|run| run.open.as_mut()) {
                    open.stopped = Some(because.clone());
                }
            }
            Event::CampaignEnded { because } => self.ended = Some(because.clone()),
            Event::SystemUp { .. } | Event::BlockStarted { .. } | Event::HostLost { .. } => {}
        }
    }

    fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// A problem that somebody told the campaign to pass over concerns whoever reads its numbers.
    fn looked_at(&mut self, problems: &[Problem], despite: &[String]) {
        for problem in problems.iter().filter(|problem| despite.contains(&problem.code)) {
            self.note(format!("measured despite a problem with the hosts: {problem}"));
        }
    }

    /// Runs that are asked for once more start from nothing; what is known of their earlier attempts stays in the rows.
    fn retried(&mut self, positions: &[u32], lost: &[String]) {
        self.ended = None;
        for position in positions {
            let Some(run) = self.runs.get_mut(position) else { continue };
            (run.tries, run.lost) = (0, 0);
            run.results.clear();
            self.blocks.remove(&run.block);
        }
        for attempt in lost {
            let position = self.attempts.remove(attempt).map(|ended| ended.position);
            let again = position.is_some_and(|position| positions.contains(&position));
            let then = if again { "; its run was asked for again" } else { "; its run was made again already" };
            self.note(format!("the rows of attempt {attempt} were lost{then}"));
            self.given_up.insert(attempt.clone());
        }
        if positions.is_empty() {
            return;
        }
        self.note(match positions.len() {
            1 => "1 run was made again later than the rest of its block, because `collect retry` asked for it".to_owned(),
            runs => format!(
                "{runs} runs were made again later than the rest of their blocks, because `collect retry` asked for them"
            ),
        });
    }
}

/// Nothing takes longer between two events; more (or less than nothing) is a clock that was stepped.
const LONGEST_STEP_S: f64 = 6.0 * 3600.0;

/// Whether the time between two events is somebody's work: not what follows a stop, nor what comes before another program that
/// goes on with the campaign or seals what there is.
fn worked(last: &Event, next: &Event) -> bool {
    let another = match next {
        Event::CampaignResumed { .. } => true,
        Event::CampaignEnded { because } => because == SEALED_EARLY,
        _ => false,
    };
    !another && !matches!(last, Event::Stopped { .. })
}

/// Seconds between two events of one session.
fn between(from: jiff::Timestamp, to: jiff::Timestamp) -> f64 {
    let seconds = to.duration_since(from).as_secs_f64();
    if (0.0..=LONGEST_STEP_S).contains(&seconds) { seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(position: u32, attempt: u32) -> Event {
        Event::AttemptStarted {
            attempt_id: format!("{position:05}-{attempt}"),
            block: 0,
            position,
            attempt,
            system: "tinc".into(),
            tuning: "default".into(),
            profile: "baseline".into(),
            workload: Workload::Tcp,
            links: vec![("h1".into(), "h2".into())],
        }
    }

    fn ended(position: u32, attempt: u32, outcome: Outcome, reason: Option<Reason>) -> Event {
        let run_id = format!("{position:05}-{attempt}");
        let results = vec![LinkResult { run_id: run_id.clone(), outcome, reason, value: None }];
        let unseen = reason == Some(Reason::Interrupted);
        let (measured_s, took_s, tables) = (2.0, 3.0, BTreeMap::new());
        Event::AttemptEnded { attempt_id: run_id, position, results, measured_s, took_s, unseen, tables }
    }

    fn state(events: Vec<Event>) -> State {
        let line = |(second, event)| Line { time: jiff::Timestamp::from_second(second).unwrap(), event };
        State::of(&(0..).zip(events).map(line).collect::<Vec<_>>())
    }

    #[test]
    fn an_ok_run_is_done_and_a_transient_failure_is_not_until_its_attempts_are_used_up() {
        let lost = Some(Reason::ControlLost);
        let mut events = vec![started(0, 1), ended(0, 1, Outcome::Ok, None), started(1, 1)];
        events.push(ended(1, 1, Outcome::Failed, lost));
        let done = |events: &[Event], position: u32| state(events.to_vec()).runs[&position].is_done(3);
        assert!(done(&events, 0));
        assert!(!done(&events, 1));
        for attempt in [2, 3] {
            events.push(started(1, attempt));
            events.push(ended(1, attempt, Outcome::Failed, lost));
        }
        assert!(done(&events, 1));
    }

    #[test]
    fn an_open_attempt_is_seen_and_three_lost_ones_are_too_many() {
        let mut events = vec![started(0, 1)];
        let now = state(events.clone());
        assert_eq!(now.runs[&0].open.as_ref().unwrap().attempt, 1);
        assert!(!now.runs[&0].is_done(3));
        for attempt in 1..=3 {
            if attempt > 1 {
                assert!(!state(events.clone()).runs[&0].is_done(1), "lost attempts do not count as tries");
                events.push(started(0, attempt));
            }
            events.push(ended(0, attempt, Outcome::Failed, Some(Reason::Interrupted)));
        }
        assert!(state(events).runs[&0].is_done(1));
    }

    #[test]
    fn an_attempt_that_a_person_stopped_is_not_held_against_the_run() {
        let mut events = vec![started(0, 1), Event::Stopped { because: "Ctrl-C".into() }];
        assert_eq!(state(events.clone()).runs[&0].open.as_ref().unwrap().stopped.as_deref(), Some("Ctrl-C"));
        // Not even where a run has one attempt only.
        let cut_off = Event::AttemptEnded {
            attempt_id: "00000-1".into(),
            position: 0,
            results: vec![LinkResult {
                run_id: "00000-1".into(),
                outcome: Outcome::Failed,
                reason: Some(Reason::Interrupted),
                value: None,
            }],
            measured_s: 0.0,
            took_s: 0.0,
            unseen: false,
            tables: BTreeMap::new(),
        };
        events.push(cut_off);
        assert!(!state(events).runs[&0].is_done(1));
    }

    #[test]
    fn a_failed_run_that_is_asked_for_again_is_open_again_and_an_ok_one_is_not() {
        let tool = Some(Reason::MissingProgram);
        let mut events = vec![started(0, 1), ended(0, 1, Outcome::Ok, None), started(1, 1)];
        events.push(ended(1, 1, Outcome::Failed, tool));
        events.push(Event::BlockEnded { block: 0 });
        events.push(Event::CampaignEnded { because: "all".into() });
        let before = state(events.clone());
        assert!(before.runs[&1].is_done(3) && before.runs[&1].has_failed() && !before.runs[&0].has_failed());
        assert!(before.has_ok_run());
        events.push(Event::RetryAsked { positions: vec![1], lost: vec!["00000-1".into()] });
        let after = state(events.clone());
        assert!(after.runs[&0].is_done(3) && !after.runs[&1].is_done(3));
        assert!(after.ended.is_none() && after.blocks.is_empty());
        assert!(!after.attempts.contains_key("00000-1") && after.attempts.contains_key("00001-1"));
        assert_eq!(after.notes.len(), 2, "{:?}", after.notes);
        events.extend([started(1, 2), ended(1, 2, Outcome::Ok, None)]);
        assert!(state(events).runs[&1].is_done(3));
    }

    #[test]
    fn a_sealing_that_came_to_nothing_is_no_end() {
        let ended = |because: &str| Event::CampaignEnded { because: because.to_owned() };
        let resumed = || Event::CampaignResumed { place: "x".into(), version: "1".into() };
        assert_eq!(state(vec![ended(SEALED_EARLY)]).ended.as_deref(), Some(SEALED_EARLY));
        assert_eq!(state(vec![ended(SEALED_EARLY), resumed()]).ended, None);
        assert_eq!(state(vec![ended("all"), resumed()]).ended.as_deref(), Some("all"));
    }

    #[test]
    fn a_problem_that_was_passed_over_is_told_to_readers_and_one_that_stopped_it_is_not() {
        let problem = |code: &str| Problem { host: Some("h1".into()), code: code.into(), what: "x".into(), help: None };
        let looked = |despite: &[&str]| Event::HostsLookedAt {
            problems: vec![problem("foreign-qdisc")],
            despite: despite.iter().map(|code| (*code).to_owned()).collect(),
        };
        assert!(state(vec![looked(&[])]).notes.is_empty());
        let notes = state(vec![looked(&["foreign-qdisc"]), looked(&["foreign-qdisc"])]).notes;
        assert!(notes.len() == 1 && notes[0].contains("foreign-qdisc"), "{notes:?}");
    }

    #[test]
    fn time_between_a_stop_and_a_resumption_is_no_work() {
        let place = || ("x".to_owned(), "1".to_owned());
        let line = |second, event| Line { time: jiff::Timestamp::from_second(second).unwrap(), event };
        let (place_, version, files) = (place().0, place().1, BTreeMap::new());
        let begin = Event::CampaignStarted { campaign: "c".into(), seed: 1, place: place_, version, files };
        let lines = [
            line(0, begin),
            line(10, Event::Stopped { because: "x".into() }),
            line(1000, Event::CampaignResumed { place: place().0, version: place().1 }),
            line(1005, Event::Note { text: "n".into() }),
        ];
        assert_eq!(State::of(&lines).worked_s, 15.0);
        // Days later somebody seals what there is: after a stop, or after the collector was killed.
        let sealed = || line(500_000, Event::CampaignEnded { because: SEALED_EARLY.to_owned() });
        assert_eq!(State::of(&[&lines[..2], &[sealed()]].concat()).worked_s, 10.0);
        assert_eq!(State::of(&[lines[2].clone(), lines[3].clone(), line(2000, sealed().event)]).worked_s, 5.0);
    }

    #[test]
    fn a_clock_that_was_stepped_is_no_work_either() {
        let note = |second| Line {
            time: jiff::Timestamp::from_second(second).unwrap(),
            event: Event::Note { text: "n".into() },
        };
        assert_eq!(
            State::of(&[note(0), note(10), note(1_000_000), note(1_000_005), note(50), note(60)]).worked_s,
            25.0
        );
    }
}
