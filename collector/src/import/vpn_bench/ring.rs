//! The runs of the file of all links at once.

use super::assemble::Assembler;
use super::facts::PARALLEL_FILE;
use super::result::{self, Attempt, LinkPart, Ring};
use super::tree::ProfileTree;
use super::wrapper::Meta;
use crate::import::ImportError;
use crate::record::{Labels, Verdict};
use meshbench_schemas::outcome::{Outcome, Reason};

impl Assembler<'_> {
    /// A row for every link of the ring. Entries of the file that are of no link of it are named, and count for none.
    pub fn parallel_runs(&mut self, profile: &ProfileTree) -> Result<(), ImportError> {
        let mut links = self.hosts.links();
        let Some(path) = &profile.parallel else {
            for (source, target) in links {
                let stem = self.next_id();
                self.skipped(&PARALLEL_FILE, &stem, &source, &target, Outcome::Skipped, Reason::MissingFile, None);
            }
            return Ok(());
        };
        let raw = self.raw(path)?;
        let Ring { meta, parts, odd, notes } = result::read_ring(&raw.text);
        self.out.notes.extend(odd.into_iter().map(|why| format!("{}: {why}.", raw.origin)));
        let name = format!("ring-{:03}", self.part);
        let Some(parts) = parts else {
            // One failure for the whole ring: every link has it.
            for (source, target) in links {
                let stem = self.next_id();
                let labels = self.labels(PARALLEL_FILE.workload, &format!("{stem}.1"), &source, &target);
                let attempt = result::read(&PARALLEL_FILE, &raw.text, |_, _| labels.clone());
                self.push(&PARALLEL_FILE, &stem, labels, attempt, &raw, Some(&name));
            }
            return Ok(());
        };
        let (parts, strange): (Vec<&LinkPart>, Vec<&LinkPart>) =
            parts.iter().partition(|part| self.hosts.has_link(&part.source, &part.target));
        for part in &strange {
            self.out.notes.push(format!("{}: {}.", raw.origin, no_link(part)));
        }
        for part in &parts {
            let link = (part.source.clone(), part.target.clone());
            if !links.contains(&link) {
                links.push(link);
            }
        }
        let mut attempts = Vec::new();
        for (source, target) in &links {
            let stem = self.next_id();
            let labels = self.labels(PARALLEL_FILE.workload, &format!("{stem}.1"), source, target);
            let own: Vec<&LinkPart> =
                parts.iter().copied().filter(|part| part.source == *source && part.target == *target).collect();
            // Before it is counted how many links of the ring are good.
            let attempt = self.of_link(&own, &strange, &meta, &labels);
            attempts.push((stem, labels, attempt));
        }
        let ok = |attempt: &Option<Attempt>| {
            attempt.as_ref().is_some_and(|attempt| attempt.recorded.verdict.outcome == Outcome::Ok)
        };
        let complete = attempts.iter().filter(|(_, _, attempt)| ok(attempt)).count();
        let all = attempts.len();
        for (stem, labels, attempt) in attempts {
            let Some(mut attempt) = attempt else {
                let (outcome, reason) = (Outcome::Skipped, Reason::NoData);
                let words = Some("the file of the whole ring has no entry for this link");
                self.skipped(&PARALLEL_FILE, &stem, &labels.source, &labels.target, outcome, reason, words);
                continue;
            };
            if complete < all && attempt.recorded.verdict.outcome == Outcome::Ok {
                let words = format!(
                    "{complete} of {all} links of the ring succeeded, so this one ran under less load than asked"
                );
                attempt.recorded.verdict = Verdict::not_ok(Outcome::Partial, Reason::RingIncomplete, words);
            }
            attempt.recorded.note(notes.as_deref());
            self.push(&PARALLEL_FILE, &stem, labels, attempt, &raw, Some(&name));
        }
        Ok(())
    }

    /// What became of one link of a ring, from the entries that name it; `None` without any. `strange` are those of no link.
    fn of_link(&self, own: &[&LinkPart], strange: &[&LinkPart], meta: &Meta, labels: &Labels) -> Option<Attempt> {
        let refused = |words: &str| Some(Attempt::unusable(Reason::UnreadableFile, words, meta.clone()));
        match own {
            [] => {
                let instead = strange.iter().find(|part| *part.source == *labels.source);
                instead.and_then(|part| refused(&format!("no entry is of this link, and {}", no_link(part))))
            }
            [part] => {
                let mut attempt = result::read_part(part, meta, labels);
                attempt.refuse_impossible(&PARALLEL_FILE, &self.plan.cores);
                Some(attempt)
            }
            more => {
                refused(&format!("the file has {} entries for this link, and none says which one counts", more.len()))
            }
        }
    }
}

/// What is said of an entry that is of no link of the ring.
fn no_link(part: &LinkPart) -> String {
    let (source, target) = (part.source.escape_debug(), part.target.escape_debug());
    format!("the entry from `{source}` to `{target}` is of no link of the ring")
}
