//! Whether hosts reach each other over the data network.

use super::code::Code;
use super::finding::Finding;
use super::look::{Said, ask};
use crate::campaign::Stop;
use crate::host::{Host, HostError};
use crate::parse;
use meshbench_stats::quantile::median_of;
use tokio::sync::Semaphore;

/// Echoes of each pair.
const ECHOES: &str = "10";

/// Pings that are under way at the same time, of all hosts: those of a lab share a CPU or two.
pub(super) const AT_ONCE: usize = 16;

/// What came of pinging another host's data address.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pair {
    target: String,
    address: String,
    sent: u64,
    /// Round trips in seconds, ascending.
    rtts: Vec<f64>,
    /// What ping said where there is no answer.
    why: String,
}

/// Pings all others, as far as `pings` lets it at the same time.
pub(super) async fn read(host: &Host, others: &[&Stop], pings: &Semaphore) -> Result<Vec<Pair>, HostError> {
    let asked = others.iter().map(|other| async move {
        // An error would mean that the semaphore is closed, which nobody does.
        let _turn = pings.acquire().await;
        let address = other.address.to_string();
        let said = ask(host, ["ping", "-n", "-i", "0.2", "-c", ECHOES, "-w", "5", &address]).await?;
        let report = parse::ping::parse(said.out.as_bytes()).unwrap_or_default();
        let mut rtts: Vec<f64> = report.replies.iter().map(|reply| reply.rtt_s).collect();
        rtts.sort_by(f64::total_cmp);
        let sent = report.sent.unwrap_or_default();
        Ok(Pair { target: other.name.to_string(), address, sent, rtts, why: why(&said) })
    });
    futures_util::future::try_join_all(asked).await
}

/// Why there was no answer: the first of the errors that came back, or ping's own.
fn why(said: &Said) -> String {
    let back = said.out.lines().find_map(|line| Some(line.strip_prefix("From ")?.split_once("icmp_seq=")?.1));
    match back.and_then(|error| error.split_once(' ')) {
        Some((_, error)) => error.to_owned(),
        None if said.err.trim().is_empty() => "nothing came back".to_owned(),
        None => said.why(),
    }
}

/// What that means.
pub(super) fn findings(pairs: &[Pair]) -> Vec<Finding> {
    pairs.iter().map(finding).collect()
}

fn finding(pair: &Pair) -> Finding {
    let Pair { target, address, sent, rtts, why } = pair;
    let answered = u64::try_from(rtts.len()).unwrap_or(u64::MAX);
    let (Some(least), Some(median), Some(most)) = (rtts.first(), median_of(rtts), rtts.last()) else {
        let what = format!("→ {target} ({address}): no answer: {why}");
        let help = "look at the address and the interface of both hosts, at the switch, and at firewalls on both: ICMP and \
                    all that systems and workloads use has to pass between the data addresses";
        return Finding::problem(Code::NoAnswer, "link", what).help(help);
    };
    let times = format!("{:.3} ms (from {:.3} to {:.3})", median * 1e3, least * 1e3, most * 1e3);
    if answered < *sent {
        let what = format!("→ {target}: {times}, {answered} of {sent} answered");
        return Finding::warning("link", what).help("the bare network loses packets; find out where before measuring");
    }
    Finding::fact("link", format!("→ {target}: {times}, none of {sent} lost"))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::super::look::made::{bad, good};
    use super::*;

    #[test]
    fn loss_is_told_from_silence() {
        let pair = |sent, rtts: &[f64]| Pair {
            target: "h2".to_owned(),
            address: "192.0.2.2".to_owned(),
            sent,
            rtts: rtts.to_vec(),
            why: "Destination Host Unreachable".to_owned(),
        };
        let level = |sent, rtts: &[f64]| finding(&pair(sent, rtts)).level;
        assert_eq!(level(3, &[0.001, 0.002, 0.004]), Level::Fact);
        assert_eq!(level(3, &[0.001, 0.002]), Level::Warning);
        assert_eq!(level(3, &[]), Level::Problem);
        assert_eq!(
            finding(&pair(3, &[0.001, 0.002, 0.004])).what,
            "→ h2: 2.000 ms (from 1.000 to 4.000), none of 3 lost"
        );
        assert!(finding(&pair(0, &[])).what.contains("Unreachable"));
    }

    #[test]
    fn silence_has_a_reason() {
        let out = "PING 192.0.2.2 (192.0.2.2) 56(84) bytes of data.\nFrom 192.0.2.1 icmp_seq=1 Destination Host Unreachable\n";
        assert_eq!(why(&Said { code: Some(1), ..good(out) }), "Destination Host Unreachable");
        assert_eq!(why(&bad(2, "ping: connect: Network is unreachable\n")), "ping: connect: Network is unreachable");
        assert_eq!(why(&bad(1, "")), "nothing came back");
    }
}
