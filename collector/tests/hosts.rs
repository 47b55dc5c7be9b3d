//! Hosts over real SSH: namespaces that a test makes, each with a network, files and processes of its own, an sshd
//! at the other end of a `ProxyCommand`, and strict host keys.
//!
//! Needs root, sshd, unshare and nsenter; without them the tests say so and pass. Where the kernel has netem (inside
//! User-Mode Linux, see `scripts/kills`) the impairment is tested as well.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

#[path = "hosts/campaigns.rs"]
mod campaigns;
#[path = "hosts/kills.rs"]
mod kills;
#[path = "hosts/lease.rs"]
mod lease;
#[path = "hosts/made.rs"]
mod made;
#[path = "hosts/ssh.rs"]
mod ssh;
