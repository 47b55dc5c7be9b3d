//! Counters and queueing disciplines of the data interface, right before and right after a tool runs.
//!
//! They are read by the same command that runs the tool: on a slow machine a command of its own over SSH
//! would take longer than a ping, and would let other traffic in between.

use crate::host::{Command, Host, HostError, Output, Status};
use std::time::Duration;

/// Counters that are read, in this order.
pub const NAMES: [&str; 4] = ["tx_bytes", "rx_bytes", "tx_packets", "rx_packets"];
/// Stands on standard error between counters and what the tool itself wrote there.
const MARK: &str = "-- meshbench counters --";
/// Time for reading the counters, on top of the tool's own limit.
const MARGIN: Duration = Duration::from_secs(5);

/// Defines the shell function `counters`. Everything that varies comes in as arguments.
pub(super) const COUNTERS: &str = r#"counters() {
  cat "/sys/class/net/$1/statistics/tx_bytes" "/sys/class/net/$1/statistics/rx_bytes" \
    "/sys/class/net/$1/statistics/tx_packets" "/sys/class/net/$1/statistics/rx_packets"
  tc -s -j qdisc show dev "$1"
}
mark="-- meshbench counters --"
interface=$1; limit=$2; shift 2
"#;

/// Runs a tool under its limit, with the counters before and after it on standard error.
const RUN: &str = r#"{ counters "$interface"; echo; echo "$mark"; } >&2
timeout -k 2 "$limit" "$@"; code=$?
{ echo; echo "$mark"; counters "$interface"; } >&2
exit "$code""#;

/// An interface at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The counters named in [`NAMES`].
    pub counters: [u64; 4],
    /// What `tc -s -j qdisc show` wrote.
    pub qdiscs: Vec<u8>,
}

/// A command that runs `tool` on `host` for at most `limit` between two readings.
pub(super) fn around(host: &Host, script: &str, limit: Duration, tool: &[String]) -> Command {
    Command::new("sh")
        .arg("-c")
        .arg(format!("{COUNTERS}{script}"))
        .arg("meshbench")
        .arg(&host.interface)
        .arg(format!("{:.3}", limit.as_secs_f64()))
        .args(tool)
        .deadline(limit + MARGIN)
}

/// Runs a tool between two readings.
pub(super) async fn run(
    host: &Host,
    limit: Duration,
    tool: &[String],
) -> Result<(Output, Option<[Snapshot; 2]>), HostError> {
    let output = host.run(&around(host, RUN, limit, tool)).await?;
    Ok(split(output, limit))
}

/// Reads the counters of a host now.
pub async fn read(host: &Host) -> Result<Snapshot, HostError> {
    let (output, snapshots) = run(host, Duration::from_secs(5), &["true".to_owned()]).await?;
    let [_, after] = snapshots.ok_or_else(|| HostError::Answer {
        host: host.name.clone(),
        program: "reading counters".to_owned(),
        message: output.excerpt(),
    })?;
    Ok(after)
}

/// Takes the readings out of the standard error, and tells a limit from an exit.
pub(super) fn split(mut output: Output, limit: Duration) -> (Output, Option<[Snapshot; 2]>) {
    if let Status::Exited(code) = output.status {
        output.status = Status::of(Some(code), output.elapsed, limit);
    }
    let text = std::mem::take(&mut output.stderr);
    let mark = format!("\n{MARK}\n");
    let found = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.windows(mark.len()).position(|window| window == mark.as_bytes()).map(|at| at + from)
    };
    let Some(first) = found(0) else {
        output.stderr = text;
        return (output, None);
    };
    let own = first + mark.len();
    // The mark begins with an empty line of its own, which may be the very end of the first mark.
    let second = found(own - 1);
    let end = second.unwrap_or(text.len()).max(own);
    output.stderr = text.get(own..end).unwrap_or_default().to_owned();
    let before = snapshot(text.get(..first).unwrap_or_default());
    let after = second.and_then(|at| snapshot(text.get(at + mark.len()..).unwrap_or_default()));
    (output, before.zip(after).map(|(before, after)| [before, after]))
}

fn snapshot(text: &[u8]) -> Option<Snapshot> {
    let mut rest = text;
    let mut counters = [0; 4];
    for counter in &mut counters {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        *counter = std::str::from_utf8(rest.get(..end)?).ok()?.trim().parse().ok()?;
        rest = rest.get(end + 1..)?;
    }
    Some(Snapshot { counters, qdiscs: rest.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(stderr: &str) -> Output {
        Output {
            started: jiff::Timestamp::UNIX_EPOCH,
            elapsed: Duration::from_secs(2),
            status: Status::Exited(124),
            stdout: Vec::new(),
            stderr: stderr.into(),
        }
    }

    #[test]
    fn readings_and_the_tools_own_words_are_told_apart() {
        let text = format!("1\n2\n3\n4\n[]\n\n{MARK}\nping: oops\n\n{MARK}\n5\n6\n7\n8\n[{{}}]\n");
        let (output, snapshots) = split(output(&text), Duration::from_secs(1));
        assert_eq!(output.stderr, b"ping: oops\n");
        assert_eq!(output.status, Status::DeadlinePassed);
        let [before, after] = snapshots.unwrap();
        assert_eq!((before.counters, after.counters), ([1, 2, 3, 4], [5, 6, 7, 8]));
        assert_eq!(after.qdiscs, b"[{}]\n");
    }

    #[test]
    fn a_silent_tool_leaves_no_words() {
        let text = format!("1\n2\n3\n4\n[]\n\n{MARK}\n\n{MARK}\n5\n6\n7\n8\n[]\n");
        let (output, snapshots) = split(output(&text), Duration::from_secs(9));
        assert!(output.stderr.is_empty(), "{output:?}");
        assert_eq!(output.status, Status::Exited(124));
        assert!(snapshots.is_some());
    }

    #[test]
    fn without_readings_there_are_none() {
        let (output, snapshots) = split(output("sh: no such thing\n"), Duration::from_secs(9));
        assert_eq!((output.excerpt().as_str(), snapshots), ("sh: no such thing", None));
    }
}
