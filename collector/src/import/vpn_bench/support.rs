//! The files beside the results: layout, impairment, hardware.

use meshbench_schemas::tables::Host;
use serde::Deserialize;
use serde_json::Value;
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

fn json(path: &Path) -> Result<Value, String> {
    let text = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let (text, _) = crate::import::secrets::scrub(&text);
    serde_json::from_slice(&super::wrapper::without_nan(&text)).map_err(|error| format!("is no JSON: {error}"))
}

/// Reads `layout.json`; the error says why it is none.
pub fn layout(path: &Path) -> Result<Layout, String> {
    let value = json(path)?;
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

/// What netem was told on every host, per direction.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Netem {
    /// Mean delay.
    pub delay_s: Option<f64>,
    /// Jitter.
    pub jitter_s: Option<f64>,
    /// Loss.
    pub loss: Option<f64>,
    /// Share of reordered packets.
    pub reorder: Option<f64>,
    /// Its correlation.
    pub reorder_correlation: Option<f64>,
    /// Rate limit.
    pub rate_bit_s: Option<f64>,
}

#[derive(Deserialize)]
struct Settings {
    settings: Option<Stored>,
}

#[derive(Deserialize)]
struct Stored {
    bandwidth_mbit: Option<f64>,
    latency_ms: Option<f64>,
    jitter_ms: Option<f64>,
    packet_loss_percent: Option<f64>,
    reorder_percent: Option<f64>,
    reorder_correlation: Option<f64>,
}

/// Reads `tc_settings.json`. It holds delay, jitter, loss and reordering doubled, as a round trip sees
/// them; rate and correlation as they are. No settings mean no impairment.
pub fn impairment(path: &Path) -> Result<Netem, String> {
    let settings: Settings =
        serde_json::from_value(json(path)?).map_err(|error| format!("is no tc settings file: {error}"))?;
    let none = Some(0.0);
    let Some(stored) = settings.settings else {
        return Ok(Netem {
            delay_s: none,
            jitter_s: none,
            loss: none,
            reorder: none,
            reorder_correlation: none,
            rate_bit_s: None,
        });
    };
    let half = |value: Option<f64>, scale: f64| Some(value.unwrap_or(0.0) * scale / 2.0);
    Ok(Netem {
        delay_s: half(stored.latency_ms, 1e-3),
        jitter_s: half(stored.jitter_ms, 1e-3),
        loss: half(stored.packet_loss_percent, 1e-2),
        reorder: half(stored.reorder_percent, 1e-2),
        reorder_correlation: Some(stored.reorder_correlation.unwrap_or(0.0) * 1e-2),
        rate_bit_s: stored.bandwidth_mbit.map(|rate| rate * 1e6),
    })
}

/// Reads `hardware.json` as facts about hosts.
pub fn hardware(path: &Path) -> Result<Vec<Host>, String> {
    let value = json(path)?;
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
    Ok(facts)
}

/// One fact a leaf: `cpu.cores`, `network_controllers.0.driver`; lists of plain words are one fact.
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
            (0_usize..).zip(values).for_each(|(number, value)| flatten(host, &format!("{name}.{number}"), value, facts))
        }
        leaf => facts.push(fact(plain(leaf))),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
