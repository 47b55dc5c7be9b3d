//! Facts about the hosts: what a reader of the dataset has to know to judge its numbers.

use crate::host::{Command, Host, HostError};
use meshbench_schemas::tables;

/// Prints each fact as its name, a line and an end mark. One command for all, because each one takes its
/// time over SSH. Constant: the interface comes in as an argument.
const SCRIPT: &str = r#"fact() { name=$1; shift; echo "== $name"; "$@" 2>&1 </dev/null; }
fact kernel uname -r
fact machine uname -m
fact tool.ping ping -V
fact tool.iperf3 iperf3 --version
fact tool.tc tc -V
fact tcp.congestion_control cat /proc/sys/net/ipv4/tcp_congestion_control
fact load cat /proc/loadavg
fact nic.mtu cat "/sys/class/net/$1/mtu"
fact cpuinfo cat /proc/cpuinfo
fact os-release cat /etc/os-release
exit 0"#;

/// Reads the facts of a host. One that cannot be read is left out.
pub async fn read(host: &Host, phase: &str) -> Result<Vec<tables::Host>, HostError> {
    let output = host.check(&Command::new("sh").args(["-c", SCRIPT, "facts"]).arg(&host.interface)).await?;
    let row = |(fact, value): (String, String)| tables::Host {
        host: host.name.as_str().into(),
        phase: phase.into(),
        fact,
        value,
    };
    Ok(facts(&String::from_utf8_lossy(&output)).into_iter().map(row).collect())
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
            _ => add(name, text.lines().next().unwrap_or_default()),
        }
    }
    facts
}

/// The value in a line such as `model name : X`.
fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
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
