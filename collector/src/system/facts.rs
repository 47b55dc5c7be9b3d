//! What is recorded of a system: its version, its binary, its MTU.

use super::System;
use super::error::SystemError;
use super::file::{Family, Implementation, Program};
use super::step::first_group;
use crate::host::{Command, Host, HostError, Status, on_all};
use meshbench_schemas::words::Slug;

/// What was found out about a system on the hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemFacts {
    /// The name under which it is recorded: that of its implementation.
    pub name: Slug,
    /// How people write it.
    pub label: String,
    /// The daemon's own version; the kernel's where there is no daemon. The first host's.
    pub version: Option<String>,
    /// SHA-256 of the daemon's binary, in hexadecimal digits. The first host's.
    pub binary_sha256: Option<String>,
    /// MTU of the overlay interface, in bytes; the smallest of several. The first host's.
    pub mtu: Option<u32>,
    /// Family of the overlay addresses: `ipv4` or `ipv6`.
    pub family: &'static str,
    /// Remarks of the file and of the implementation, and versions of other programs.
    pub note: Option<String>,
    /// What differs between hosts, as sentences.
    pub warnings: Vec<String>,
}

/// The same of one host.
struct Seen {
    version: Option<String>,
    sha256: Option<String>,
    mtu: Option<u32>,
    others: Vec<String>,
}

impl System {
    /// Reads version, binary and MTU on every host; to be called while the system is up.
    pub async fn facts(&self, hosts: &[Host]) -> Result<SystemFacts, SystemError> {
        let seen = on_all(hosts, |index, host| self.see(index, host)).await?;
        let differing = |what: &str, value: &dyn Fn(&Seen) -> Option<String>| {
            let values: Vec<Option<String>> = seen.iter().map(value).collect();
            let same = values.iter().all(|value| Some(value) == values.first());
            let told = hosts.iter().zip(&values).map(|(host, value)| {
                let value = value.as_ref().map_or("unknown", String::as_str);
                format!("{} has {value}", host.name)
            });
            (!same).then(|| {
                format!("{}: hosts differ in {what}: {}", self.file.label, told.collect::<Vec<_>>().join(", "))
            })
        };
        let warnings = [
            differing("version", &|seen| seen.version.clone()),
            differing("the binary's SHA-256", &|seen| seen.sha256.clone()),
            differing("MTU", &|seen| seen.mtu.map(|mtu| mtu.to_string())),
        ];
        let warnings = warnings.into_iter().flatten().collect();
        let (name, label) = self.recorded_as();
        let (name, label) = (name.clone(), label.to_owned());
        let address = self.address(0).or_else(|| hosts.first().map(|host| host.address));
        let family = address.map_or(Family::Ipv4, Family::of).as_str();
        let first = seen.into_iter().next();
        let notes = [self.file.note.clone(), self.chosen.as_ref().and_then(|chosen| chosen.note.clone())];
        let others = first.as_ref().map(|seen| seen.others.clone()).unwrap_or_default();
        let notes: Vec<String> = notes.into_iter().flatten().chain(others).collect();
        Ok(SystemFacts {
            name,
            label,
            version: first.as_ref().and_then(|seen| seen.version.clone()),
            binary_sha256: first.as_ref().and_then(|seen| seen.sha256.clone()),
            mtu: first.as_ref().and_then(|seen| seen.mtu),
            family,
            note: (!notes.is_empty()).then(|| notes.join("; ")),
            warnings,
        })
    }

    async fn see(&self, index: usize, host: &Host) -> Result<Seen, HostError> {
        let mut seen = Seen { version: None, sha256: None, mtu: None, others: Vec::new() };
        if let Some(chosen) = &self.chosen {
            (seen.version, seen.sha256) = self.identity(host, chosen).await?;
            for name in chosen.programs.iter().filter(|name| Some(*name) != chosen.daemon.as_ref()) {
                let Some(program) = self.file.programs.get(name) else { continue };
                if let Some(version) = version(host, name, program).await? {
                    seen.others.push(format!("with {name} {version}"));
                }
            }
        }
        let paths = self.interfaces(index).iter().map(|interface| format!("/sys/class/net/{interface}/mtu"));
        let paths: Vec<String> = paths.collect();
        seen.mtu = match self.file.overlay.as_ref().and_then(|overlay| overlay.mtu) {
            None if !paths.is_empty() => {
                let text = host.text(&Command::new("cat").args(paths)).await?;
                text.lines().filter_map(|mtu| mtu.trim().parse().ok()).min()
            }
            known => known,
        };
        Ok(seen)
    }

    /// Version and SHA-256 of what is under test.
    async fn identity(
        &self,
        host: &Host,
        chosen: &Implementation,
    ) -> Result<(Option<String>, Option<String>), HostError> {
        let Some(daemon) = &chosen.daemon else {
            let kernel = host.text(&Command::new("uname").arg("-r")).await?;
            return Ok((Some(format!("Linux {kernel}")), None));
        };
        let program = self.file.programs.get(daemon);
        let version = match program {
            Some(program) => version(host, daemon, program).await?,
            None => None,
        };
        // Some packages are built without their version.
        let version = match (version, program.and_then(|program| program.debian.as_ref())) {
            (None, Some(package)) => package_version(host, package).await?,
            (version, _) => version,
        };
        let paths = super::implementation::paths(host, std::slice::from_ref(daemon)).await?;
        let sha256 = match paths.into_iter().flatten().next() {
            Some(path) => {
                let sum = host.text(&Command::new("sha256sum").args(["--", &path])).await?;
                // A backslash in front means that the name is escaped.
                let hash = sum.split_whitespace().next().unwrap_or_default().trim_start_matches('\\');
                (hash.len() == 64).then(|| hash.to_owned())
            }
            None => None,
        };
        Ok((version, sha256))
    }
}

/// What a program says about its version; `None` where it says nothing that matches.
async fn version(host: &Host, name: &str, program: &Program) -> Result<Option<String>, HostError> {
    let Some(arguments) = &program.version else { return Ok(None) };
    let output = host.run(&Command::new(name).args(arguments)).await?;
    if !matches!(output.status, Status::Exited(_)) {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + "\n" + &String::from_utf8_lossy(&output.stderr);
    Ok(match &program.pattern {
        Some(pattern) => first_group(pattern, &said).map(str::to_owned),
        None => said.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned),
    })
}

/// The version of a Debian package; `None` on other systems.
async fn package_version(host: &Host, package: &str) -> Result<Option<String>, HostError> {
    let output = host.run(&Command::new("dpkg-query").args(["-W", "-f", "${Version}", "--", package])).await?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok((output.status == Status::Exited(0) && !version.is_empty()).then(|| format!("{version} (Debian's package)")))
}
