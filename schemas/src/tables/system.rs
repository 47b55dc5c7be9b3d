//! Facts of systems.

use crate::table::{Symbol, table};

table! {
    /// One system under test, as it was found on the hosts.
    pub struct System = "systems", key ["system"] {
        /// The system, as in `runs`.
        system: Symbol [""],
        /// How the campaign itself names it.
        label: String [""],
        /// The daemon's own version; null where nobody recorded it.
        version: Option<String> [""],
        /// SHA-256 of the daemon's binary.
        binary_sha256: Option<String> [""],
        /// MTU of the overlay interface.
        mtu_byte: Option<u32> ["byte"],
        /// Family of the overlay addresses: `ipv4` or `ipv6`.
        address_family: Option<Symbol> [""],
        /// Remarks, such as which implementation this is.
        note: Option<String> [""],
    }
}
