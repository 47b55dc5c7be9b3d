//! What the receiving end of UDP counted, set against what else a report says.
//!
//! Every datagram of a test has one size, so `packets − lost = bytes / size` holds to the last datagram in what the receiving
//! end counted: its bytes are those of datagrams that came. Several versions of iperf3 print other counts than those, for
//! instance a client of 3.20 or 3.21 with a server before 3.13, which prints 0 lost whatever was lost. The server's own
//! report, where there is one, has what was counted.
//!
//! The receiving end knows of no datagram after the last one that came, so where the end of a test is lost it expects fewer
//! than were sent, and misses none. What was sent and what came in bytes tell how many are missing.

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

/// How much of a test may be under way when the receiving end stops to count, seconds.
const UNDER_WAY_S: f64 = 0.05;
/// How far the loss of what was expected may be from the loss of what was sent, as a share of it.
const EXPECTED: f64 = 0.01;
/// How far the times of both ends may be apart for their counts to be of the same datagrams.
const TOGETHER: f64 = 0.1;

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
        let sizes = sizes(&total, report);
        put_bytes(&mut total, told, &sizes, notes);
        let arrived = arrived(&total, &sizes);
        count(&mut total, told, &arrived, notes);
        if let Some((sent, packets)) = sent(&total, report) {
            beside_sent(&mut total, (packets, sent.seconds), &arrived, notes);
        }
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

/// What was sent, of the direction of a total of the receiving end, and in how many datagrams.
fn sent<'a>(total: &Total, report: &'a Report) -> Option<(&'a Total, f64)> {
    let ours = |one: &&Total| one.stream.is_none() && one.sender && one.direction == total.direction;
    let sent = report.totals.iter().find(ours)?;
    Some((sent, sent.packets.filter(|packets| *packets > 0.0)?))
}

/// The sizes that the report gives to the datagrams of a total: one, two where it contradicts itself, or none.
fn sizes(total: &Total, report: &Report) -> Vec<f64> {
    let counted = sent(total, report).map(|(sent, packets)| sent.bytes / packets).filter(|size| *size > 0.0);
    let asked = report.block_bytes.map(|bytes| bytes as f64).filter(|size| *size > 0.0);
    match (asked, counted) {
        (Some(asked), Some(counted)) if (asked - counted).abs() <= SIZE * asked => vec![asked],
        (asked, counted) => asked.into_iter().chain(counted).collect(),
    }
}

/// How many datagrams the bytes of a total are: one number for each size, none without bytes: servers of 3.10 and older
/// print 0 of what they received.
fn arrived(total: &Total, sizes: &[f64]) -> Vec<f64> {
    if total.bytes <= 0.0 {
        return Vec::new();
    }
    sizes.iter().map(|size| total.bytes / size).collect()
}

/// The bytes of a total that has none and says that datagrams came: those of the datagrams that the server counted. Where it
/// says nothing, one of both is wrong, and what was lost is unknown.
fn put_bytes(total: &mut Total, told: Option<Counts>, sizes: &[f64], notes: &mut Notes) {
    let came = |counts: &Counts| counts.packets.zip(counts.lost).map(|(packets, lost)| packets - lost);
    let own = Counts::of(total);
    if total.bytes > 0.0 || came(&own).is_none_or(|came| came <= 0.0) || !own.possible() {
        return;
    }
    let counted = told.filter(Counts::possible).and_then(|told| came(&told)).filter(|came| *came > 0.0);
    if let Some((came, size)) = counted.zip(if let [size] = sizes { Some(*size) } else { None }) {
        total.bytes = came * size;
        total.bits_per_second = None;
        notes.add(Note::ServerReport("end.sum_received.bytes".to_owned()));
        return;
    }
    let (packets, lost) = (total.packets.unwrap_or_default(), total.lost.unwrap_or_default());
    notes.add(Note::Contradiction(format!("end.sum_received: {packets} packets, {lost} lost, 0 bytes")));
    total.lost = None;
}

/// Holds the loss of what the receiving end expected against that of what was sent (datagrams, seconds), and takes the latter
/// where they differ by more than what is under way at the end. An end that sent on after the other one had stopped to count
/// says nothing of what was lost: then the receiving end's own losses stand, and where it has none, nobody knows.
fn beside_sent(total: &mut Total, (sent, seconds): (f64, f64), arrived: &[f64], notes: &mut Notes) {
    let own = Counts::of(total);
    let Some((packets, lost)) = own.packets.zip(own.lost).filter(|_| own.possible()) else { return };
    if packets <= 0.0 {
        return;
    }
    let (expected, missing) = (lost / packets, 1.0 - (packets - lost) / sent);
    let under_way = UNDER_WAY_S / total.seconds.max(UNDER_WAY_S);
    let agree = (expected - missing).abs() <= under_way + EXPECTED * expected + DATAGRAMS / sent;
    let together = (seconds - total.seconds).abs() <= TOGETHER * seconds.max(total.seconds);
    if agree || !together && lost > 0.0 {
        return;
    }
    notes.add(Note::Contradiction(format!("{sent} packets were sent, {packets} expected and {lost} lost")));
    total.lost = match arrived {
        [arrived] if together && *arrived <= sent + DATAGRAMS => {
            notes.add(Note::DerivedTotal("end.sum_received.lost_packets".to_owned()));
            total.packets = Some(sent);
            Some((sent - arrived).max(0.0).round())
        }
        _ => None,
    };
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
