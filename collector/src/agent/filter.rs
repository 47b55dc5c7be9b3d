//! An interface that carries SSH only, so that no daemon finds a way around the data network.
//!
//! It is a table of nftables of our own: it is loaded and taken away as a whole, and whatever other tables a host has
//! stay as they are.

use super::AgentError;
use super::change::finish;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// The table of a lease.
pub const LEASE_TABLE: &str = "meshbench_lease";
/// The table of a lab's host.
pub const LAB_TABLE: &str = "meshbench_lab";
/// UDP ports of servers that keep a host in its network: names, DHCP, time, DHCP for IPv6.
pub const SERVICES: &[u16] = &[53, 67, 123, 547];
/// What shows whether nftables can be used, in a network namespace that goes away.
pub const TRIAL: &str = "add table inet trial; add chain inet trial out { type filter hook output priority 0; }; \
                         add rule inet trial out oifname \"x\" tcp dport { 22 } accept";

/// Lets `interface` carry TCP from and to the ports of SSH servers, UDP from and to those of `services`, and IPv6's
/// search for neighbours. ARP is not touched by it.
pub fn ssh_only(table: &str, interface: &str, ports: &[u16], services: &[u16]) -> Result<(), AgentError> {
    let what = format!("let {interface} carry SSH only, with `nft` (Debian's package nftables)");
    let mut nft = Command::new("nft");
    nft.args(["-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = nft.spawn().map_err(AgentError::io(what.clone()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // Shorter than the pipe; an nft that does not read it says more itself.
        let _ = stdin.write_all(rules(table, interface, ports, services).as_bytes());
    }
    let output = child.wait_with_output().map_err(AgentError::io(what.clone()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(AgentError::Failed { what, message: crate::text::excerpt(&output.stderr) })
}

/// Takes a table away; none there is fine.
pub fn remove(table: &str) -> Result<(), AgentError> {
    let listed = Command::new("nft").args(["list", "table", "inet", table]).stdin(Stdio::null()).output();
    // Without nft none was made.
    if !listed.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    finish(Command::new("nft").args(["delete", "table", "inet", table]), &format!("delete the packet filters {table}"))
}

/// The table, which replaces one of its name in one step.
fn rules(table: &str, interface: &str, ports: &[u16], services: &[u16]) -> String {
    let list = |ports: &[u16]| ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    let (ssh, services) = (list(ports), list(services));
    let mut text = format!("table inet {table} {{ }}\ndelete table inet {table}\ntable inet {table} {{\n");
    // What a server sends comes from its port, and what it is sent goes to it.
    for (chain, hook, on, theirs) in
        [("arriving", "input", "iifname", "sport"), ("leaving", "output", "oifname", "dport")]
    {
        // Writing to a String cannot fail.
        let _ = writeln!(text, " chain {chain} {{\n  type filter hook {hook} priority -150; policy accept;");
        for port in ["sport", "dport"] {
            let _ = writeln!(text, "  {on} \"{interface}\" tcp {port} {{ {ssh} }} accept");
        }
        if !services.is_empty() {
            let _ = writeln!(text, "  {on} \"{interface}\" udp {theirs} {{ {services} }} accept");
        }
        let _ = writeln!(text, "  {on} \"{interface}\" icmpv6 type 133-136 accept\n  {on} \"{interface}\" drop\n }}");
    }
    let _ = writeln!(text, " chain passing {{\n  type filter hook forward priority -150; policy accept;");
    let _ = writeln!(text, "  iifname \"{interface}\" drop\n  oifname \"{interface}\" drop\n }}\n}}");
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_table_replaces_itself_and_names_one_interface() {
        let text = super::rules("t", "mgmt0", &[22, 2222], &[]);
        assert!(text.starts_with("table inet t { }\ndelete table inet t\ntable inet t {\n"));
        assert!(text.contains("iifname \"mgmt0\" tcp dport { 22, 2222 } accept"));
        assert!(text.contains("oifname \"mgmt0\" drop"));
        assert!(!text.contains("udp"), "an empty set is no set to nft");
        assert!(
            super::rules("t", "mgmt0", &[22], super::SERVICES)
                .contains("oifname \"mgmt0\" udp dport { 53, 67, 123, 547 }")
        );
    }
}
