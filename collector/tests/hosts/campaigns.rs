//! Campaigns on hosts that are not as they should be: refused before anything is measured, stopped before a run is used
//! up, left alone by a wait, and mended.

use super::made::{Hosts, collect, eventually, kill, possible};
use meshbench_collector::campaign::State;
use meshbench_collector::campaign::journal::{self, Event};
use meshbench_schemas::dataset::{Dataset, verify::verify};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_tests::here;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// One system on two hosts, and enough short runs that something can happen between them.
fn matrix(hosts: &Hosts, systems: &str) -> String {
    format!(
        "name = \"own\"\nseed = 3\nblocks = 4\nsystems = [{systems}]\ncontrols = false\n\
         calibration = {{ count = 5, interval = \"10ms\" }}\n{}\n[profiles]\nbaseline = {{}}\n\
         [workloads.ping]\ncount = 100\ninterval = \"10ms\"\n",
        hosts.matrix()
    )
}

const SSH: [&str; 4] = ["--ssh-config", "ssh_config", "--known-hosts", "known_hosts"];

fn command(hosts: &Hosts, words: &[&str]) -> Command {
    let mut command = Command::new(collect());
    command.args(words).args(SSH).current_dir(hosts.folder.path()).stdin(Stdio::null());
    command
}

fn run(hosts: &Hosts, words: &[&str]) -> Output {
    command(hosts, words).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).replace("│", " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn start(hosts: &Hosts, words: &[&str]) -> Child {
    let log = File::options().append(true).create(true).open(hosts.path("log")).unwrap();
    command(hosts, words).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

fn events(folder: &Path) -> Vec<Event> {
    let lines = if folder.join("journal.jsonl").exists() { journal::read(folder).unwrap() } else { Vec::new() };
    lines.into_iter().map(|line| line.event).collect()
}

fn ended(folder: &Path) -> usize {
    events(folder).iter().filter(|event| matches!(event, Event::AttemptEnded { .. })).count()
}

fn interrupt(child: &Child) {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
}

/// Waits for the end of a program, and returns its exit code.
fn code(child: &mut Child, within: Duration) -> Option<i32> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if started.elapsed() > within {
            kill(child.id());
            let _ = child.wait();
            panic!("it did not end within {within:?}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Every run of a sealed campaign has an ok row, and journal and rows agree.
fn is_whole(hosts: &Hosts) {
    let dataset = hosts.path("ds");
    let rows = Dataset::open(&dataset).unwrap().runs().unwrap();
    let state = State::of(&journal::read(&dataset).unwrap());
    for (position, run) in &state.runs {
        assert!(run.results.iter().all(|result| result.outcome == Outcome::Ok), "run {position}: {rows:?}");
    }
    let verified = verify(&dataset).unwrap();
    assert_eq!(verified.defects, Vec::new());
    assert_eq!(verified.notes, Vec::<String>::new());
    assert_eq!(verified.attempts, state.attempts.len());
}

#[test]
fn hosts_that_are_not_as_the_matrix_says_are_refused_before_anything_is_measured() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(2);
    let good = matrix(&hosts, "\"internal\"");
    let refused = |text: &str, words: &[&str]| {
        std::fs::write(hosts.path("m.toml"), text).unwrap();
        let output = run(&hosts, &["run", "m.toml", "-o", "ds"]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        for word in words {
            assert!(said(&output).contains(word), "`{word}` is missing in: {}", said(&output));
        }
        assert!(!hosts.path("ds").exists() && !hosts.path("ds.partial").exists(), "nothing is left of it");
    };
    refused(
        &good.replace("interface = \"eth0\"", "interface = \"eth9\""),
        &["[no-interface]", "there is no eth9", "--despite"],
    );
    let swapped = good.replace("10.77.0.1", "FIRST").replace("10.77.0.2", "10.77.0.1").replace("FIRST", "10.77.0.2");
    refused(&swapped, &["[address-mismatch]"]);
    // A host that is away is told as `collect doctor` does.
    let config = std::fs::read_to_string(hosts.path("ssh_config")).unwrap();
    std::fs::write(hosts.path("ssh_config"), config.replace("HostKeyAlias h2", "HostKeyAlias h1")).unwrap();
    refused(&good, &["h2", "[host-key"]);
    std::fs::write(hosts.path("ssh_config"), config).unwrap();
    // Something that somebody may measure in spite of, by its name only.
    hosts.on(0, &["ip", "link", "add", "mb-tinc", "type", "bridge"]);
    if here::programs(&["tincd"]) {
        let both = matrix(&hosts, "\"internal\", \"tinc\"").replace("blocks = 4", "blocks = 1");
        refused(&both, &["[overlay-taken]", "mb-tinc", "--despite overlay-taken"]);
        let output = run(&hosts, &["run", "m.toml", "-o", "ds", "--despite", "overlay-taken,no-answer"]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(said(&output).contains("no-answer: there is no such problem"), "{}", said(&output));
        let manifest = std::fs::read_to_string(hosts.path("ds/datapackage.json")).unwrap();
        assert!(manifest.contains("measured despite a problem") && manifest.contains("overlay-taken"), "{manifest}");
        return;
    }
    std::fs::write(hosts.path("m.toml"), &good).unwrap();
    let output = run(&hosts, &["run", "m.toml", "-o", "ds"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

/// What happens to a host in the middle of a campaign, how it is told, and how it is mended.
fn stops_and_goes_on(name: &str, spoil: &[&[&str]], word: &str, mend: &[&[&str]]) {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(2);
    std::fs::write(hosts.path("m.toml"), matrix(&hosts, "\"internal\"")).unwrap();
    let partial = hosts.path("ds.partial");
    let mut child = start(&hosts, &["run", "m.toml", "-o", "ds"]);
    eventually("a first run", Duration::from_secs(60), || ended(&partial) >= 1);
    for step in spoil {
        hosts.on(1, step);
    }
    let log = || std::fs::read_to_string(hosts.path("log")).unwrap();
    assert_eq!(code(&mut child, Duration::from_secs(60)), Some(1), "{name}: {}", log());
    assert!(log().contains("h2") && log().contains(word), "{name}: {}", log());
    let used_up = |event: &Event| match event {
        Event::AttemptEnded { results, .. } => results.iter().any(|result| result.outcome != Outcome::Ok),
        _ => false,
    };
    assert!(!events(&partial).iter().any(used_up), "{name}: no run was used up: {:?}", events(&partial));
    for step in mend {
        hosts.on(1, step);
    }
    let output = run(&hosts, &["resume", "ds"]);
    assert_eq!(output.status.code(), Some(0), "{name}: {}", said(&output));
    is_whole(&hosts);
    let rows = Dataset::open(&hosts.path("ds")).unwrap().runs().unwrap();
    let lost: Vec<_> = rows.iter().filter(|row| row.outcome != Outcome::Ok).collect();
    assert!(lost.len() <= 1 && lost.iter().all(|row| row.reason == Some(Reason::Interrupted)), "{name}: {lost:?}");
}

#[test]
fn a_full_disk_on_a_host_stops_the_campaign_and_no_run_is_used_up() {
    let fill: &[&[&str]] =
        &[&["mount", "-o", "remount,size=8m", "/run"], &["sh", "-c", "cat /dev/zero > /run/fill 2>/dev/null; true"]];
    stops_and_goes_on("a full /run", fill, "host-room", &[&["rm", "/run/fill"]]);
}

#[test]
fn a_tc_that_is_gone_stops_the_campaign_and_no_run_is_used_up() {
    if !here::programs(&["tc"]) {
        return;
    }
    let tc = meshbench_collector::lab::in_path("tc").unwrap();
    let tc = std::fs::canonicalize(tc).unwrap().display().to_string();
    let hide: &[&[&str]] = &[&["mount", "--bind", "/dev/null", &tc]];
    stops_and_goes_on("no tc", hide, "tool-missing", &[&["umount", &tc]]);
}

#[test]
fn an_agent_that_a_full_disk_does_not_take_is_no_matter_of_the_c_library() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(2);
    for folder in ["/root", "/var/tmp", "/dev/shm"] {
        hosts.on(0, &["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
    }
    std::fs::write(hosts.path("m.toml"), matrix(&hosts, "\"internal\"")).unwrap();
    let output = run(&hosts, &["run", "m.toml", "-o", "ds"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("No space left on device"), "{}", said(&output));
    assert!(said(&output).contains("[host-room]") && !said(&output).contains("C library"), "{}", said(&output));
    assert_eq!(hosts.on(0, &["sh", "-c", "ls ~/.cache/meshbench | wc -l"]), "0", "no half of it is left");
}

#[test]
fn the_first_ctrl_c_is_heard_while_a_host_is_waited_for() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(2);
    std::fs::write(hosts.path("m.toml"), matrix(&hosts, "\"internal\"")).unwrap();
    let config = std::fs::read_to_string(hosts.path("ssh_config")).unwrap();
    // Each host is as one that is off: whoever connects waits.
    let off: String =
        config
            .lines()
            .map(|line| {
                if line.contains("ProxyCommand") { " ProxyCommand sleep 600\n".to_owned() } else { format!("{line}\n") }
            })
            .collect();
    let heard_within = Duration::from_secs(5);
    // At the very beginning.
    std::fs::write(hosts.path("ssh_config"), &off).unwrap();
    let mut child = start(&hosts, &["run", "m.toml", "-o", "ds"]);
    eventually("it begins", Duration::from_secs(20), || !events(&hosts.path("ds.partial")).is_empty());
    std::thread::sleep(Duration::from_millis(500));
    interrupt(&child);
    assert_eq!(code(&mut child, heard_within), Some(130));
    // In the middle, where it waits for minutes.
    std::fs::write(hosts.path("ssh_config"), &config).unwrap();
    let mut child = start(&hosts, &["run", "m.toml", "-o", "ds"]);
    eventually("a first run", Duration::from_secs(60), || ended(&hosts.path("ds.partial")) >= 1);
    std::fs::write(hosts.path("ssh_config"), &off).unwrap();
    for host in 0..2 {
        for pid in hosts.processes(host, "sshd") {
            kill(pid);
        }
    }
    let lost = |event: &Event| matches!(event, Event::HostLost { .. });
    eventually("it waits", Duration::from_secs(60), || events(&hosts.path("ds.partial")).iter().any(lost));
    std::thread::sleep(Duration::from_secs(1));
    interrupt(&child);
    assert_eq!(code(&mut child, heard_within), Some(130));
    std::fs::write(hosts.path("ssh_config"), &config).unwrap();
    let output = run(&hosts, &["resume", "ds"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    is_whole(&hosts);
}

/// A system that never comes up: a file that it needs is nowhere.
const WAITING: &str = "name = \"waiting\"\nlabel = \"Waiting\"\n[programs.ip]\n[[implementations]]\nprograms = [\"ip\"]\n[overlay]\ninterface = \"mb-wait\"\n\
    address = \"10.103.0.{{ host.number }}\"\nfamily = \"ipv4\"\n[[start]]\nrun = [\"test\", \"-e\", \"/run/ready\"]\n\
    [[start]]\nrun = [\"ip\", \"-batch\", \"-\"]\nstdin = \"\"\"\nlink add name {{ interface }} type bridge\n\
    addr add {{ host.overlay }}/24 dev {{ interface }}\nlink set {{ interface }} up\n\"\"\"\n";

#[test]
fn a_campaign_without_an_ok_run_is_not_sealed_and_its_failed_runs_can_be_made_again() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(2);
    let text = matrix(&hosts, "\"./waiting.toml\"").replace("blocks = 4", "blocks = 1");
    std::fs::write(hosts.path("waiting.toml"), WAITING).unwrap();
    std::fs::write(hosts.path("m.toml"), text).unwrap();
    let output = run(&hosts, &["run", "m.toml", "-o", "ds"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("system-not-ready") && said(&output).contains("collect retry"), "{}", said(&output));
    let partial = hosts.path("ds.partial");
    let before = ended(&partial);
    assert!(before >= 1 && !hosts.path("ds").exists());
    // Going on makes nothing again, and does not seal it either.
    let output = run(&hosts, &["resume", "ds"]);
    assert_eq!((output.status.code(), ended(&partial)), (Some(1), before), "{}", said(&output));
    let mut seal = Command::new(collect());
    let output = seal.args(["seal", "ds"]).current_dir(hosts.folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    // The unfinished folder means the same campaign.
    let output = run(&hosts, &["retry", "ds.partial"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(ended(&partial), 2 * before, "each was made again");
    let mut seal = Command::new(collect());
    let output = seal.args(["seal", "ds", "--despite", "no-ok-run"]).current_dir(hosts.folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let verified = verify(&hosts.path("ds")).unwrap();
    assert_eq!((verified.defects, verified.attempts), (Vec::new(), 2 * before));
    for command in ["resume", "retry"] {
        let output = run(&hosts, &[command, "ds"]);
        assert_eq!(output.status.code(), Some(2), "{command}: {}", said(&output));
        assert!(said(&output).contains("is finished"), "{command}: {}", said(&output));
    }
}

#[test]
fn what_was_edited_or_lost_is_an_error_and_not_a_dataset() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(2);
    std::fs::write(hosts.path("m.toml"), matrix(&hosts, "\"internal\"")).unwrap();
    let partial = hosts.path("ds.partial");
    let mut child = start(&hosts, &["run", "m.toml", "-o", "ds"]);
    eventually("two runs", Duration::from_secs(60), || ended(&partial) >= 2);
    interrupt(&child);
    assert_eq!(code(&mut child, Duration::from_secs(60)), Some(130));
    let refused = |word: &str, exit: i32| {
        for words in [["seal", "ds"], ["resume", "ds"], ["status", "ds"]] {
            let mut collect = Command::new(collect());
            let output = collect.args(words).current_dir(hosts.folder.path()).output().unwrap();
            assert_eq!(output.status.code(), Some(exit), "{words:?}: {}", said(&output));
            assert!(said(&output).contains(word), "{words:?}, `{word}`: {}", said(&output));
        }
        assert!(!hosts.path("ds").exists());
    };
    let kept = std::fs::read_to_string(partial.join("matrix.toml")).unwrap();
    std::fs::write(partial.join("matrix.toml"), kept.replace("count = 100", "count = 101")).unwrap();
    refused("matrix.toml", 2);
    std::fs::write(partial.join("matrix.toml"), &kept).unwrap();
    let (fragment, aside) = (partial.join("fragments/00000-1"), hosts.path("aside"));
    std::fs::rename(&fragment, &aside).unwrap();
    refused("attempt 00000-1", 2);
    // A retry that was stopped before the hosts were found fit has asked for nothing: what is put back then is as it was.
    let config = std::fs::read_to_string(hosts.path("ssh_config")).unwrap();
    std::fs::write(hosts.path("ssh_config"), config.replace("HostKeyAlias h2", "HostKeyAlias h1")).unwrap();
    let mut child = start(&hosts, &["retry", "ds"]);
    std::thread::sleep(Duration::from_secs(3));
    interrupt(&child);
    assert_eq!(code(&mut child, Duration::from_secs(20)), Some(130));
    std::fs::write(hosts.path("ssh_config"), config).unwrap();
    assert!(!events(&partial).iter().any(|event| matches!(event, Event::RetryAsked { .. })), "{:?}", events(&partial));
    std::fs::rename(&aside, &fragment).unwrap();
    let mut status = Command::new(collect());
    let output = status.args(["status", "ds"]).current_dir(hosts.folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    std::fs::rename(&fragment, &aside).unwrap();
    // There is no copy: the run is made again, and the dataset says so.
    let output = run(&hosts, &["retry", "ds"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    is_whole(&hosts);
    let manifest = std::fs::read_to_string(hosts.path("ds/datapackage.json")).unwrap();
    assert!(manifest.contains("00000-1 were lost"), "{manifest}");
}

#[test]
fn a_host_that_is_away_keeps_no_other_from_being_restored() {
    if !possible() {
        return;
    }
    let hosts = Hosts::make(3);
    std::fs::write(hosts.path("m.toml"), matrix(&hosts, "\"internal\"")).unwrap();
    let config = std::fs::read_to_string(hosts.path("ssh_config")).unwrap();
    std::fs::write(hosts.path("ssh_config"), config.replace("HostKeyAlias h2", "HostKeyAlias h1")).unwrap();
    let output = run(&hosts, &["clean", "m.toml"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}{}", said(&output));
    for line in ["h1: nothing was left", "h2: not restored", "h3: nothing was left", "left: h2"] {
        assert!(text.contains(line), "`{line}` is missing in: {text}");
    }
}
