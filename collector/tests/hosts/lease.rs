//! Whatever dies, a host becomes what it was, and no process stays.

use super::made::{Hosts, block_on, collect, eventually, kill, netem, possible};
use meshbench_collector::agent::differences;
use meshbench_collector::agent::protocol::{Change, Role, Scope};
use meshbench_collector::host::{Command, Host};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

const PARAMETER: &str = "/proc/sys/net/ipv4/tcp_max_reordering";
/// A dead agent is noticed at once; a host on a busy machine may take a little.
const RESTORED_WITHIN: Duration = Duration::from_secs(15);

async fn connect(hosts: &Hosts) -> Vec<Host> {
    let mut roads = hosts.roads.clone();
    roads.access.program = Some(collect());
    roads.connect().await.unwrap()
}

/// Changes everything that can be changed here.
async fn change(hosts: &Hosts, host: &Host) {
    let sysctl = Change::Sysctl { key: "net.ipv4.tcp_max_reordering".into(), value: "77".into() };
    host.change(Scope::Tuning, sysctl).await.unwrap();
    host.change(Scope::System, Change::Interface { name: "mb-test".into() }).await.unwrap();
    let link = ["link", "add", "name", "mb-test", "type", "bridge"];
    host.check(&Command::new("ip").args(link)).await.unwrap();
    if nftables() {
        host.change(Scope::Lease, Change::SshOnly { interface: "mb-other".into(), ports: vec![22] }).await.unwrap();
        assert!(hosts.on(0, &["nft", "list", "ruleset"]).contains("iifname \"mb-other\" drop"));
    }
    host.write("secret/key", 0o600, b"x").await.unwrap();
    // One that does not end when it is asked to, with a child in a session of its own.
    let daemon = Command::new("sh").args(["-c", "trap '' TERM HUP; setsid sleep 4321 & sleep 4321"]);
    host.launch("daemon", Role::Daemon, &daemon).await.unwrap();
    if netem(hosts) {
        let netem = ["delay", "5ms", "limit", "1000"].map(str::to_owned).to_vec();
        let towards = vec!["10.77.0.2".parse().unwrap(), "fd77::2".parse().unwrap()];
        host.change(Scope::Profile, Change::Impair { interface: "eth0".into(), netem, towards }).await.unwrap();
        assert!(hosts.on(0, &["tc", "qdisc", "show", "dev", "eth0"]).contains("netem"));
    }
    assert_eq!(hosts.on(0, &["cat", PARAMETER]), "77");
    assert!(!hosts.processes(0, "sleep 4321").is_empty());
}

fn nftables() -> bool {
    std::process::Command::new("nft").arg("--version").stdout(Stdio::null()).status().is_ok()
}

fn state(hosts: &Hosts) -> BTreeMap<String, String> {
    let of = |command: &[&str]| hosts.on(0, command);
    [
        ("parameter", of(&["cat", PARAMETER])),
        ("links", of(&["ls", "/sys/class/net"])),
        ("qdiscs", of(&["tc", "qdisc", "show"])),
        ("filters", if nftables() { of(&["nft", "list", "ruleset"]) } else { String::new() }),
        ("leases", of(&["sh", "-c", "ls /run/meshbench 2>/dev/null"])),
        ("daemons", hosts.processes(0, "sleep 4321").len().to_string()),
        ("agents", hosts.processes(0, "agent --lease").len().to_string()),
        ("guardians", hosts.processes(0, "meshbench-guardian").len().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Says what was still changed when a test fails.
struct Shown<'a>(&'a std::cell::RefCell<Vec<String>>);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        eprintln!("still changed: {:?}", self.0.borrow());
    }
}

/// Changes a host, does something terrible, and waits until it is as before.
fn survives(what: &str, terrible: impl FnOnce(&Hosts, Vec<Host>)) {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(1);
    hosts.on(0, &["mkdir", "-p", "/run/meshbench"]);
    let before = state(&hosts);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let connected = runtime.block_on(async {
        let connected = connect(&hosts).await;
        change(&hosts, &connected[0]).await;
        connected
    });
    let leases = hosts.on(0, &["ls", "/run/meshbench"]);
    terrible(&hosts, connected);
    let last = std::cell::RefCell::new(Vec::new());
    let shown = Shown(&last);
    eventually(what, RESTORED_WITHIN, || {
        let changed = differences(&before, &state(&hosts));
        *last.borrow_mut() = changed;
        last.borrow().is_empty()
    });
    drop(shown);
    for lease in leases.lines() {
        let cgroup = format!("/sys/fs/cgroup/meshbench.{lease}");
        assert_eq!(hosts.on(0, &["sh", "-c", &format!("ls -d {cgroup} 2>/dev/null || true")]), "", "{what}");
    }
}

#[test]
fn the_end_of_the_connection() {
    survives("dropped", |_, connected| drop(connected));
}

#[test]
fn a_killed_agent() {
    survives("agent", |hosts, connected| {
        kill(hosts.processes(0, "agent --lease")[0]);
        drop(connected);
    });
}

#[test]
fn a_killed_sshd() {
    survives("sshd", |hosts, connected| {
        for pid in hosts.processes(0, "sshd") {
            kill(pid);
        }
        drop(connected);
    });
}

#[test]
fn a_killed_guardian_is_replaced_and_then_the_agent_is_killed() {
    survives("guardian", |hosts, connected| {
        let first = hosts.processes(0, "meshbench-guardian");
        kill(first[0]);
        let replaced = || {
            let now = hosts.processes(0, "meshbench-guardian");
            !now.is_empty() && !now.contains(&first[0])
        };
        eventually("a new guardian", RESTORED_WITHIN, replaced);
        kill(hosts.processes(0, "agent --lease")[0]);
        drop(connected);
    });
}

#[test]
fn both_killed_at_once_and_then_the_next_agent() {
    survives("both", |hosts, connected| {
        let mut victims = hosts.processes(0, "meshbench-guardian");
        victims.extend(hosts.processes(0, "agent --lease"));
        // Stopped first, so that neither sees the other one's end.
        for pid in &victims {
            let pid = nix::unistd::Pid::from_raw(i32::try_from(*pid).unwrap());
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGSTOP).unwrap();
        }
        for pid in victims {
            kill(pid);
        }
        drop(connected);
        assert_eq!(hosts.on(0, &["cat", PARAMETER]), "77", "nobody was left to restore it");
        block_on(async {
            let next = connect(hosts).await;
            assert_eq!(next[0].swept().len(), 1, "{:?}", next[0].swept());
            for host in next {
                host.release().await.unwrap();
            }
        });
    });
}

/// A controller that is there and says nothing: its machine was suspended, or the network is down.
#[test]
fn a_deadline_without_any_request() {
    if !possible() {
        return;
    }
    let root = tempfile::tempdir_in("/dev/shm").unwrap();
    let mut agent = std::process::Command::new(collect())
        .args(["agent", "--lease", "quiet", "--deadline", "2", "--root"])
        .arg(root.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = agent.stdin.take().unwrap();
    writeln!(stdin, r#"{{"id":1,"call":{{"change":{{"scope":"lease","change":{{"undo":{{"command":["true"]}}}}}}}}}}"#)
        .unwrap();
    eventually("it takes its lease", RESTORED_WITHIN, || root.path().join("quiet/undo.jsonl").exists());
    eventually("it gives its lease up", RESTORED_WITHIN, || !root.path().join("quiet").exists());
    agent.wait().unwrap();
}

#[test]
fn one_campaign_at_a_time_on_a_host() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(1);
    block_on(async {
        let first = connect(&hosts).await;
        let mut roads = hosts.roads.clone();
        roads.access.program = Some(collect());
        let error = roads.connect().await.unwrap_err().to_string();
        assert!(error.contains("another campaign"), "{error}");
        for host in first {
            host.release().await.unwrap();
        }
    });
}

/// What the machine's owner has set up is neither replaced nor lost.
#[test]
fn a_queueing_discipline_of_somebody_else_is_left_alone() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(1);
    hosts.on(
        0,
        &[
            "tc", "qdisc", "add", "dev", "eth0", "root", "handle", "8001:", "tbf", "rate", "1gbit", "burst", "1mb",
            "latency", "10ms",
        ],
    );
    block_on(async {
        let host = connect(&hosts).await;
        let netem = vec!["delay".to_owned(), "5ms".to_owned()];
        let change = Change::Impair { interface: "eth0".into(), netem, towards: vec!["10.77.0.2".parse().unwrap()] };
        let error = host[0].change(Scope::Profile, change).await.unwrap_err().to_string();
        assert!(error.contains("tbf") && error.contains("tc qdisc del"), "{error}");
        for host in host {
            host.release().await.unwrap();
        }
    });
    assert!(hosts.on(0, &["tc", "qdisc", "show", "dev", "eth0"]).contains("tbf"));
}
