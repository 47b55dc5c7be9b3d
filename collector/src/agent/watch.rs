//! Sampling a host each second: CPU, daemons, interfaces, queueing disciplines, TCP.
//!
//! Files of the kernel are read and kept; everything is worked out when the watch ends, so that a second
//! costs little. How much it shifts what is measured is in the project's METHODS.md.

use super::process::Cgroups;
use super::protocol::{Line, Second};
use meshbench_schemas::catalogue as series;
use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Time between two readings.
const EVERY: Duration = Duration::from_secs(1);
/// Kernel ticks a second in `/proc/stat`; fixed for user space on Linux.
const TICKS: f64 = 100.0;

/// What is watched.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The interface of the data network.
    pub data: String,
    /// Those of the overlay, which are added up.
    pub overlay: Vec<String>,
    /// Whether queueing disciplines are read.
    pub qdiscs: bool,
    /// Cgroups of the lease.
    pub cgroups: Cgroups,
}

/// A watch that runs.
#[derive(Debug)]
pub struct Watch {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<Vec<Second>>,
}

/// Counters at one moment, by series and number.
struct Moment {
    clock: Instant,
    unix_s: f64,
    counters: BTreeMap<(&'static str, Option<u32>), f64>,
    gauges: Vec<(&'static str, f64)>,
}

impl Watch {
    /// Starts; `live` is told the data interface's rates each second.
    pub fn start(watched: Watched, live: impl Fn(Line) + Send + 'static) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut seconds = Vec::new();
            let mut before = moment(&watched);
            let start = before.clock;
            let mut number = 1;
            loop {
                // Against the start, so that the readings do not drift.
                let due = (EVERY * number).saturating_sub(start.elapsed());
                let ended = !matches!(stopped.recv_timeout(due), Err(RecvTimeoutError::Timeout));
                let now = moment(&watched);
                // A last piece much shorter than a second would be all noise.
                if !ended || now.clock - before.clock > EVERY / 4 {
                    let second = between(&before, &now);
                    let rate =
                        |id: &str| second.values.iter().find(|(name, ..)| name == id).map_or(0.0, |value| value.2);
                    live(Line::Live {
                        received_bit_s: rate(series::UNDERLAY_RECEIVED.id),
                        sent_bit_s: rate(series::UNDERLAY_SENT.id),
                    });
                    seconds.push(second);
                }
                before = now;
                number += 1;
                if ended {
                    return seconds;
                }
            }
        });
        Self { stop, thread }
    }

    /// Ends it and returns what was sampled.
    pub fn end(self) -> Vec<Second> {
        let _ = self.stop.send(());
        self.thread.join().unwrap_or_default()
    }
}

fn moment(watched: &Watched) -> Moment {
    let unix_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let mut moment = Moment { clock: Instant::now(), unix_s, counters: BTreeMap::new(), gauges: Vec::new() };
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let stat = read("/proc/stat");
    cpu(&stat, &mut moment);
    let own = user_of_process(&read("/proc/self/stat"));
    if let (Some(all), Some(leases), Some(own)) = (user_mode(&stat), watched.cgroups.user_s(), own) {
        moment.counters.insert((series::OTHER_CPU.id, None), all - leases - own);
    }
    if let Some((cpu_s, memory)) = watched.cgroups.daemons() {
        moment.counters.insert((series::DAEMON_CPU.id, None), cpu_s);
        moment.gauges.extend(memory.map(|bytes| (series::DAEMON_MEMORY.id, bytes)));
    }
    let underlay = [series::UNDERLAY_SENT.id, series::UNDERLAY_RECEIVED.id, series::UNDERLAY_PACKETS.id];
    let overlay = [series::OVERLAY_SENT.id, series::OVERLAY_RECEIVED.id, series::OVERLAY_PACKETS.id];
    let interfaces = watched.overlay.iter().map(|interface| (interface, overlay));
    for (interface, [sent, received, packets]) in std::iter::once((&watched.data, underlay)).chain(interfaces) {
        let counter = |name: &str| -> Option<f64> {
            read(&format!("/sys/class/net/{interface}/statistics/{name}")).trim().parse().ok()
        };
        let mut add = |id, value: Option<f64>| {
            if let Some(value) = value {
                *moment.counters.entry((id, None)).or_insert(0.0) += value;
            }
        };
        add(sent, counter("tx_bytes").map(|bytes| bytes * 8.0));
        add(received, counter("rx_bytes").map(|bytes| bytes * 8.0));
        add(packets, counter("tx_packets").zip(counter("rx_packets")).map(|(tx, rx)| tx + rx));
    }
    if let Some(segments) = tcp_retransmitted(&read("/proc/net/snmp")) {
        moment.counters.insert((series::TCP_RETRANSMITTED.id, None), segments);
    }
    if watched.qdiscs {
        qdiscs(&watched.data, &mut moment);
    }
    moment
}

/// Busy time, of the host and of each core, in seconds.
fn cpu(stat: &str, moment: &mut Moment) {
    for line in stat.lines() {
        let Some((name, rest)) = line.split_once(' ') else { continue };
        let Some(core) = name.strip_prefix("cpu") else { continue };
        let ticks: Vec<f64> = rest.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        // user nice system idle iowait irq softirq steal; guest time is in user time already.
        let busy: f64 = ticks.iter().take(8).enumerate().filter(|(at, _)| !matches!(at, 3 | 4)).map(|(_, t)| t).sum();
        let key = match core.parse::<u32>() {
            Ok(core) => (series::CORE_CPU.id, Some(core)),
            Err(_) => (series::HOST_CPU.id, None),
        };
        moment.counters.insert(key, busy / TICKS);
    }
}

/// Time in user mode of all programs, in seconds.
fn user_mode(stat: &str) -> Option<f64> {
    let mut ticks = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().map(str::parse::<f64>);
    // user and nice.
    Some((ticks.next()?.ok()? + ticks.next()?.ok()?) / TICKS)
}

/// The same of one process and the children that it has waited for, from its `/proc/PID/stat`.
fn user_of_process(stat: &str) -> Option<f64> {
    // Behind the name, which may hold anything; utime is the 14th word and cutime the 16th.
    let words: Vec<&str> = stat.rsplit_once(") ")?.1.split_whitespace().collect();
    let ticks = |at: usize| words.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(13)?) / TICKS)
}

/// `RetransSegs` of `/proc/net/snmp`, where names and values are two lines.
fn tcp_retransmitted(snmp: &str) -> Option<f64> {
    let mut lines = snmp.lines().filter_map(|line| line.strip_prefix("Tcp:"));
    let names = lines.next()?.split_whitespace();
    let values = lines.next()?.split_whitespace();
    names.zip(values).find(|(name, _)| *name == "RetransSegs")?.1.parse().ok()
}

fn qdiscs(interface: &str, moment: &mut Moment) {
    let tc = Command::new("tc").args(["-s", "-j", "qdisc", "show", "dev", interface]).stdin(Stdio::null()).output();
    let Some(report) = tc.ok().and_then(|output| crate::parse::tc::parse(&output.stdout).ok()) else { return };
    let Some(netem) = report.qdiscs.iter().find(|qdisc| qdisc.kind == "netem") else { return };
    for (id, counter) in [(series::NETEM_PACKETS.id, netem.packets), (series::NETEM_DROPPED.id, netem.drops)] {
        if let Some(counter) = counter {
            moment.counters.insert((id, None), counter as f64);
        }
    }
    moment.gauges.extend(netem.queued_packets.map(|packets| (series::NETEM_QUEUED.id, packets as f64)));
}

/// The differences between two moments: rates where the series is one, amounts where it counts.
fn between(before: &Moment, now: &Moment) -> Second {
    let window_s = (now.clock - before.clock).as_secs_f64();
    let mut values = Vec::new();
    for ((id, number), value) in &now.counters {
        let Some(earlier) = before.counters.get(&(*id, *number)) else { continue };
        let mut change = value - earlier;
        if *id == series::OTHER_CPU.id {
            // What is left over where others are taken away is off by the kernel's ticks, either way.
            change = change.max(0.0);
        } else if change < 0.0 {
            // An interface that was made anew starts from zero.
            continue;
        }
        let counted = series::find_series(id).is_some_and(|series| series.unit == series::Unit::Count);
        values.push(((*id).to_owned(), *number, if counted { change } else { change / window_s }));
    }
    values.extend(now.gauges.iter().map(|(id, value)| ((*id).to_owned(), None, *value)));
    Second { unix_s: before.unix_s, window_s, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Moment {
        Moment { clock: Instant::now(), unix_s: 0.0, counters: BTreeMap::new(), gauges: Vec::new() }
    }

    #[test]
    fn busy_time_is_everything_but_idle_and_waiting() {
        let mut moment = empty();
        cpu("cpu  100 0 50 1000 400 10 20 20 7 0\ncpu3 1 0 0 0 0 0 0 0 0 0\nintr 5\n", &mut moment);
        assert_eq!(moment.counters[&(series::HOST_CPU.id, None)], 2.0);
        assert_eq!(moment.counters[&(series::CORE_CPU.id, Some(3))], 0.01);
    }

    #[test]
    fn other_programs_are_what_is_left_of_user_mode() {
        assert_eq!(user_mode("cpu  100 20 50 1000 400 10 20 20 7 0\ncpu0 1 0\n"), Some(1.2));
        assert_eq!(user_mode(""), None);
        let stat = "77 (a) b) S 1 77 77 0 -1 4194560 1 0 0 0 250 30 50 10 20 0 1 0 5 6 7";
        assert_eq!(user_of_process(stat), Some(3.0));
        let (mut before, mut now) = (empty(), empty());
        now.clock = before.clock + Duration::from_secs(2);
        before.counters.insert((series::OTHER_CPU.id, None), 3.0);
        now.counters.insert((series::OTHER_CPU.id, None), 2.99);
        let second = between(&before, &now);
        assert_eq!(second.values, [(series::OTHER_CPU.id.to_owned(), None, 0.0)]);
    }

    #[test]
    fn a_counter_that_went_back_is_no_value() {
        let (mut before, mut now) = (empty(), empty());
        now.clock = before.clock + Duration::from_secs(2);
        before.counters.insert((series::UNDERLAY_SENT.id, None), 100.0);
        now.counters.insert((series::UNDERLAY_SENT.id, None), 300.0);
        before.counters.insert((series::TCP_RETRANSMITTED.id, None), 5.0);
        now.counters.insert((series::TCP_RETRANSMITTED.id, None), 9.0);
        before.counters.insert((series::OVERLAY_SENT.id, None), 7.0);
        now.counters.insert((series::OVERLAY_SENT.id, None), 1.0);
        let second = between(&before, &now);
        let value = |id: &str| second.values.iter().find(|(name, ..)| name == id).map(|value| value.2);
        assert_eq!(value(series::UNDERLAY_SENT.id), Some(100.0), "a rate");
        assert_eq!(value(series::TCP_RETRANSMITTED.id), Some(4.0), "an amount");
        assert_eq!(value(series::OVERLAY_SENT.id), None);
    }

    #[test]
    fn retransmitted_segments_are_found_by_name() {
        let snmp = "Ip: A B\nIp: 1 2\nTcp: RtoMin RetransSegs X\nTcp: 200 42 7\n";
        assert_eq!(tcp_retransmitted(snmp), Some(42.0));
        assert_eq!(tcp_retransmitted(""), None);
    }
}
