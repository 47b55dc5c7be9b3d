//! The workloads: their one declaration, which everything else reads.
//!
//! A workload has a word, which stands in files and tables, and a kind, which says what its numbers are about. Series and
//! metrics belong to kinds (see the catalogue), so a workload of a known kind has all of them from its declaration on.

use crate::named::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the numbers of a workload are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkloadKind {
    /// Packets that are echoed.
    Echo,
    /// A transfer over TCP connections.
    Stream,
    /// A transfer in UDP datagrams.
    Datagrams,
    /// Transfers over QUIC connections.
    Quic,
    /// A live video stream.
    Video,
    /// A command that fetches something.
    Download,
    /// The time that a tunnel takes to work.
    Connect,
}

/// Declares the workloads, each with its word in files and its kind.
macro_rules! workloads {
    ($($(#[$doc:meta])* $Variant:ident = $name:literal is $Kind:ident,)+) => {
        named! {
            /// What is run over a link.
            pub enum Workload { $($(#[$doc])* $Variant = $name,)+ }
        }

        impl Workload {
            /// What its numbers are about.
            pub const fn kind(self) -> WorkloadKind {
                match self { $(Self::$Variant => WorkloadKind::$Kind,)+ }
            }
        }
    };
}

workloads! {
    /// Round trips of ICMP echo packets.
    Ping = "ping" is Echo,
    /// One TCP transfer.
    Tcp = "tcp" is Stream,
    /// One UDP transfer.
    Udp = "udp" is Datagrams,
    /// TCP transfers on all links of the ring at once.
    TcpParallel = "tcp-parallel" is Stream,
    /// QUIC transfers.
    Quic = "quic" is Quic,
    /// A live video stream over RIST.
    Video = "video" is Video,
    /// The download of a package closure over HTTP.
    Download = "download" is Download,
    /// Time from the start of the VPN to a working tunnel.
    Connect = "connect" is Connect,
    /// Time from a reboot of the host to a working tunnel.
    ConnectReboot = "connect-reboot" is Connect,
}

/// All workloads of some kinds, kind by kind, as a constant slice.
macro_rules! having {
    ($($Kind:ident),+) => {{
        const KINDS: &[$crate::workload::WorkloadKind] = &[$($crate::workload::WorkloadKind::$Kind),+];
        const FOUND: [$crate::workload::Workload; $crate::workload::count(KINDS)] = $crate::workload::all_of(KINDS);
        &FOUND
    }};
}
pub(crate) use having;

/// What `collect` itself runs, so that it can watch the hosts meanwhile.
pub(crate) const LIVE: &[Workload] = having!(Echo, Stream, Datagrams);

/// How many workloads are of some kinds.
pub(crate) const fn count(kinds: &[WorkloadKind]) -> usize {
    let mut found = 0;
    let mut open = kinds;
    while let [kind, rest @ ..] = open {
        let mut all = Workload::ALL;
        while let [workload, others @ ..] = all {
            found += (workload.kind() as u8 == *kind as u8) as usize;
            all = others;
        }
        open = rest;
    }
    found
}

/// The workloads of some kinds; `N` is how many there are.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, where an index that is not there is an error")]
pub(crate) const fn all_of<const N: usize>(kinds: &[WorkloadKind]) -> [Workload; N] {
    let mut found = [Workload::ALL[0]; N];
    let mut at = 0;
    let mut open = kinds;
    while let [kind, rest @ ..] = open {
        let mut all = Workload::ALL;
        while let [workload, others @ ..] = all {
            if workload.kind() as u8 == *kind as u8 {
                found[at] = *workload;
                at += 1;
            }
            all = others;
        }
        open = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_follow_the_kinds_and_then_the_declaration() {
        let words = |of: &[Workload]| of.iter().map(|workload| workload.as_str()).collect::<Vec<_>>().join(" ");
        let streams: &[Workload] = having!(Stream);
        assert_eq!((words(streams), words(LIVE)), ("tcp tcp-parallel".into(), "ping tcp tcp-parallel udp".into()));
        let all: &[Workload] = having!(Echo, Stream, Datagrams, Quic, Video, Download, Connect);
        assert_eq!(all.len(), Workload::ALL.len(), "each has one kind");
    }
}
