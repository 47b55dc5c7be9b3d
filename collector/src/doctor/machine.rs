//! The machine itself: CPU, load, clock, room.

use super::code::Code;
use super::finding::Finding;
use super::hint::Os;
use super::look::{Said, ask};
use crate::host::{Command, Host, HostError};
use std::time::Duration;

/// The frequency governors of all cores, each once.
const GOVERNORS: &str = "cat /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor 2>/dev/null | sort -u; exit 0";
/// Whether clocks above the nominal one are allowed, as Intel's driver says it or as others do.
const TURBO: &str = "cd /sys/devices/system/cpu && { sed 's/^/no /' intel_pstate/no_turbo || sed 's/^/boost /' cpufreq/boost; } \
                     2>/dev/null; exit 0";
/// A clock that is further from the controller's than this, in seconds, is wrong.
const CLOCK_OFF: f64 = 1.0;
/// Sources of time that take microseconds to read.
const SLOW_CLOCKS: &[&str] = &["hpet", "acpi_pm", "jiffies", "refined-jiffies"];
/// With less room than this for a lease, in bytes, keys, configurations and the list of undos do not fit.
const LEAST_ROOM: u64 = 4 << 20;
/// Less room than this for a lease, in bytes, is little: logs of daemons grow over days.
const LITTLE_ROOM: u64 = 64 << 20;

/// What was read of a machine.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    /// What hints are written for.
    pub os: Os,
    os_name: String,
    cores: Option<u32>,
    load: Option<f64>,
    governors: Vec<String>,
    turbo: Option<bool>,
    /// `none` on bare metal; `None` where it could not be told.
    virtual_machine: Option<String>,
    /// The host's clock less the controller's, and how far that may be off; seconds.
    clock: (f64, f64),
    synchronised: Option<bool>,
    clock_source: String,
    /// Bytes that are free for a lease.
    room: Option<u64>,
    /// The folder that the agent's program is in, and bytes that are free there.
    program: Option<(String, u64)>,
}

/// Reads it.
pub(super) async fn read(host: &Host) -> Result<Machine, HostError> {
    // By itself, as others would make it wait.
    let clock = clock(host).await?;
    let source = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    let folder = host.program().rsplit_once('/').map_or("/", |(folder, _)| folder);
    let (os, cores, load, governors, turbo, virtual_machine, synchronised, clock_source, room, program) = tokio::try_join!(
        ask(host, ["cat", "/etc/os-release"]),
        ask(host, ["nproc"]),
        ask(host, ["cat", "/proc/loadavg"]),
        ask(host, ["sh", "-c", GOVERNORS]),
        ask(host, ["sh", "-c", TURBO]),
        ask(host, ["systemd-detect-virt"]),
        ask(host, ["timedatectl", "show", "--property=NTPSynchronized", "--value"]),
        ask(host, ["cat", source]),
        ask(host, ["df", "-Pk", host.folder()]),
        ask(host, ["df", "-Pk", folder]),
    )?;
    let name = os.out.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    Ok(Machine {
        os: Os::of(&os.out),
        os_name: name.unwrap_or("an unknown system").trim_matches('"').to_owned(),
        cores: cores.text().and_then(|text| text.parse().ok()),
        load: load.out.split_whitespace().next().and_then(|load| load.parse().ok()),
        governors: governors.out.lines().map(str::to_owned).collect(),
        turbo: turbo_of(&turbo.out),
        // On bare metal it says `none` and fails.
        virtual_machine: Some(virtual_machine.out).filter(|kind| !kind.is_empty()),
        clock,
        synchronised: synchronised.text().map(|text| text == "yes"),
        clock_source: clock_source.out,
        room: free(&room),
        program: free(&program).filter(|_| !folder.starts_with("/proc/")).map(|free| (folder.to_owned(), free)),
    })
}

/// How long a request and its answer take, and the host's clock less this one's with half of that: the
/// shortest of a few.
async fn clock(host: &Host) -> Result<(f64, f64), HostError> {
    let mut best = (0.0, f64::INFINITY);
    for _ in 0..3 {
        let before = jiff::Timestamp::now();
        let output = host.run(&Command::new("true")).await?;
        let after = jiff::Timestamp::now();
        let half = after.duration_since(before).as_secs_f64() / 2.0;
        if half < best.1 {
            best = (output.started.duration_since(before).as_secs_f64() - half, half);
        }
    }
    Ok(best)
}

fn turbo_of(said: &str) -> Option<bool> {
    match said.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["no", value] => Some(*value == "0"),
        ["boost", value] => Some(*value == "1"),
        _ => None,
    }
}

/// Bytes available, in what `df -Pk` says.
fn free(said: &Said) -> Option<u64> {
    let kilobytes: u64 = said.out.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

impl Machine {
    /// Time of a request and its answer.
    pub(super) fn round_trip(&self) -> Duration {
        Duration::try_from_secs_f64(self.clock.1 * 2.0).unwrap_or_default()
    }
}

/// What that means.
pub(super) fn findings(machine: &Machine) -> Vec<Finding> {
    let cores = machine.cores.map_or_else(String::new, |cores| format!(", CPU cores: {cores}"));
    let mut findings = vec![Finding::fact("machine", format!("{}{cores}", machine.os_name))];
    match machine.virtual_machine.as_deref() {
        None => {}
        Some("none") => findings.push(Finding::fact("machine", "neither virtual nor a container")),
        Some(kind) => {
            let what = format!("not alone on its hardware ({kind}): others may use CPU and network at the same time");
            findings.push(Finding::fact("machine", what));
        }
    }
    findings.extend(cpu(machine));
    findings.extend(time(machine));
    if let Some(room) = machine.room {
        let what = format!("{} free for files of a campaign", size(room));
        let help = "they are below /run, in memory: look for what fills it, `du -xsh /run/*`";
        findings.push(little(room, LEAST_ROOM, what, help));
    }
    if let Some((folder, room)) = &machine.program {
        let what = format!("{} free for this program, in {folder}", size(*room));
        let help = "another version of it needs room beside this one: remove old ones, `ls -l` shows them";
        findings.push(little(*room, 0, what, help));
    }
    findings
}

/// Room on a host: a problem below `least`, a warning where it is little.
fn little(room: u64, least: u64, what: String, help: &str) -> Finding {
    match room {
        _ if room < least => Finding::problem(Code::HostRoom, "room", what).help(help),
        _ if room < LITTLE_ROOM => Finding::warning("room", what).help(help),
        _ => Finding::fact("room", what),
    }
}

fn cpu(machine: &Machine) -> Vec<Finding> {
    let mut findings = Vec::new();
    let governors = machine.governors.join(", ");
    findings.push(match machine.governors.as_slice() {
        [] => Finding::fact("cpu", "its frequency is not the kernel's to choose"),
        [one] if one == "performance" => Finding::fact("cpu", "governor performance"),
        _ => Finding::warning(
            "cpu",
            format!("the frequency follows the load (governor {governors}), and results follow it"),
        )
        .help(machine.os.pick(
            "apt install linux-cpupower && cpupower frequency-set -g performance",
            "powerManagement.cpuFreqGovernor = \"performance\";",
        )),
    });
    if machine.turbo == Some(true) {
        let help = "to switch it off until the next boot: write 1 to /sys/devices/system/cpu/intel_pstate/no_turbo, or 0 to \
                    /sys/devices/system/cpu/cpufreq/boost";
        findings.push(Finding::fact("cpu", "turbo is on: its speed depends on how warm it is").help(help));
    }
    if let (Some(cores), Some(load)) = (machine.cores, machine.load)
        && load > f64::from(cores) / 2.0
    {
        let what = format!("a load of {load} (CPU cores: {cores}): something else is running");
        findings.push(Finding::warning("load", what).help("`top` shows what; end it, or wait"));
    }
    findings
}

fn time(machine: &Machine) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (offset, uncertainty) = machine.clock;
    let what = format!("{:+.1} ms from this machine's (± {:.1} ms)", offset * 1e3, uncertainty * 1e3);
    let help = machine.os.pick("apt install chrony", "services.chrony.enable = true;");
    findings.push(if offset.abs() > CLOCK_OFF + uncertainty {
        Finding::warning(
            "clock",
            format!("{offset:+.1} s from this machine's: samples of hosts would not fit together"),
        )
        .help(help.clone())
    } else {
        Finding::fact("clock", what)
    });
    match machine.synchronised {
        Some(true) => findings.push(Finding::fact("clock", "synchronised")),
        Some(false) => findings.push(Finding::warning("clock", "not synchronised, so it will drift").help(help)),
        None => findings.push(Finding::fact("clock", "whether it is synchronised could not be told")),
    }
    let source = machine.clock_source.as_str();
    if SLOW_CLOCKS.contains(&source) {
        let what = format!("time comes from {source}, which is slow to read");
        let help = "the kernel's log says why it gave up a better one: `dmesg | grep -i clocksource`";
        findings.push(Finding::warning("clock", what).help(help));
    } else if !source.is_empty() {
        findings.push(Finding::fact("clock", format!("source {source}")));
    }
    findings
}

/// Bytes, for people.
pub(super) fn size(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes >= 1000.0 { format!("{:.1} GB", megabytes / 1000.0) } else { format!("{megabytes:.1} MB") }
}

/// Whether a dataset fits where it is to be: bytes that are free, and that it may take.
pub(super) fn room(folder: &str, free: u64, needed: u64) -> Finding {
    let what = format!("{} free in {folder}, a dataset takes up to about {}", size(free), size(needed));
    let help = "give --output a folder on a larger disk";
    match free {
        _ if free < needed => Finding::problem(Code::DatasetRoom, "room", what).help(help),
        _ if free / 2 < needed => Finding::warning("room", what).help(help),
        _ => Finding::fact("room", what),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::super::look::made::good;
    use super::*;

    fn machine() -> Machine {
        Machine {
            os: Os::Nixos,
            os_name: "NixOS 25.11".to_owned(),
            cores: Some(4),
            load: Some(0.5),
            governors: vec!["performance".to_owned()],
            turbo: Some(false),
            virtual_machine: Some("none".to_owned()),
            clock: (0.002, 0.001),
            synchronised: Some(true),
            clock_source: "tsc".to_owned(),
            room: Some(1 << 30),
            program: Some(("/var/tmp/meshbench-0".to_owned(), 1 << 30)),
        }
    }

    fn warned(machine: &Machine) -> Vec<&'static str> {
        let found = findings(machine);
        assert!(found.iter().all(|it| it.level != Level::Problem), "nothing here is needed");
        found.iter().filter(|it| it.level == Level::Warning).map(|it| it.about).collect()
    }

    #[test]
    fn a_quiet_machine_has_no_warnings() {
        assert_eq!(warned(&machine()), [""; 0]);
        let unknown = Machine {
            cores: None,
            load: None,
            governors: Vec::new(),
            turbo: None,
            virtual_machine: None,
            synchronised: None,
            clock_source: String::new(),
            room: None,
            program: None,
            ..machine()
        };
        assert_eq!(warned(&unknown), [""; 0]);
    }

    #[test]
    fn what_makes_numbers_worse_is_warned_of() {
        let mixed = vec!["performance".to_owned(), "powersave".to_owned()];
        assert_eq!(warned(&Machine { governors: mixed, ..machine() }), ["cpu"]);
        assert_eq!(warned(&Machine { load: Some(2.1), ..machine() }), ["load"]);
        assert_eq!(warned(&Machine { load: Some(2.0), ..machine() }), [""; 0]);
        assert_eq!(warned(&Machine { clock: (-1.5, 0.1), ..machine() }), ["clock"]);
        // Over a slow line it cannot be told.
        assert_eq!(warned(&Machine { clock: (-1.5, 0.6), ..machine() }), [""; 0]);
        assert_eq!(warned(&Machine { synchronised: Some(false), ..machine() }), ["clock"]);
        assert_eq!(warned(&Machine { clock_source: "hpet".to_owned(), ..machine() }), ["clock"]);
        assert_eq!(warned(&Machine { room: Some(16 << 20), ..machine() }), ["room"]);
        assert_eq!(warned(&Machine { program: Some(("/root".to_owned(), 1 << 20)), ..machine() }), ["room"]);
    }

    #[test]
    fn a_full_run_is_a_problem() {
        let full = findings(&Machine { room: Some(4096), ..machine() });
        assert_eq!(full.iter().filter_map(|it| it.code).collect::<Vec<_>>(), [Code::HostRoom]);
    }

    #[test]
    fn what_the_host_prints_is_read() {
        assert_eq!(turbo_of("no 0\n"), Some(true));
        assert_eq!(turbo_of("boost 0\n"), Some(false));
        assert_eq!(turbo_of(""), None);
        let df = "Filesystem 1024-blocks Used Available Capacity Mounted on\ntmpfs 1000 10 990 1% /run";
        assert_eq!(free(&good(df)), Some(990 * 1024));
    }

    #[test]
    fn a_dataset_has_to_fit() {
        assert_eq!(
            [99, 150, 200].map(|free| room("/data", free, 100).level),
            [Level::Problem, Level::Warning, Level::Fact]
        );
    }
}
