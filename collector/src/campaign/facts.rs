//! Facts about the hosts: what a reader of the dataset has to know to judge its numbers.

use crate::host::{Command, Host, HostError};
use std::collections::BTreeMap;

/// Prints each fact as its name, a line and an end mark. One command for all, because starting
/// one takes its time. Constant: the interface comes in as an argument.
const SCRIPT: &str = r#"fact() { name=$1; shift; value=$("$@" 2>/dev/null </dev/null) || return 0; echo "== $name"; printf '%s\n' "$value"; }
fact kernel uname -r
fact machine uname -m
fact tool.ping ping -V
fact tool.iperf3 iperf3 --version
fact tool.tc tc -V
fact tcp.congestion_control cat /proc/sys/net/ipv4/tcp_congestion_control
fact load cat /proc/loadavg
fact tcp.available_congestion_control cat /proc/sys/net/ipv4/tcp_available_congestion_control
fact nic.mtu cat "/sys/class/net/$1/mtu"
fact nic.speed cat "/sys/class/net/$1/speed"
fact nic.driver readlink "/sys/class/net/$1/device/driver"
fact nic.operstate cat "/sys/class/net/$1/operstate"
fact nic.carrier_changes cat "/sys/class/net/$1/carrier_changes"
fact nic.qdisc sh -c 'tc qdisc show dev "$0" | cut -d " " -f 2,3 | tr "\n" ";"' "$1"
fact nic.offloads ethtool -k "$1"
fact cpu.governor cat /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor
fact clock.source cat /sys/devices/system/clocksource/clocksource0/current_clocksource
fact uptime cat /proc/uptime
fact cpuinfo cat /proc/cpuinfo
fact os-release cat /etc/os-release
exit 0"#;

/// Reads the facts of a host. One that cannot be read is left out.
pub async fn read(host: &Host) -> Result<BTreeMap<String, String>, HostError> {
    let output = host.check(&Command::new("sh").args(["-c", SCRIPT, "facts"]).arg(&host.interface)).await?;
    Ok(facts(&String::from_utf8_lossy(&output)).into_iter().collect())
}

/// Names and values of what [`SCRIPT`] printed.
fn facts(printed: &str) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut add = |fact: &str, value: &str| {
        if !value.trim().is_empty() {
            facts.push((fact.to_owned(), value.trim().to_owned()));
        }
    };
    for section in printed.split("== ").skip(1) {
        let (name, text) = section.split_once('\n').unwrap_or((section, ""));
        match name {
            "cpuinfo" => {
                add("cpu.model", value_of(text, "model name").unwrap_or_default());
                add("cpu.cores", &text.lines().filter(|line| line.starts_with("processor")).count().to_string());
            }
            "os-release" => {
                let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
                add("os", name.unwrap_or_default().trim_matches('"'));
            }
            "nic.offloads" => {
                let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| is_offload(line)).collect();
                add(name, &lines.join("\n"));
            }
            _ => add(name, text.lines().next().unwrap_or_default()),
        }
    }
    facts
}

/// Whether this line of `ethtool -k` is about packets that are put together or taken apart.
fn is_offload(line: &str) -> bool {
    let feature = line.split(':').next().unwrap_or_default();
    (feature.starts_with("generic-") || feature.starts_with("tcp-"))
        && (feature.ends_with("segmentation-offload") || feature.ends_with("receive-offload"))
}

/// The value in a line such as `model name : X`.
fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    #[test]
    fn offloads_keep_their_lines() {
        let printed = "== nic.offloads\nFeatures for eth0:\nrx-checksumming: on\ntcp-segmentation-offload: on\n\
                       \ttx-tcp-segmentation: on\ngeneric-receive-offload: off [fixed]\n== load\n0.1\n";
        let facts = super::facts(printed);
        let wanted = "tcp-segmentation-offload: on\ngeneric-receive-offload: off [fixed]";
        assert_eq!(facts.first().map(|(_, value)| value.as_str()), Some(wanted));
    }

    /// A program that is missing, or complains and ends well, leaves no fact.
    #[test]
    fn complaints_are_no_facts() {
        let script = super::SCRIPT.split("fact kernel").next().unwrap();
        let script = format!(
            "{script}\nfact a cat /nonexistent\nfact b no-such-program\nfact c sh -c 'echo bad >&2'\nfact d echo good"
        );
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(super::facts(&String::from_utf8_lossy(&output.stdout)), [("d".to_owned(), "good".to_owned())]);
    }

    #[test]
    fn facts_are_read_from_what_the_script_prints() {
        let printed = "== kernel\n6.12\n== tool.ping\nping from iputils 1\nlibcap: yes\n== nic.mtu\n\n== cpuinfo\n\
                       processor\t: 0\nmodel name\t: UML\n== os-release\nPRETTY_NAME=\"Debian 12\"\n";
        let facts = super::facts(printed);
        let facts: Vec<(&str, &str)> = facts.iter().map(|(fact, value)| (fact.as_str(), value.as_str())).collect();
        let wanted = [
            ("kernel", "6.12"),
            ("tool.ping", "ping from iputils 1"),
            ("cpu.model", "UML"),
            ("cpu.cores", "1"),
            ("os", "Debian 12"),
        ];
        assert_eq!(facts, wanted);
    }
}
