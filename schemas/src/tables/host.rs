//! Facts of hosts.

use crate::table::{Symbol, table};

table! {
    /// One fact about one host.
    pub struct Host = "hosts", key ["host", "phase", "fact"] {
        /// The host, as in `source` and `target`.
        host: Symbol [""],
        /// When it was read: `import`, or `before` and `after` a block with its number.
        phase: Symbol [""],
        /// Name of the fact, for example `kernel`, `cpu.cores`, `nic.enp3s0.driver`.
        fact: String [""],
        /// What was read.
        value: String [""],
    }
}
