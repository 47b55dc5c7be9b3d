//! The way to a host: the agent is sent, keys are strict, and nothing that is data is read by a shell.

use super::made::{Hosts, block_on, collect, possible};
use meshbench_collector::host::{Command, Status};
use openssh::{KnownHosts, Session, SessionBuilder};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use std::path::PathBuf;

/// Texts that a shell would make something else of, beside arbitrary ones.
fn words() -> impl Strategy<Value = Vec<String>> {
    let hostile = prop::sample::select(vec![
        "$(id)", "`id`", "a;b", "'", "\"", "\\", "-n", "*", "~", "a\nb", "", " ", "&&", "#x", "!x", "{a,b}",
    ]);
    let any = "[^\\x00]{0,20}";
    prop::collection::vec(prop_oneof![hostile.prop_map(str::to_owned), any.prop_map(|text| text)], 1..6)
}

/// A real shell stands between SSH and the program: what arrives has to be what was sent.
#[test]
fn a_real_shell_changes_no_argument() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(1);
    block_on(async {
        let access = &hosts.roads.access;
        let mut builder = SessionBuilder::default();
        builder.known_hosts_check(KnownHosts::Strict).config_file(access.config.as_ref().unwrap());
        builder.user_known_hosts_file(access.known_hosts.as_ref().unwrap()).control_directory(hosts.folder.path());
        let session = builder.connect_mux("h1").await.unwrap();
        let host = hosts.roads.connect_for(&collect()).await;
        let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
        for _ in 0..40 {
            let sent = words().new_tree(&mut runner).unwrap().current();
            let expected: Vec<u8> = sent.iter().flat_map(|word| [word.as_bytes(), b"\0"].concat()).collect();
            let output = Session::command(&session, "printf").arg("%s\\0").args(&sent).output().await.unwrap();
            assert_eq!(output.stdout, expected, "through the shell: {sent:?}");
            // The agent starts programs without any shell.
            let output = host[0].run(&Command::new("printf").arg("%s\\0").args(&sent)).await.unwrap();
            assert_eq!(output.stdout, expected, "through the agent: {sent:?}");
        }
        session.close().await.unwrap();
        for host in host {
            host.release().await.unwrap();
        }
    });
}

#[test]
fn the_agent_is_sent_once_and_leaves_nothing_but_itself() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(1);
    for _ in 0..2 {
        block_on(async {
            let host = hosts.roads.connect_for(&collect()).await;
            let output = host[0].run(&Command::new("sh").args(["-c", "exit 3"])).await.unwrap();
            assert_eq!(output.status, Status::Exited(3));
            let output = host[0].run(&Command::new("no-such-program")).await.unwrap();
            assert_eq!(output.status, Status::Exited(127));
            for host in host {
                host.release().await.unwrap();
            }
        });
        assert_eq!(hosts.on(0, &["sh", "-c", "ls ~/.cache/meshbench | wc -l"]), "1");
        assert_eq!(hosts.on(0, &["sh", "-c", "ls /run/meshbench | wc -l"]), "0");
    }
}

#[test]
fn a_host_whose_key_is_unknown_or_another_one_is_refused() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(2);
    let known = hosts.path("known_hosts");
    let keys = std::fs::read_to_string(&known).unwrap();
    let refused = || {
        let error = block_on(hosts.roads.connect()).unwrap_err().to_string();
        assert!(error.contains("failed to connect to h"), "{error}");
    };
    std::fs::write(&known, "").unwrap();
    refused();
    // Each with the other one's key.
    let swapped = keys.replace("h1 ", "h0 ").replace("h2 ", "h1 ").replace("h0 ", "h2 ");
    std::fs::write(&known, swapped).unwrap();
    refused();
    let error = block_on(hosts.roads.connect()).unwrap_err().to_string();
    assert!(error.contains("IDENTIFICATION HAS CHANGED"), "what it is about stands at its beginning: {error}");
}

/// Where a host cannot take the program, it says so and what to do.
#[test]
fn a_host_without_a_writable_place_is_a_clear_message() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(1);
    for folder in ["/root", "/var/tmp", "/dev/shm"] {
        hosts.on(0, &["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder]);
    }
    let error = block_on(hosts.roads.connect()).unwrap_err().to_string();
    assert!(error.contains("h1") && error.contains("writable"), "{error}");
}

/// A `sudo` without `secure_path` and many users' shells leave the folders for administrators out.
#[test]
fn the_agent_finds_programs_of_administrators() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(1);
    block_on(async {
        let host = hosts.roads.connect_for(&collect()).await;
        let path = host[0].text(&Command::new("printenv").arg("PATH")).await.unwrap();
        for folder in ["/usr/local/sbin", "/usr/sbin", "/sbin"] {
            assert!(path.split(':').any(|known| known == folder), "{folder} in {path}");
        }
        for host in host {
            host.release().await.unwrap();
        }
    });
}

/// What was found is the result, good or bad.
#[test]
fn a_doctors_report_goes_to_standard_output() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(2);
    let examined = |name: &str, listed: &str| {
        let text = format!(
            "name = \"d\"\nseed = 1\nblocks = 1\nsystems = [\"internal\"]\nprofiles = [\"baseline\"]\n{listed}\n\
             [workloads.ping]\ncount = 5\ninterval = \"10ms\"\n"
        );
        std::fs::write(hosts.path(name), text).unwrap();
        let mut doctor = std::process::Command::new(collect());
        doctor.arg("doctor").arg(hosts.path(name)).arg("--ssh-config").arg(hosts.path("ssh_config"));
        let output = doctor.arg("--known-hosts").arg(hosts.path("known_hosts")).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, report, aside) = examined("good.toml", &hosts.matrix());
    assert_eq!(code, Some(0), "{report}{aside}");
    assert!(report.contains("2 hosts: 0 problems"), "{report}");
    let (code, report, aside) = examined("bad.toml", &hosts.matrix().replace("eth0", "eth7"));
    assert_eq!(code, Some(3), "{report}{aside}");
    assert!(report.contains("[no-interface]") && report.contains("`interface = \"eth0\"`"), "{report}");
    assert!(!aside.contains("problem"), "it is said once: {aside}");
}

/// Connecting sends the program that runs; a test sends `collect`, which is put where it would be found.
trait ConnectFor {
    async fn connect_for(&self, program: &std::path::Path) -> Vec<meshbench_collector::host::Host>;
}

impl ConnectFor for meshbench_collector::campaign::Roads {
    async fn connect_for(&self, program: &std::path::Path) -> Vec<meshbench_collector::host::Host> {
        let mut roads = self.clone();
        roads.access.program = Some(PathBuf::from(program));
        roads.connect().await.unwrap()
    }
}
