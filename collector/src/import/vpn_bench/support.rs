//! The files beside the results: layout and hardware.

use crate::parse::{Note, Notes, json};
use meshbench_schemas::fact::{CORES, is_complaint};
use meshbench_schemas::possible::MOST_CORES;
use meshbench_schemas::tables::Host;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The hosts of a system, in the order of the ring, and their overlay addresses.
pub struct Layout {
    /// Host names.
    pub hosts: Vec<String>,
    addresses: Vec<String>,
}

impl Layout {
    /// `ipv4` or `ipv6`, where all addresses agree.
    pub fn address_family(&self) -> Option<&'static str> {
        let six = self.addresses.iter().filter(|address| address.contains(':')).count();
        match (six, self.addresses.len()) {
            (_, 0) => None,
            (0, _) => Some("ipv4"),
            (six, all) if six == all => Some("ipv6"),
            _ => None,
        }
    }
}

pub(super) fn value(path: &Path) -> Result<Value, String> {
    let text = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let (text, _) = crate::secrets::scrub(&text);
    let mut notes = Notes::default();
    let value = json::read_noted(&super::wrapper::without_nan(&text), &mut notes);
    let value = value.map_err(|error| format!("is no JSON: {error}"))?;
    // No row can carry a note of it, so nobody would ever know.
    let decides = |note: &Note| matches!(note, Note::DuplicateKey(_) | Note::Doubled | Note::TextAfter);
    match notes.into_vec().iter().find(|note| decides(note)) {
        Some(Note::DuplicateKey(key)) => {
            Err(format!("says `{}` twice in one object, with different values", key.escape_debug()))
        }
        Some(note) => Err(format!("is not one JSON value alone: {note}")),
        None => Ok(value),
    }
}

/// Reads `layout.json`; the error says why it is none.
pub fn layout(path: &Path) -> Result<Layout, String> {
    let value = value(path)?;
    let entries = value.as_array().ok_or("is no layout: not a list of hosts")?;
    let mut layout = Layout { hosts: Vec::new(), addresses: Vec::new() };
    for entry in entries {
        let host = entry
            .pointer("/cmachine/name")
            .and_then(Value::as_str)
            .ok_or("is no layout: an entry has no cmachine.name")?;
        layout.hosts.push(host.to_owned());
        layout.addresses.extend(entry.get("vpn_ip").and_then(Value::as_str).map(str::to_owned));
    }
    Ok(layout)
}

/// What `hardware.json` says.
pub struct Hardware {
    /// Facts about hosts.
    pub facts: Vec<Host>,
    /// Facts that are no more than the complaint of a program that was to read them: host and name.
    pub complaints: Vec<String>,
}

impl Hardware {
    /// CPU cores by host.
    pub fn cores(&self) -> BTreeMap<String, f64> {
        let told = self.facts.iter().filter(|row| row.fact == CORES);
        let number =
            |row: &Host| row.value.trim().parse().ok().filter(|cores: &f64| (1.0..=MOST_CORES).contains(cores));
        told.filter_map(|row| Some((row.host.to_string(), number(row)?))).collect()
    }
}

/// Reads `hardware.json` as facts about hosts.
pub fn hardware(path: &Path) -> Result<Hardware, String> {
    let value = value(path)?;
    let data = value.get("data").unwrap_or(&value);
    let machines =
        data.get("machines").and_then(Value::as_array).ok_or("is no hardware report: it has no list of machines")?;
    let mut facts = Vec::new();
    for machine in machines {
        let host = machine
            .get("machine_name")
            .and_then(Value::as_str)
            .ok_or("is no hardware report: a machine has no name")?;
        if let Some(fields) = machine.as_object() {
            for (key, value) in fields.iter().filter(|(key, _)| *key != "machine_name") {
                flatten(host, key, value, &mut facts);
            }
        }
    }
    let (complaints, facts): (Vec<Host>, Vec<Host>) = facts.into_iter().partition(|row| is_complaint(&row.value));
    let complaints = complaints.into_iter().map(|row| format!("{} {}", row.host, row.fact)).collect();
    Ok(Hardware { facts, complaints })
}

/// One fact a leaf: `cpu.cores`, `network_interfaces.enp3s0.driver`; lists of plain words are one fact. What stands in a
/// list goes by its own name, so that hosts that list their interfaces in another order are compared one by one.
fn flatten(host: &str, name: &str, value: &Value, facts: &mut Vec<Host>) {
    let fact = |value: String| Host { host: host.into(), phase: "import".into(), fact: name.to_owned(), value };
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| flatten(host, &format!("{name}.{key}"), value, facts))
        }
        Value::Array(values) if values.iter().all(|value| !value.is_object() && !value.is_array()) => {
            facts.push(fact(values.iter().map(plain).collect::<Vec<_>>().join(" ")));
        }
        Value::Array(values) => {
            let mut taken = BTreeSet::new();
            for (number, value) in (0_usize..).zip(values) {
                let own = name_of(value).filter(|own| taken.insert(own.clone())).unwrap_or_else(|| number.to_string());
                flatten(host, &format!("{name}.{own}"), value, facts);
            }
            // Hosts name the same kind of card differently: what all entries come to is compared beside it.
            for key in ["driver", "model"] {
                let all: BTreeSet<&str> = values.iter().filter_map(|value| value.get(key)?.as_str()).collect();
                if !all.is_empty() {
                    let value = all.into_iter().collect::<Vec<_>>().join(", ");
                    facts.push(Host {
                        host: host.into(),
                        phase: "import".into(),
                        fact: format!("{name}.*.{key}"),
                        value,
                    });
                }
            }
        }
        leaf => facts.push(fact(plain(leaf))),
    }
}

/// What an entry of a list calls itself.
fn name_of(value: &Value) -> Option<String> {
    const KEYS: [&str; 12] = [
        "name",
        "ifname",
        "interface",
        "interface_name",
        "unix_device_name",
        "unix_device_names",
        "device_name",
        "dev",
        "device",
        "label",
        "model",
        "id",
    ];
    let text = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    KEYS.iter().filter_map(|key| value.get(key)).find_map(|value| match value {
        Value::Array(values) => values.first().and_then(text),
        other => text(other),
    })
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_go_by_their_name_and_complaints_are_no_facts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hardware.json");
        let text = r#"{"data": {"machines": [
            {"machine_name": "lom", "cpu": {"governor": "cat: /sys/x/scaling_governor: No such file or directory", "cores": 4},
             "network_controllers": [{"unix_device_names": ["enp3s0"], "driver": "r8169"}],
             "network_interfaces": [{"name": "lo", "type": "loopback"},
                                    {"name": "enp3s0", "type": "ethernet", "offloads": "tso: on\ngso: on"}]},
            {"machine_name": "yuki", "cpu": {"governor": "performance", "cores": 4},
             "network_controllers": [{"unix_device_names": ["eno1"], "driver": "e1000e"}],
             "network_interfaces": [{"name": "enp3s0", "type": "ethernet", "offloads": "tso: on\ngso: on"},
                                    {"name": "lo", "type": "loopback"}, {"name": "lo", "type": "twice"}]}]}}"#;
        std::fs::write(&path, text).unwrap();
        let read = hardware(&path).unwrap();
        assert_eq!(read.cores(), BTreeMap::from([("lom".to_owned(), 4.0), ("yuki".to_owned(), 4.0)]));
        let Hardware { facts, complaints } = read;
        assert_eq!(complaints, ["lom cpu.governor"]);
        let of = |host: &str, fact: &str| {
            let row = facts.iter().find(|row| (&*row.host, row.fact.as_str()) == (host, fact));
            row.map(|row| row.value.as_str())
        };
        for host in ["lom", "yuki"] {
            assert_eq!(of(host, "network_interfaces.lo.type"), Some("loopback"));
            assert_eq!(of(host, "network_interfaces.enp3s0.type"), Some("ethernet"));
            assert_eq!(of(host, "network_interfaces.enp3s0.offloads"), Some("tso: on\ngso: on"), "lines stay lines");
        }
        assert_eq!(of("yuki", "network_interfaces.2.type"), Some("twice"));
        assert_eq!(of("lom", "network_controllers.*.driver"), Some("r8169"));
        assert_eq!(of("yuki", "network_controllers.*.driver"), Some("e1000e"), "another name, and still compared");
        assert_eq!((of("lom", "cpu.governor"), of("yuki", "cpu.governor")), (None, Some("performance")));
    }
}
