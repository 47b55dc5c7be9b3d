//! What the iperf3 of two ends cannot be trusted with, by their versions.
//!
//! What it prints wrong is found in each report as well, and put right or refused; a campaign without it needs neither.

use super::finding::Finding;
use std::collections::BTreeSet;

/// The program.
pub(super) const NAME: &str = "iperf3";

/// Major and minor number.
pub(super) type Version = (u32, u32);

/// The iperf3 of the two ends of a link.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends<'a> {
    /// Host that runs the client, and its version.
    pub client: (&'a str, Version),
    /// The same of the server.
    pub server: (&'a str, Version),
}

/// What a matrix asks of iperf3.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    /// UDP at all.
    pub udp: bool,
    /// Both ways at once.
    pub both_ways: bool,
}

/// Versions from the first to the second one.
type Span = (Version, Version);
const ANY: Span = ((0, 0), (u32::MAX, u32::MAX));

/// Versions that print something that is not so.
struct Distrust {
    client: Span,
    server: Span,
    when: fn(Asked) -> bool,
    what: &'static str,
    why: &'static str,
}

/// From reports to the authors of iperf3, and its release notes.
const KNOWN: &[Distrust] = &[
    Distrust {
        client: ((3, 20), (3, 21)),
        server: ((3, 0), (3, 12)),
        when: |asked| asked.udp,
        what: "the client prints 0 lost datagrams, whatever was lost",
        why: "it subtracts what the older server never told (esnet/iperf 1984 and 2055); the loss is taken from the server's own report, or from the bytes that came",
    },
    Distrust {
        client: ANY,
        server: ((3, 17), (3, 17)),
        when: |asked| asked.udp,
        what: "the receiver now and then counts twice the bytes that were sent",
        why: "esnet/iperf 1757; such a run is made invalid",
    },
    Distrust {
        client: ((3, 0), (3, 11)),
        server: ANY,
        when: |asked| asked.udp,
        what: "losses are counted below zero where datagrams come late or twice",
        why: "esnet/iperf 914 and 1866; an interval's count is left out then, and a run whose total is below zero is made invalid",
    },
    Distrust {
        client: ANY,
        server: ((3, 0), (3, 11)),
        when: |asked| asked.udp,
        what: "losses are counted below zero where datagrams come late or twice",
        why: "esnet/iperf 914 and 1866; an interval's count is left out then, and a run whose total is below zero is made invalid",
    },
    Distrust {
        client: ((3, 0), (3, 10)),
        server: ANY,
        when: |asked| asked.udp,
        what: "the bytes that arrived over UDP are not printed",
        why: "throughput is computed from the counts of datagrams then, and nothing is left to check those against",
    },
    Distrust {
        client: ((3, 7), (3, 10)),
        server: ANY,
        when: |asked| asked.both_ways,
        what: "the sums of both directions stand under the same keys",
        why: "esnet/iperf 952; they are told apart by their `sender`, which other readers of the raw output may not do",
    },
];

/// What to do about any of it.
const REMEDY: &str = "use one version from 3.13 on at all hosts";

fn within(version: Version, (first, last): Span) -> bool {
    first <= version && version <= last
}

/// What is known of the versions of these links, and whether there are several.
pub(super) fn findings(asked: Asked, links: &[Ends<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let hosts: BTreeSet<(&str, Version)> = links.iter().flat_map(|link| [link.client, link.server]).collect();
    let versions: BTreeSet<Version> = hosts.iter().map(|(_, version)| *version).collect();
    if versions.len() > 1 {
        let list: Vec<String> =
            hosts.iter().map(|(host, (major, minor))| format!("{host} has {major}.{minor}")).collect();
        let what = format!("versions differ, and versions count, pace and print differently: {}", list.join(", "));
        findings.push(Finding::warning(NAME, what).help(REMEDY));
    }
    let mut said = BTreeSet::new();
    for known in KNOWN.iter().filter(|known| (known.when)(asked)) {
        let hit = |link: &&Ends<'_>| within(link.client.1, known.client) && within(link.server.1, known.server);
        let Some(Ends { client, server }) = links.iter().find(hit) else { continue };
        if !said.insert(known.what) {
            continue;
        }
        let ((client, (a, b)), (server, (c, d))) = (client, server);
        let count = links.iter().filter(hit).count();
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        let what = format!("{} ({a}.{b} at {client} to {c}.{d} at {server}{more}): {}", known.what, known.why);
        findings.push(Finding::warning(NAME, what).help(REMEDY));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const UDP: Asked = Asked { udp: true, both_ways: false };

    fn said(asked: Asked, client: Version, server: Version) -> Vec<String> {
        let links = [
            Ends { client: ("a", client), server: ("b", server) },
            Ends { client: ("c", client), server: ("b", server) },
        ];
        findings(asked, &links).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_new_client_with_an_old_server_loses_nothing_it_says() {
        let both = said(UDP, (3, 21), (3, 12));
        assert!(both.first().unwrap().contains("b has 3.12") && both.len() == 2, "{both:?}");
        let zero = both.last().unwrap();
        assert!(zero.contains("0 lost datagrams") && zero.contains("3.21 at a to 3.12 at b and 1 more"), "{zero}");
        assert_eq!(said(UDP, (3, 12), (3, 21)).len(), 1, "only that they differ");
        assert_eq!(said(Asked::default(), (3, 21), (3, 12)).len(), 1, "TCP is not concerned");
        assert!(said(UDP, (3, 21), (3, 13)).iter().all(|what| !what.contains("0 lost datagrams")));
    }

    #[test]
    fn one_good_version_everywhere_is_no_finding() {
        for version in [(3, 13), (3, 16), (3, 18), (3, 21), (4, 0)] {
            assert_eq!(said(Asked { udp: true, both_ways: true }, version, version), [""; 0], "{version:?}");
        }
        assert_eq!(findings(UDP, &[]), []);
    }

    #[test]
    fn old_versions_are_told_by_what_is_asked_of_them() {
        let old = |asked| said(asked, (3, 9), (3, 9)).len();
        assert_eq!(old(Asked { udp: false, both_ways: true }), 1);
        assert_eq!(old(UDP), 2, "the same thing of both ends is said once");
        assert_eq!(old(Asked::default()), 0);
        assert!(said(UDP, (3, 18), (3, 17)).iter().any(|what| what.contains("twice the bytes")));
    }
}
