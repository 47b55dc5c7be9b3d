//! Tunings: host settings under test, set on every host while they are measured and then put back.

use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// Below these a kernel parameter can be set. The rest of `kernel.` is left out: it holds things that are no
/// tuning and can hurt a host (`core_pattern` names a program to run, `sysrq` reboots).
const PREFIXES: &[&str] = &["net.", "vm.", "kernel.sched_"];
/// Parameters that all network namespaces of a machine share; everything else below `net.` is per namespace.
const SHARED: &[&str] = &["net.core.", "net.ipv4.tcp_mem", "net.ipv4.udp_mem", "net.ipv4.inet_peer_", "vm.", "kernel."];
/// What `congestion_control` sets.
pub const CONGESTION_CONTROL: &str = "net.ipv4.tcp_congestion_control";
/// Longer values are no values.
const LONGEST: usize = 256;

/// Host settings under test. The empty one leaves hosts as they are.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tuning {
    /// Kernel parameters by name, such as `net.ipv4.tcp_recovery`. Names have letters, digits, `.`, `_`, `-`
    /// and `/` (for a dot inside an interface's name) and are below `net.`, `vm.` or `kernel.sched_`.
    #[serde(deserialize_with = "values")]
    pub sysctls: BTreeMap<String, String>,
    /// TCP's congestion control, such as `reno`: short for `net.ipv4.tcp_congestion_control`, which counts for
    /// IPv6 as well. Its kernel module has to be loaded.
    pub congestion_control: Option<String>,
    /// Offloads of the interface on the data network.
    pub offloads: Offloads,
    /// Offloads of the system's tunnel interface, once it is there.
    pub overlay_offloads: Offloads,
}

/// Offloads of an interface; what is absent is left alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Offloads {
    /// Generic segmentation offload: the kernel cuts super-packets just before the driver.
    pub gso: Option<bool>,
    /// Generic receive offload: the kernel joins packets as they arrive.
    pub gro: Option<bool>,
    /// TCP segmentation offload: the NIC cuts super-packets.
    pub tso: Option<bool>,
    /// Large receive offload: the NIC joins packets.
    pub lro: Option<bool>,
}

impl Offloads {
    /// The features to switch, by their names for `ethtool -K`, and whether on or off.
    pub fn switched(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let all = [("gso", self.gso), ("gro", self.gro), ("tso", self.tso), ("lro", self.lro)];
        all.into_iter().filter_map(|(feature, on)| Some((feature, on?)))
    }
}

impl Tuning {
    /// Whether it leaves hosts as they are.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The kernel parameters to set, by name: `sysctls`, and what stands for `congestion_control`.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        let congestion = self.congestion_control.iter().map(|name| (CONGESTION_CONTROL, name.as_str()));
        self.sysctls.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(congestion)
    }

    /// The settings that all hosts of a lab share because they are one for the machine. A network namespace
    /// other than the machine's first one may not even show them.
    pub fn shared_in_lab(&self) -> Vec<&str> {
        let shared = |name: &str| SHARED.iter().any(|prefix| name.starts_with(prefix));
        self.settings().map(|(name, _)| name).filter(|name| shared(name)).collect()
    }

    /// Refuses names and values that are no kernel parameters.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        for (name, value) in &self.sysctls {
            check_name(name)?;
            if value.trim().is_empty() || value.len() > LONGEST || value.chars().any(char::is_control) {
                let value = value.escape_debug();
                return Err(format!("`{value}` is no value for {name}: use up to {LONGEST} characters on one line"));
            }
        }
        let Some(name) = &self.congestion_control else { return Ok(()) };
        if self.sysctls.contains_key(CONGESTION_CONTROL) {
            return Err(format!("congestion_control and {CONGESTION_CONTROL} are the same: give one of them"));
        }
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        if !first || name.len() > 15 || !name.bytes().all(inner) {
            return Err(format!(
                "`{}` is no congestion control: write a name such as reno or bbr",
                name.escape_debug()
            ));
        }
        Ok(())
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let shown = name.escape_debug();
    // Every part begins with a letter, digit or `_`, so that no part of the path under /proc/sys is `..`.
    let part = |part: &str| {
        part.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-/".contains(&b))
    };
    if name.len() > LONGEST || name.split('.').count() < 2 || !name.split('.').all(part) {
        return Err(format!("`{shown}` is no kernel parameter: write a name such as `net.ipv4.tcp_recovery`"));
    }
    if !PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        return Err(format!("{shown} is no setting of network or memory: names begin with {}", PREFIXES.join(", ")));
    }
    Ok(())
}

/// Numbers are values as well as texts.
fn values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let written = BTreeMap::<String, toml::Value>::deserialize(deserializer)?;
    let text = |(name, value): (String, toml::Value)| match value {
        toml::Value::String(value) => Ok((name, value)),
        toml::Value::Integer(value) => Ok((name, value.to_string())),
        toml::Value::Table(_) => {
            let message = format!("`{name}.…` has to be in quotes: \"{name}.…\" = value");
            Err(serde::de::Error::custom(message))
        }
        _ => Err(serde::de::Error::custom(format!("the value of {name} has to be a text or a whole number"))),
    };
    written.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tuning(text: &str) -> Tuning {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_tuning_is_a_list_of_settings() {
        let tuning = tuning(
            r#"
            congestion_control = "reno"
            offloads = { gso = false, tso = true }
            [sysctls]
            "net.ipv4.tcp_recovery" = 0
            "net.core.rmem_max" = "8388608"
            "net.ipv4.tcp_rmem" = "4096 131072 6291456"
        "#,
        );
        tuning.check().unwrap();
        let settings: Vec<_> = tuning.settings().collect();
        assert!(settings.contains(&("net.ipv4.tcp_recovery", "0")));
        assert!(settings.contains(&("net.ipv4.tcp_congestion_control", "reno")));
        assert_eq!(tuning.shared_in_lab(), ["net.core.rmem_max"]);
        assert_eq!(tuning.offloads.switched().collect::<Vec<_>>(), [("gso", false), ("tso", true)]);
        assert_eq!(tuning.overlay_offloads.switched().count(), 0);
        assert!(!tuning.is_none() && Tuning::default().is_none());
    }

    #[test]
    fn only_parameters_of_network_and_memory_can_be_set() {
        let check = |name: &str| {
            let sysctls = BTreeMap::from([(name.to_owned(), "1".to_owned())]);
            Tuning { sysctls, ..Tuning::default() }.check()
        };
        for good in
            ["net.ipv4.tcp_sack", "net.ipv4.conf.eth0/100.rp_filter", "vm.swappiness", "kernel.sched_rt_runtime_us"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "net.",
            "net",
            "kernel.core_pattern",
            "fs.file-max",
            "net..x",
            "net./x",
            "net.x y",
            "-net.x",
            "net.x;y",
            "net.ü",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert!(tuning("sysctls = { \"net.ipv4.tcp_sack\" = \"1\\n2\" }").check().is_err());
        assert!(tuning("sysctls = { \"net.ipv4.tcp_sack\" = \"\" }").check().is_err());
        assert!(tuning("congestion_control = \"--help\"").check().is_err());
        let twice = "congestion_control = \"reno\"\nsysctls = { \"net.ipv4.tcp_congestion_control\" = \"cubic\" }";
        assert!(tuning(twice).check().unwrap_err().contains("same"));
        let unquoted = toml::from_str::<Tuning>("[sysctls]\nnet.ipv4.tcp_sack = 1").unwrap_err();
        assert!(unquoted.message().contains("quotes"), "{unquoted}");
    }

    proptest! {
        #[test]
        fn no_name_leaves_its_folder(name in "net\\.[a-z./_-]{0,12}") {
            if check_name(&name).is_ok() {
                // As sysctl makes a path of it.
                let path: Vec<_> = name.split('.').map(|part| part.replace('/', ".")).collect();
                prop_assert!(path.iter().all(|part| !part.is_empty() && part != "." && part != ".."), "{:?}", path);
            }
        }
    }
}
