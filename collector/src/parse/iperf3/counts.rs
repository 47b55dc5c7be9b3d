//! What the receiving end of UDP counted, set against what else a report says.
//!
//! Every datagram of a test has one size, so `packets − lost = bytes / size` holds to the last datagram in what the receiving
//! end counted: its bytes are those of datagrams that came. Several versions of iperf3 print other counts than those, for
//! instance a client of 3.20 or 3.21 with a server before 3.13, which prints 0 lost whatever was lost. The server's own
//! report, where there is one, has what was counted.

use super::build::Setting;
use super::{Direction, Note, Protocol, Report, Total, server_text};
use crate::parse::Notes;

/// How far two ways to count the same datagrams may be apart, as a share of them, and in datagrams: both are read while
/// others arrive.
const SHARE: f64 = 1e-4;
const DATAGRAMS: f64 = 1.5;
/// How far the sizes that two ways give may be apart.
const SIZE: f64 = 1e-3;
/// How far bytes and bit rate of a total may disagree: some versions time the two ends differently.
const RATE: f64 = 0.05;
/// How far a total and the intervals of the same end may disagree: the last interval is not always printed.
const INTERVALS: f64 = 0.1;

/// Counts of the receiving end.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) packets: Option<f64>,
    pub(super) lost: Option<f64>,
    pub(super) out_of_order: Option<f64>,
    pub(super) jitter_s: Option<f64>,
}

impl Counts {
    const fn of(total: &Total) -> Self {
        Self { packets: total.packets, lost: total.lost, out_of_order: total.out_of_order, jitter_s: total.jitter_s }
    }

    /// Whether that many can have been lost of so many.
    fn possible(&self) -> bool {
        self.packets.zip(self.lost).is_some_and(|(packets, lost)| (0.0..=packets).contains(&lost))
    }

    /// Whether as many came as the bytes say, where they say anything.
    fn agrees(&self, arrived: &[f64]) -> bool {
        let Some((packets, lost)) = self.packets.zip(self.lost) else { return false };
        let near = |arrived: &f64| (packets - lost - arrived).abs() <= SHARE * packets.abs() + DATAGRAMS;
        arrived.is_empty() || arrived.iter().any(near)
    }
}

/// Looks at every total, and puts right what the receiving end of UDP counted, or leaves out what nobody knows.
pub(super) fn reconcile(report: &mut Report, setting: &Setting, text: Option<&str>, notes: &mut Notes) {
    for total in report.totals.iter().filter(|total| total.stream.is_none()) {
        look_at(total, notes);
        beside_intervals(total, report, setting, notes);
    }
    if setting.protocol != Some(Protocol::Udp) {
        return;
    }
    let text = text.and_then(|text| server_text::counts(text, report.bidir));
    let sums: Vec<usize> = (0..report.totals.len())
        .filter(|at| report.totals.get(*at).is_some_and(|total| total.stream.is_none() && !total.sender))
        .collect();
    for at in sums {
        let Some(mut total) = report.totals.get(at).cloned() else { continue };
        let far = !setting.server && setting.sends(total.direction);
        let told = if far { of_server(report, total.direction).or(text) } else { None };
        let arrived = arrived(&total, report);
        count(&mut total, told, &arrived, notes);
        if let Some(place) = report.totals.get_mut(at) {
            *place = total;
        }
    }
}

/// What the server says of what it received.
fn of_server(report: &Report, direction: Direction) -> Option<Counts> {
    let server = report.server.as_ref().filter(|server| server.error.is_none())?;
    let ours = |total: &&Total| total.stream.is_none() && !total.sender && total.direction == direction;
    server.totals.iter().find(ours).map(Counts::of)
}

/// How many datagrams the bytes of a total are: one number for each size that the report gives them, none where it gives
/// none, or no bytes: servers of 3.10 and older print 0 of what they received.
fn arrived(total: &Total, report: &Report) -> Vec<f64> {
    if total.bytes <= 0.0 {
        return Vec::new();
    }
    let sent = report
        .totals
        .iter()
        .find(|one| one.stream.is_none() && one.sender && one.direction == total.direction)
        .and_then(|one| Some((one.bytes, one.packets.filter(|packets| *packets > 0.0)?)));
    let counted = sent.map(|(bytes, packets)| bytes / packets).filter(|size| *size > 0.0);
    let asked = report.block_bytes.map(|bytes| bytes as f64).filter(|size| *size > 0.0);
    let sizes = match (asked, counted) {
        (Some(asked), Some(counted)) if (asked - counted).abs() <= SIZE * asked => vec![asked],
        (asked, counted) => asked.into_iter().chain(counted).collect(),
    };
    sizes.into_iter().map(|size| total.bytes / size).collect()
}

/// The server's counts where they agree with the bytes, else the report's own where those do, else what the bytes say.
fn count(total: &mut Total, told: Option<Counts>, arrived: &[f64], notes: &mut Notes) {
    let own = Counts::of(total);
    if let Some(told) = told.filter(|told| told.possible() && told.agrees(arrived)) {
        total.out_of_order = told.out_of_order.or(total.out_of_order);
        if (told.packets, told.lost) != (own.packets, own.lost) {
            notes.add(Note::ServerReport("end.sum_received.lost_packets".to_owned()));
            (total.packets, total.lost) = (told.packets, told.lost);
            total.jitter_s = told.jitter_s.or(total.jitter_s);
        }
        return;
    }
    let Some(packets) = own.packets else { return };
    match own.lost {
        Some(_) if own.agrees(arrived) => return,
        // What cannot be is left as it stands, for whoever records it to refuse.
        Some(_) if !own.possible() && packets > 0.0 => return,
        Some(lost) => notes.add(Note::Contradiction(format!(
            "end.sum_received: {packets} packets, {lost} lost, {} bytes",
            total.bytes
        ))),
        None => {}
    }
    total.lost = match arrived {
        [arrived] if packets > 0.0 && *arrived <= packets + DATAGRAMS => Some((packets - arrived).max(0.0).round()),
        _ => None,
    };
    if total.lost.is_some() {
        notes.add(Note::DerivedTotal("end.sum_received.lost_packets".to_owned()));
    }
}

/// Says where a total's own numbers contradict each other.
fn look_at(total: &Total, notes: &mut Notes) {
    if total.seconds < 0.0 {
        notes.add(Note::Contradiction(format!("a total over {} s", total.seconds)));
    }
    let Some(printed) = total.bits_per_second.filter(|_| total.seconds > 0.0) else { return };
    let counted = total.bytes * 8.0 / total.seconds;
    if (printed - counted).abs() > RATE * counted.abs().max(printed.abs()) {
        notes.add(Note::Contradiction(format!("a total's bits_per_second, {printed:.0}, {counted:.0}")));
    }
}

/// Says where a total contradicts the intervals of the same end: that of old versions holds what was to be left out, or
/// what was sent in place of what was received.
fn beside_intervals(total: &Total, report: &Report, setting: &Setting, notes: &mut Notes) {
    if total.sender != setting.sends(total.direction) || setting.cut {
        return;
    }
    let ours = report.intervals.iter().filter(|one| {
        one.stream.is_none() && one.direction == total.direction && one.sender == total.sender && !one.omitted
    });
    let (bytes, seconds) = ours.fold((0.0, 0.0), |(bytes, seconds), one| (bytes + one.bytes, seconds + one.seconds));
    // Intervals that were not all kept say nothing about the whole.
    let whole = seconds > (1.0 - INTERVALS) * total.seconds && seconds > 0.0;
    if whole && (bytes - total.bytes).abs() > INTERVALS * bytes.max(total.bytes) {
        notes.add(Note::Contradiction(format!(
            "the bytes of a total, {:.0}, and of its intervals, {bytes:.0}",
            total.bytes
        )));
    }
}
