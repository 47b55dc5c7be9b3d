//! Names of problems. They are stable: a campaign refuses by them, and is told by them what to pass over.

use clap::ValueEnum;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use meshbench_terminal::OneOf;
use std::ffi::OsStr;

/// A kind of problem that keeps a matrix from being measured, or from being measured well.
///
/// Its name, as [`std::fmt::Display`] writes it, is the variant's in lower case with hyphens: `host-unreachable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Code {
    /// This machine cannot make SSH connections: it has no `ssh`, or no folder for the connections' sockets.
    ControllerUnfit,
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

impl Code {
    /// Whether a campaign can be told to measure in spite of such a problem. It cannot where nothing can be measured in spite of
    /// it: there is no way to the host, its agent can do nothing, or the network that SSH needs cannot be had.
    pub const fn can_be_passed_over(self) -> bool {
        match self {
            Self::ControllerUnfit
            | Self::HostUnreachable
            | Self::HostKeyUnknown
            | Self::HostKeyChanged
            | Self::LoginRefused
            | Self::SudoRefused
            | Self::HostInUse
            | Self::AgentNotStarted
            | Self::NotRoot
            | Self::ManagementShared
            | Self::NoPacketFilter => false,
            Self::HostRoom
            | Self::DatasetRoom
            | Self::ToolMissing
            | Self::ToolUnfit
            | Self::NoImpairment
            | Self::ProfileRefused
            | Self::NoCongestionControl
            | Self::NoSysctl
            | Self::NoInterface
            | Self::InterfaceDown
            | Self::AddressMismatch
            | Self::WrongRoute
            | Self::NoAnswer
            | Self::ForeignQdisc
            | Self::OffloadFixed
            | Self::SystemMissing
            | Self::PortTaken
            | Self::OverlayTaken => true,
        }
    }
}

/// Reads the problems that a campaign can be told to pass over. The others are refused by name, and are nowhere offered.
#[derive(Debug, Clone, Copy)]
pub struct PassedOver;

impl PassedOver {
    fn of(can_be: bool) -> OneOf<Code> {
        OneOf::among(Code::value_variants().iter().copied().filter(|code| code.can_be_passed_over() == can_be))
    }
}

impl TypedValueParser for PassedOver {
    type Value = Code;

    fn parse_ref(&self, command: &clap::Command, arg: Option<&clap::Arg>, value: &OsStr) -> Result<Code, clap::Error> {
        match Self::of(false).parse_ref(command, arg, value) {
            Ok(code) => {
                let message = format!(
                    "--despite {code}: nothing can be measured in spite of it; `collect doctor` says what to do about it\n"
                );
                Err(clap::Error::raw(ErrorKind::InvalidValue, message).with_cmd(command))
            }
            Err(_) => Self::of(true).parse_ref(command, arg, value),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let codes = Code::value_variants().iter().filter(|code| code.can_be_passed_over());
        Some(Box::new(codes.filter_map(Code::to_possible_value)))
    }
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

    #[test]
    fn every_code_has_a_name_that_reads_back() {
        for code in Code::value_variants() {
            assert_eq!(Code::from_str(&code.to_string(), false).as_ref(), Ok(code));
        }
        assert_eq!(Code::ForeignQdisc.to_string(), "foreign-qdisc");
    }

    #[test]
    fn what_cannot_be_passed_over_is_refused_by_name_and_not_offered() {
        let command = clap::Command::new("run");
        let read =
            |word: &str| PassedOver.parse_ref(&command, None, OsStr::new(word)).map_err(|error| error.to_string());
        let offered: Vec<String> =
            PassedOver.possible_values().unwrap().map(|value| value.get_name().to_owned()).collect();
        for code in Code::value_variants() {
            let name = code.to_string();
            assert_eq!(offered.contains(&name), code.can_be_passed_over(), "{name}");
            match read(&name) {
                Ok(read) => assert!(read == *code && code.can_be_passed_over(), "{name}"),
                Err(said) => assert!(said.contains(&name) && !code.can_be_passed_over(), "{said}"),
            }
        }
        let said = read("no-tc").unwrap_err();
        assert!(said.contains("foreign-qdisc") && !said.contains("host-unreachable"), "{said}");
    }
}
