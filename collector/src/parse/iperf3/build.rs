//! From raw reports to typed ones: directions, units, indices of streams.

use super::raw::{RawEndStream, RawInterval, RawReport, RawStart, RawStream};
use super::sums::{Pair, added_up, told_apart};
use super::totals::put_end;
use super::{Direction, Interval, Note, Protocol, Report, counts};
use crate::parse::Notes;
use crate::parse::scalar::Num;

/// Where and how a report was made: what tells directions apart.
pub(super) struct Setting {
    pub(super) bidir: bool,
    reverse: bool,
    /// Written by the server.
    pub(super) server: bool,
    /// Cut off or broken: what is missing may have been there, so nothing is added up.
    pub(super) cut: bool,
    pub(super) protocol: Option<Protocol>,
}

impl Setting {
    fn of(raw: &RawReport, notes: &Notes, of_server: bool) -> Self {
        let start = raw.start.as_ref();
        let test = start.map(|start| &start.test_start);
        let intervals = || raw.intervals.iter().flatten();
        let end = raw.end.as_ref();
        // 3.12 and older do not print `bidir`; only sums and streams tell.
        let named = intervals().any(|one| one.sum_bidir_reverse.is_some())
            || end.is_some_and(|end| end.sum_sent_bidir_reverse.is_some() || end.sum_received_bidir_reverse.is_some());
        let doubled = intervals().any(|one| both(&one.sum)) || end.is_some_and(|end| both(&end.sum_sent));
        let streams = intervals().any(|one| both(&one.streams))
            || end.is_some_and(|end| both(end.streams.iter().filter_map(RawEndStream::any)));
        Self {
            bidir: named || doubled || streams || test.and_then(|test| test.bidir.0).unwrap_or(false),
            reverse: test.and_then(|test| test.reverse.0).unwrap_or(false),
            server: of_server || start.is_some_and(|start| start.accepted_connection.is_some()),
            cut: notes.has(&Note::Truncated) || notes.has_break(),
            protocol: test.and_then(|test| protocol(test.protocol.0.as_deref())),
        }
    }

    /// The direction of the sums without `_bidir_reverse` in their name.
    pub(super) const fn main(&self) -> Direction {
        if self.reverse && !self.bidir { Direction::Reverse } else { Direction::Forward }
    }

    /// The direction of a stream, from what its end does.
    pub(super) fn direction(&self, stream: &RawStream) -> Option<Direction> {
        match stream.sender.0 {
            Some(sends) if sends != self.server => Some(Direction::Forward),
            Some(_) => Some(Direction::Reverse),
            None if self.bidir => None,
            None => Some(self.main()),
        }
    }

    /// Whether this report's end sends in `direction`.
    pub(super) fn sends(&self, direction: Direction) -> bool {
        (direction == Direction::Forward) != self.server
    }
}

/// Whether some of these records are of an end that sends, and others of one that receives.
fn both<'a>(records: impl IntoIterator<Item = &'a RawStream> + Clone) -> bool {
    let has = |flag| records.clone().into_iter().any(|record| record.sender.0 == Some(flag));
    has(true) && has(false)
}

pub(super) fn report(raw: RawReport, notes: Notes) -> Report {
    of_end(raw, notes, false)
}

/// The report of the client, or of a server that stands within the client's.
fn of_end(raw: RawReport, mut notes: Notes, of_server: bool) -> Report {
    if raw.end.is_none() && raw.error.0.is_none() {
        // An event stream can be cut between two lines.
        notes.add(Note::Truncated);
    }
    let setting = Setting::of(&raw, &notes, of_server);
    let RawReport { start, intervals, end, error, server_output_json, server_output_text, .. } = raw;
    let mut report = Report {
        bidir: setting.bidir,
        reverse: setting.reverse,
        protocol: setting.protocol,
        error: error.0,
        server: server_output_json
            .filter(|server| server.is_report())
            .map(|server| Box::new(of_end(*server, Notes::default(), true))),
        ..Report::default()
    };
    if server_output_text.0.is_some() {
        notes.add(Note::ServerText);
    }
    if let Some(start) = start {
        put_start(&mut report, start);
    }
    let mut names = Names::default();
    for (seq, interval) in (0_u64..).zip(intervals.unwrap_or_default()) {
        put_interval(&mut report.intervals, seq, &interval, &setting, &mut names, &mut notes);
    }
    if let Some(end) = end {
        put_end(&mut report, end, &setting, &mut names, &mut notes);
    }
    counts::reconcile(&mut report, &setting, server_output_text.0.as_deref(), &mut notes);
    report.notes = notes.into_vec();
    report
}

fn put_start(report: &mut Report, start: RawStart) {
    let RawStart { version, timestamp, test_start: test, target_bitrate, sock_bufsize, .. } = start;
    report.version = version.0.map(|text| {
        let bare = text.trim();
        bare.strip_prefix("iperf").map_or(bare, str::trim).to_owned()
    });
    report.started_unix_s = timestamp.timemillisecs.get().map(|ms| ms / 1e3).or(timestamp.timesecs.get());
    report.streams = test.num_streams.count();
    report.block_bytes = test.blksize.count();
    report.duration_s = test.duration.get();
    // The default is 0 where iperf3 could not ask the kernel.
    report.mss_bytes = start.tcp_mss.get().or(start.tcp_mss_default.get()).filter(|mss| *mss > 0.0);
    report.target_bit_s = test.target_bitrate.get().or(target_bitrate.get());
    report.buffer_bytes = sock_bufsize.get();
    report.send_buffer_bytes = start.sndbuf_actual.get();
    report.receive_buffer_bytes = start.rcvbuf_actual.get();
    report.omit_s = test.omit.get();
    report.tos = test.tos.get();
}

fn protocol(name: Option<&str>) -> Option<Protocol> {
    let name = name?;
    [("TCP", Protocol::Tcp), ("UDP", Protocol::Udp), ("SCTP", Protocol::Sctp)]
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, protocol)| protocol)
}

/// Indices of streams within their direction, by the order in which they are met.
#[derive(Default)]
pub(super) struct Names {
    forward: Vec<f64>,
    reverse: Vec<f64>,
}

impl Names {
    /// `place` is the position among the streams of its direction, for streams without a socket.
    pub(super) fn index(&mut self, direction: Direction, stream: &RawStream, place: u64) -> u64 {
        let Some(socket) = stream.socket.get() else {
            return place;
        };
        let known = match direction {
            Direction::Forward => &mut self.forward,
            Direction::Reverse => &mut self.reverse,
        };
        let at = known.iter().position(|one| one.to_bits() == socket.to_bits());
        let at = at.unwrap_or_else(|| {
            known.push(socket);
            known.len() - 1
        });
        u64::try_from(at).unwrap_or(place)
    }

    /// The direction of a stream met before.
    pub(super) fn direction(&self, stream: &RawStream) -> Option<Direction> {
        let socket = stream.socket.get()?;
        let known = |list: &[f64]| list.iter().any(|one| one.to_bits() == socket.to_bits());
        if known(&self.forward) {
            Some(Direction::Forward)
        } else if known(&self.reverse) {
            Some(Direction::Reverse)
        } else {
            None
        }
    }
}

/// Counts streams of each direction.
#[derive(Default)]
pub(super) struct Places([u64; 2]);

impl Places {
    pub(super) const fn next(&mut self, direction: Direction) -> u64 {
        let [forward, reverse] = &mut self.0;
        let place = match direction {
            Direction::Forward => forward,
            Direction::Reverse => reverse,
        };
        let current = *place;
        *place += 1;
        current
    }
}

fn put_interval(
    into: &mut Vec<Interval>,
    seq: u64,
    raw: &RawInterval,
    setting: &Setting,
    names: &mut Names,
    notes: &mut Notes,
) {
    let first = into.len();
    let mut places = Places::default();
    for stream in &raw.streams {
        let Some(direction) = setting.direction(stream).or_else(|| names.direction(stream)) else {
            notes.add(Note::MissingField("intervals.streams.sender".to_owned()));
            continue;
        };
        let index = names.index(direction, stream, places.next(direction));
        let sender = setting.sends(direction);
        let field = "intervals.streams";
        into.extend(interval(stream, direction, Some(index), seq, sender, field, notes));
    }
    let Pair { forward, reverse } =
        told_apart(&raw.sum, raw.sum_bidir_reverse.as_ref(), setting, "intervals.sum", notes);
    let sums =
        [(Direction::Forward, forward, "intervals.sum"), (Direction::Reverse, reverse, "intervals.sum_bidir_reverse")];
    for (direction, sum, field) in sums {
        if !setting.bidir && direction != setting.main() {
            continue;
        }
        let sender = setting.sends(direction);
        if let Some(sum) = sum {
            into.extend(interval(sum, direction, None, seq, sender, field, notes));
        } else {
            let all = raw.streams.iter().filter(|one| setting.direction(one) == Some(direction));
            let read = into.iter().skip(first).filter(|one| one.direction == direction);
            // A stream that could not be read would make the sum too small.
            if all.count() == read.clone().filter(|one| one.stream.is_some()).count()
                && let Some(sum) = added_up(read)
            {
                notes.add(Note::DerivedSum);
                into.push(sum);
            }
        }
    }
    // Some versions forget the word in one of the records.
    let records = into.iter_mut().skip(first);
    if raw.streams.iter().chain(&raw.sum).any(|one| one.omitted.0 == Some(true)) {
        records.for_each(|record| record.omitted = true);
    }
}

fn interval(
    raw: &RawStream,
    direction: Direction,
    stream: Option<u64>,
    seq: u64,
    sender: bool,
    field: &str,
    notes: &mut Notes,
) -> Option<Interval> {
    let mut get = |num: Num, name: &str| num.noted((field, name), notes);
    let (start, end) = (get(raw.start, "start"), get(raw.end, "end"));
    let seconds = get(raw.seconds, "seconds").or_else(|| Some(end? - start?));
    let bytes = get(raw.bytes, "bytes");
    let scaled = |value: Option<f64>, unit: f64| value.map(|value| value * unit);
    let (Some(start_s), Some(end_s), Some(seconds), Some(bytes)) = (start, end, seconds, bytes) else {
        notes.add(Note::MissingField(format!("{field}.{}", missing(raw))));
        return None;
    };
    if seconds < 0.0 {
        notes.add(Note::Contradiction(format!("an interval of {seconds} s, from {start_s} to {end_s}")));
        return None;
    }
    let packets = get(raw.packets, "packets");
    let lost = get(raw.lost_packets, "lost_packets");
    let came_late = lost.is_some_and(|lost| lost < 0.0 || lost >= WRAPPED && packets.is_none_or(|all| lost > all));
    // What only the receiving end counts says nothing in a record of the sending end.
    let counted = |value: Option<f64>| value.filter(|_| !sender);
    let rtt = known(get(raw.rtt, "rtt"));
    let interval = Interval {
        direction,
        stream,
        seq,
        sender,
        start_s,
        end_s,
        seconds,
        bytes,
        omitted: raw.omitted.0.unwrap_or(false),
        retransmits: get(raw.retransmits, "retransmits"),
        cwnd_bytes: known(get(raw.snd_cwnd, "snd_cwnd")),
        send_window_bytes: known(get(raw.snd_wnd, "snd_wnd")),
        rtt_s: scaled(rtt, 1e-6),
        rttvar_s: scaled(get(raw.rttvar, "rttvar").filter(|_| rtt.is_some()), 1e-6),
        pmtu_bytes: known(get(raw.pmtu, "pmtu")),
        reorder: get(raw.reorder, "reorder"),
        packets,
        lost: counted(lost.filter(|_| !came_late)),
        out_of_order: counted(get(raw.out_of_order, "out_of_order")),
        jitter_s: scaled(counted(get(raw.jitter_ms, "jitter_ms")), 1e-3),
    };
    if came_late {
        notes.add(Note::LateDatagrams);
    }
    Some(interval)
}

/// From here on a count of one interval is one below zero that was printed without its sign.
const WRAPPED: f64 = 2_147_483_648.0;

/// A size or time of TCP, which cannot be nothing: iperf3 prints 0 where the kernel told it none.
pub(super) fn known(value: Option<f64>) -> Option<f64> {
    value.filter(|value| *value != 0.0)
}

/// The first field without which a record says nothing.
const fn missing(raw: &RawStream) -> &'static str {
    if raw.bytes.get().is_none() {
        "bytes"
    } else if raw.start.get().is_none() {
        "start"
    } else {
        "end"
    }
}
