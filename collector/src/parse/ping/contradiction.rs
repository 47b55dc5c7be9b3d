//! What in a report of ping contradicts the rest of it: each is noted, and no number is left that cannot be.

use super::line::Counts;
use super::{Report, RttSummary, Untimed};
use crate::parse::{Note, Notes};

/// ping waits no longer than this for the last answer, unless it was told otherwise.
const LINGER_S: f64 = 10.0;
/// Time stamps are taken one after the other. What is below it is no clock that was set.
const STAMP_BACK_S: f64 = 1e-3;
/// Times are printed with three digits at least.
const PRINTED_TIME: f64 = 0.01;

/// Finds a clock that was set while ping ran: a round trip that took longer than all of ping's work, which becomes
/// an answer without a time, and a time stamp before the one before.
pub(super) fn set_clocks(report: &mut Report, notes: &mut Notes) {
    if let Some(longest_s) = report.duration_s.map(|duration_s| duration_s + LINGER_S) {
        let (good, bad): (Vec<_>, Vec<_>) =
            std::mem::take(&mut report.replies).into_iter().partition(|reply| reply.rtt_s <= longest_s);
        report.replies = good;
        for super::Reply { seq, rtt_s, unix_s, duplicate, .. } in bad {
            notes.add(Note::ClockSet(format!("icmp_seq={seq} time={:.0} ms in a run of {longest_s} s", rtt_s * 1e3)));
            report.untimed.push(Untimed { seq, unix_s, duplicate });
        }
    }
    let mut stamps = report.replies.iter().filter_map(|reply| Some((reply.seq, reply.unix_s?)));
    let mut latest = f64::NEG_INFINITY;
    if let Some((seq, _)) = stamps.find(|(_, unix_s)| {
        let back = *unix_s < latest - STAMP_BACK_S;
        latest = latest.max(*unix_s);
        back
    }) {
        notes.add(Note::ClockSet(format!("the time stamp of icmp_seq={seq}")));
    }
}

/// Leaves out summary times that cannot be, and says when a reply is outside of their range.
pub(super) fn summary_times(report: &mut Report, coarse: bool, notes: &mut Notes) {
    let Some(RttSummary { min_s, avg_s, max_s, mdev_s }) = report.rtt else { return };
    if min_s < 0.0 || min_s == 0.0 && !coarse {
        notes.add(Note::ClockSet(format!("the summary with a shortest time of {} ms", min_s * 1e3)));
        report.rtt = None;
        return;
    }
    let slack_s = if coarse { 1e-3 } else { 2e-6 };
    let ordered = min_s <= avg_s + slack_s && avg_s <= max_s + slack_s;
    if !ordered || mdev_s.is_some_and(|mdev_s| mdev_s < 0.0) {
        notes.add(Note::Contradiction("shortest, mean and longest time are not in this order".to_owned()));
        report.rtt = None;
        return;
    }
    // Some versions count duplicates in, others do not.
    let outside =
        |rtt_s: f64| rtt_s < min_s * (1.0 - PRINTED_TIME) - slack_s || rtt_s > max_s * (1.0 + PRINTED_TIME) + slack_s;
    if let Some(reply) = report.replies.iter().find(|reply| !reply.duplicate && outside(reply.rtt_s)) {
        let (seq, ms) = (reply.seq, reply.rtt_s * 1e3);
        let what = format!("icmp_seq={seq} took {ms:.3} ms, the summary has {} to {} ms", min_s * 1e3, max_s * 1e3);
        notes.add(Note::Contradiction(what));
    }
}

/// Says when the counts of the summary contradict each other or the lines.
pub(super) fn counts(report: &Report, counts: &Counts, bad_checksums: u64, notes: &mut Notes) {
    let Counts { sent, received, .. } = *counts;
    let mut say = |what: String| notes.add(Note::Contradiction(what));
    if received > sent {
        say(format!("{received} answers to {sent} probes"));
    }
    if received == 0 && report.rtt.is_some() {
        say("round-trip times, and no answer".to_owned());
    }
    if report.replies.is_empty() && report.untimed.is_empty() {
        // With -q no line speaks of a probe.
        return;
    }
    let outcomes = report.outcomes();
    let shown = outcomes.iter().filter(|one| one.answered).count() as u64;
    if !(shown..=shown.saturating_add(bad_checksums)).contains(&received) {
        say(format!("{received} answers in the summary, {shown} in the lines"));
    }
    if report.lists_all() && outcomes.len() as u64 > sent {
        say(format!("{sent} probes in the summary, {} in the lines", outcomes.len()));
    }
}
