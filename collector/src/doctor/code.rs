//! Names of problems. They are stable: a campaign refuses by them, and is told by them what to pass over.

/// A kind of problem that keeps a matrix from being measured, or from being measured well.
///
/// Its name, as [`std::fmt::Display`] writes it, is the variant's in lower case with hyphens: `host-unreachable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Code {
    /// No SSH connection could be made.
    HostUnreachable,
    /// Its host key is not known here.
    HostKeyUnknown,
    /// It answers with another host key than the one that is known.
    HostKeyChanged,
    /// The host takes none of the user's keys.
    LoginRefused,
    /// `sudo -n` does not work there.
    SudoRefused,
    /// Another campaign holds the host.
    HostInUse,
    /// The agent could not be brought there, or did not start.
    AgentNotStarted,
    /// The agent is not root.
    NotRoot,
    /// Too little room on the host for the files of a campaign.
    HostRoom,
    /// Too little room here for the dataset.
    DatasetRoom,
    /// A program that measuring needs is not there.
    ToolMissing,
    /// A program that measuring needs is there and cannot be used.
    ToolUnfit,
    /// The kernel cannot impair the network.
    NoImpairment,
    /// The kernel or `tc` refuses a profile.
    ProfileRefused,
    /// A congestion control that a tuning names is not there.
    NoCongestionControl,
    /// A kernel parameter that a tuning sets is not there.
    NoSysctl,
    /// The data interface is not there.
    NoInterface,
    /// The data interface is down.
    InterfaceDown,
    /// The data interface does not have the address.
    AddressMismatch,
    /// Another host is not reached through the data interface.
    WrongRoute,
    /// Another host does not answer on the data network.
    NoAnswer,
    /// The network of SSH is to carry nothing else, and is none of its own.
    ManagementShared,
    /// The network of SSH is to carry nothing else, and packet filters cannot be set.
    NoPacketFilter,
    /// The data interface has a queueing discipline of somebody else's.
    ForeignQdisc,
    /// An offload cannot be switched as a tuning wants it.
    OffloadFixed,
    /// No implementation of a system can be had.
    SystemMissing,
    /// Something listens on a port that a workload needs.
    PortTaken,
    /// There is an interface of a tunnel's name already.
    OverlayTaken,
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match clap::ValueEnum::to_possible_value(self) {
            Some(value) => f.pad(value.get_name()),
            None => Err(std::fmt::Error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_code_has_a_name_that_reads_back() {
        for code in Code::value_variants() {
            assert_eq!(Code::from_str(&code.to_string(), false).as_ref(), Ok(code));
        }
        assert_eq!(Code::ForeignQdisc.to_string(), "foreign-qdisc");
    }
}
