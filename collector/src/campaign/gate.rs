//! The gates that a result has to pass: the impairment was what was asked, and the traffic went through it.

use crate::agent::protocol::{InterfaceReading, Reading};
use crate::impairment::Netem;
use crate::parse;
use crate::record::Verdict;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::PathTaken;

/// Payload may exceed what crossed the interface by rounding only; below this share it went elsewhere.
const CROSSED: f64 = 0.9;
/// A host in between that passed on more than this share of the payload was a relay.
const RELAYED: f64 = 0.5;

/// Handles of queueing disciplines that nobody else has set up: what the kernel makes by itself, and our own two.
const OURS_AND_THE_KERNELS: [&str; 3] = ["0:", "6d62:", "6d63:"];

/// Counters of one host before and after a run.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    before: &'a InterfaceReading,
    after: &'a InterfaceReading,
}

/// What is counted on the way: bytes of a transfer, packets of a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Bytes.
    Bytes,
    /// Packets.
    Packets,
}

impl<'a> Span<'a> {
    /// The counters of an interface in two readings; `None` where one lacks it.
    pub fn of(before: &'a Reading, after: &'a Reading, interface: &str) -> Option<Self> {
        Some(Self { before: before.interfaces.get(interface)?, after: after.interfaces.get(interface)? })
    }

    /// What the interface sent. Counters of 64 bits do not wrap in a run.
    pub const fn sent(&self, counted: Counted) -> u64 {
        match counted {
            Counted::Bytes => self.after.tx_bytes.saturating_sub(self.before.tx_bytes),
            Counted::Packets => self.after.tx_packets.saturating_sub(self.before.tx_packets),
        }
    }

    /// Bytes sent and received.
    pub const fn bytes(&self) -> u64 {
        self.sent(Counted::Bytes).saturating_add(self.after.rx_bytes.saturating_sub(self.before.rx_bytes))
    }

    /// What left through netem: passed on, and dropped (packets only).
    pub fn netem(&self, counted: Counted) -> Option<(u64, u64)> {
        let of = |reading: &InterfaceReading| {
            let report = parse::tc::parse(reading.qdiscs.as_bytes()).ok()?;
            let netem = report.qdiscs.into_iter().find(|qdisc| qdisc.kind == "netem")?;
            Some((netem.bytes?, netem.packets?, netem.drops.unwrap_or(0)))
        };
        let (before, after) = (of(self.before)?, of(self.after)?);
        let passed = match counted {
            Counted::Bytes => after.0.saturating_sub(before.0),
            Counted::Packets => after.1.saturating_sub(before.1),
        };
        Some((passed, after.2.saturating_sub(before.2)))
    }

    /// What came to the (impaired) data network: with netem only what went through it, packets that it dropped
    /// included, because those of an echo count as sent.
    pub fn crossed(&self, counted: Counted, impaired: bool) -> Option<u64> {
        if !impaired {
            return Some(self.sent(counted));
        }
        let (passed, dropped) = self.netem(counted)?;
        Some(if counted == Counted::Packets { passed.saturating_add(dropped) } else { passed })
    }

    /// How often the carrier went or came.
    pub fn carrier_changes(&self) -> Option<u32> {
        let change = self.after.carrier_changes?.saturating_sub(self.before.carrier_changes?);
        Some(u32::try_from(change).unwrap_or(u32::MAX))
    }

    /// When the interface was not up, with the kernel's word. One without a carrier of its own, such as a bridge's or a
    /// tunnel's, is `unknown`.
    pub fn not_up(&self) -> Vec<String> {
        let states = [("before", &self.before.operstate), ("after", &self.after.operstate)];
        let states = states.into_iter().filter_map(|(when, state)| Some((when, state.as_deref()?)));
        states
            .filter(|(_, state)| !["up", "unknown"].contains(state))
            .map(|(when, state)| format!("{when}: {state}"))
            .collect()
    }

    /// Queueing disciplines that neither the kernel made by itself nor this program.
    pub fn foreign(&self) -> Vec<String> {
        let readings = [("before", &self.before.qdiscs), ("after", &self.after.qdiscs)];
        let told = |(when, qdiscs): (&str, &String)| -> Vec<String> {
            let found = parse::tc::parse(qdiscs.as_bytes()).unwrap_or_default().qdiscs;
            let strange = found.into_iter().filter_map(|qdisc| Some((qdisc.kind, qdisc.handle?)));
            let strange = strange.filter(|(_, handle)| !OURS_AND_THE_KERNELS.contains(&handle.as_str()));
            strange.map(|(kind, handle)| format!("{when}: {kind} {handle}")).collect()
        };
        readings.into_iter().flat_map(told).collect()
    }

    /// How the interface's impairment differs from what was asked, before or after the run.
    pub fn difference(&self, netem: &Netem) -> Option<String> {
        [self.before, self.after].into_iter().find_map(|reading| difference(reading, netem))
    }
}

/// How an interface's queueing disciplines, as tc lists them, differ from what was asked.
pub fn difference(reading: &InterfaceReading, netem: &Netem) -> Option<String> {
    if let Some(why) = &reading.tc_failed {
        return Some(format!("its queueing disciplines could not be listed: {why}"));
    }
    match parse::tc::parse(reading.qdiscs.as_bytes()) {
        Ok(report)
            if report.notes.iter().any(|note| matches!(note, parse::Note::MissingField(key) if key == "kind")) =>
        {
            Some("a queueing discipline in tc's list cannot be read, and may be a netem".to_owned())
        }
        Ok(report) => {
            let mut found = report.qdiscs.iter().filter(|qdisc| qdisc.kind == "netem");
            let first = found.next().map(|qdisc| qdisc.netem.clone().unwrap_or_default());
            match found.count() {
                0 => netem.difference(first.as_ref()),
                more => Some(format!("there are {} netem queueing disciplines, and their effects add up", more + 1)),
            }
        }
        Err(error) => Some(error.to_string()),
    }
}

/// Payload that was carried from one host, and what left that host on the (impaired) data network meanwhile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    /// As the load tool counts it.
    pub carried: f64,
    /// As the data interface counts it: where the network is impaired, only what passed through netem.
    pub crossed: u64,
}

/// Which way the payload took, from what each sender and each host in between sent. `None` where nothing was carried.
pub fn path(flows: &[Flow], bystanders: &[u64]) -> Option<PathTaken> {
    let largest = flows.iter().map(|flow| flow.carried).fold(0.0, f64::max);
    if largest <= 0.0 {
        return None;
    }
    if flows.iter().any(|flow| (flow.crossed as f64) < flow.carried * CROSSED) {
        return Some(PathTaken::Around);
    }
    if bystanders.iter().any(|sent| *sent as f64 >= largest * RELAYED) {
        return Some(PathTaken::Relayed);
    }
    Some(PathTaken::Direct)
}

/// Whether hosts in between sent so much that they may have been relays of a few echoes, or may just have talked
/// among themselves: daemons do, the more so right after their start.
pub fn doubtful(echoes: u32, bystanders: &[u64]) -> bool {
    bystanders.iter().any(|sent| *sent as f64 >= f64::from(echoes) * RELAYED)
}

/// The verdict on a path; `None` if it is fine.
pub fn refuse(
    path: PathTaken,
    flows: &[Flow],
    bystanders: &[u64],
    counted: Counted,
    allow_relay: bool,
) -> Option<Verdict> {
    let unit = if counted == Counted::Bytes { "bytes" } else { "packets" };
    let invalid = |reason, detail: String| Some(Verdict::not_ok(Outcome::Invalid, reason, detail));
    match path {
        PathTaken::Direct => None,
        PathTaken::Relayed if allow_relay => None,
        PathTaken::Relayed => {
            let most = bystanders.iter().max().copied().unwrap_or(0);
            invalid(
                Reason::Relayed,
                format!("a host in between sent {most} {unit}, and the matrix does not allow a relay"),
            )
        }
        PathTaken::Around => {
            let told: Vec<String> =
                flows.iter().map(|flow| format!("{} of {:.0}", flow.crossed, flow.carried)).collect();
            let detail = format!("{} {unit} of payload crossed the (impaired) data network", told.join(" and "));
            invalid(Reason::WentAround, detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETEM: &str = r#"[{"kind":"prio","handle":"6d62:","root":true,"options":{}},{"kind":"netem","handle":"6d63:","parent":"6d62:4","options":{"limit":10000,"delay":{"delay":0.004,"jitter":0,"correlation":0},"ecn":false,"gap":0},"bytes":BYTES,"packets":7,"drops":1}]"#;

    fn reading(tx_bytes: u64, qdiscs: &str) -> Reading {
        let reading = InterfaceReading { tx_bytes, qdiscs: qdiscs.into(), ..InterfaceReading::default() };
        Reading { interfaces: [("eth0".to_owned(), reading)].into() }
    }

    fn flow(carried: f64, crossed: u64) -> [Flow; 1] {
        [Flow { carried, crossed }]
    }

    #[test]
    fn the_path_follows_from_the_bytes() {
        assert_eq!(path(&flow(1000.0, 1100), &[0, 20]), Some(PathTaken::Direct));
        assert_eq!(path(&flow(1000.0, 200), &[0]), Some(PathTaken::Around));
        assert_eq!(path(&flow(1000.0, 1100), &[0, 1080]), Some(PathTaken::Relayed));
        assert_eq!(path(&flow(0.0, 0), &[]), None);
    }

    #[test]
    fn a_relay_is_refused_unless_it_is_allowed() {
        let (flows, between) = (flow(1000.0, 1100), [1080]);
        let refused = refuse(PathTaken::Relayed, &flows, &between, Counted::Bytes, false).unwrap();
        assert_eq!(refused.reason, Some(Reason::Relayed));
        assert_eq!(refuse(PathTaken::Relayed, &flows, &between, Counted::Bytes, true), None);
        assert_eq!(refuse(PathTaken::Direct, &flows, &between, Counted::Bytes, false), None);
        let around = refuse(PathTaken::Around, &flow(1000.0, 0), &[], Counted::Bytes, true).unwrap();
        assert_eq!(around.reason, Some(Reason::WentAround));
    }

    #[test]
    fn an_impairment_has_to_be_in_force_and_no_other_one() {
        let delay = Netem { delay: "4ms".parse().ok(), ..Netem::default() };
        let listed = NETEM.replace("BYTES", "0");
        let difference = |qdiscs: &str, netem: &Netem| super::difference(&reading(0, qdiscs).interfaces["eth0"], netem);
        assert_eq!(difference(&listed, &delay), None);
        assert!(difference("[]", &delay).is_some());
        assert!(difference(&listed, &Netem::default()).is_some());
        let other = Netem { delay: "40ms".parse().ok(), ..Netem::default() };
        assert!(difference(&listed, &other).is_some());
        assert!(difference("nonsense", &other).is_some());
        // Not even the bare network is known to be bare by a list that cannot be read.
        for odd in ["", "nonsense", r#"[{"kind":"netem","handle":"6d63:","options":{limit 1000 delay 4ms}}]"#] {
            assert!(difference(odd, &Netem::default()).is_some(), "{odd}");
        }
        let two = listed.replace("\"prio\"", "\"netem\"");
        assert!(difference(&two, &delay).unwrap().contains("2 netem"));
    }

    #[test]
    fn a_tc_that_is_not_there_is_told_by_its_name() {
        let why = "tc could not be started: No such file or directory (os error 2)";
        let reading = InterfaceReading { tc_failed: Some(why.to_owned()), ..InterfaceReading::default() };
        let told = difference(&reading, &Netem::default()).unwrap();
        assert!(told.contains("tc could not be started") && !told.contains("output"), "{told}");
    }

    #[test]
    fn what_happens_to_a_link_is_told() {
        let with = |carrier_changes, operstate: &str, qdiscs: &str| {
            let reading = InterfaceReading {
                carrier_changes: Some(carrier_changes),
                operstate: Some(operstate.to_owned()),
                qdiscs: qdiscs.to_owned(),
                ..InterfaceReading::default()
            };
            Reading { interfaces: [("eth0".to_owned(), reading)].into() }
        };
        let own = NETEM.replace("BYTES", "0");
        let tbf = r#"[{"kind":"tbf","handle":"8001:","root":true,"options":{}},{"kind":"fq_codel","handle":"0:","parent":"8001:1","options":{}}]"#;
        let (before, after) = (with(7, "up", &own), with(9, "lowerlayerdown", tbf));
        let span = Span::of(&before, &after, "eth0").unwrap();
        assert_eq!(span.carrier_changes(), Some(2));
        assert_eq!(span.not_up(), ["after: lowerlayerdown"]);
        assert_eq!(span.foreign(), ["after: tbf 8001:"]);
        let quiet = with(9, "unknown", r#"[{"kind":"noqueue","handle":"0:","root":true,"options":{}}]"#);
        let span = Span::of(&quiet, &quiet, "eth0").unwrap();
        assert_eq!((span.carrier_changes(), span.not_up(), span.foreign()), (Some(0), Vec::new(), Vec::new()));
        let blind = reading(0, "[]");
        assert_eq!(Span::of(&blind, &blind, "eth0").unwrap().carrier_changes(), None, "unknown is not zero");
    }

    #[test]
    fn echoes_that_netem_dropped_were_on_the_way_all_the_same() {
        let after = NETEM.replace("BYTES", "9").replace("\"packets\":7,\"drops\":1", "\"packets\":67,\"drops\":41");
        let (before, after) = (reading(0, &NETEM.replace("BYTES", "0")), reading(9, &after));
        let crossed = Span::of(&before, &after, "eth0").unwrap().crossed(Counted::Packets, true).unwrap();
        assert_eq!(crossed, 100);
        assert_eq!(path(&flow(100.0, crossed), &[0]), Some(PathTaken::Direct));
    }

    #[test]
    fn a_few_echoes_leave_doubt_where_hosts_in_between_talk() {
        assert!(doubtful(20, &[11]));
        assert!(!doubtful(200, &[11]));
    }

    #[test]
    fn only_what_passed_through_netem_counts_where_the_network_is_impaired() {
        let (before, after) =
            (reading(0, &NETEM.replace("BYTES", "100")), reading(5000, &NETEM.replace("BYTES", "700")));
        let span = Span::of(&before, &after, "eth0").unwrap();
        assert_eq!(span.sent(Counted::Bytes), 5000);
        assert_eq!(span.netem(Counted::Bytes), Some((600, 0)));
        assert_eq!(span.crossed(Counted::Bytes, true), Some(600));
        assert_eq!(span.crossed(Counted::Bytes, false), Some(5000));
        assert!(Span::of(&before, &after, "eth1").is_none());
    }
}
