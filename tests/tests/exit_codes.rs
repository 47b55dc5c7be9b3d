//! Exit codes are those that README.md says, for every command of both programs; a result that cannot be written is a failure
//! whatever the command; what is refused leaves nothing behind.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

use meshbench_tests::campaign;
use meshbench_tests::program::{programs, project};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A command line, the code that it ends with, and a word of what it says.
type Case = (&'static str, u8, &'static str);

/// Of `collect`. Hosts are never reached: their `ProxyCommand` ends at once.
const COLLECT: &[Case] = &[
    ("init new.toml", 0, "is written"),
    ("init m.toml", 2, "exists"),
    ("init no/such/m.toml", 2, "there is no folder no/such"),
    ("plan smoke", 0, "runs"),
    ("plan nowhere.toml", 2, "nowhere.toml"),
    ("doctor m.toml --ssh-config ssh_config", 3, "[host-unreachable]"),
    ("doctor nowhere.toml", 2, "nowhere.toml"),
    ("doctor lab.toml", 2, "names no hosts"),
    ("doctor m.toml --ssh-config nowhere", 2, "--ssh-config"),
    ("run m.toml -o ds2 --ssh-config ssh_config", 3, "[host-unreachable]"),
    ("run nowhere.toml -o ds2", 2, "nowhere.toml"),
    ("run lab.toml -o ds2", 2, "names no hosts"),
    ("run m.toml -o ds", 2, "exists already"),
    ("run m.toml -o no/such/ds2", 2, "there is no folder"),
    ("run m.toml -o file/ds2", 2, "is no folder"),
    ("run m.toml -o ds2 --known-hosts nowhere", 2, "--known-hosts"),
    ("run m.toml -o ds2 --despite host-unreachable", 2, "nothing can be measured in spite of it"),
    ("run m.toml -o ds2 --despite not-root,no-answer", 2, "--despite not-root"),
    ("run m.toml -o ds2 --despite no-such", 2, "foreign-qdisc"),
    ("run m.toml -o good --seed 8", 2, "seed"),
    ("run m.toml -o cut", 2, "does not begin"),
    ("resume good --ssh-config ssh_config", 3, "[host-unreachable]"),
    ("resume nowhere", 2, "no unfinished campaign"),
    ("resume ds", 2, "is finished"),
    ("resume empty", 2, "journal.jsonl holds no event"),
    ("resume stub", 2, "journal.jsonl holds no event"),
    ("resume cut", 2, "does not begin"),
    ("resume bare", 2, "journal.jsonl is not there"),
    ("resume torn", 2, "line 2"),
    ("resume edited", 2, "matrix.toml"),
    ("resume lost", 2, "00000-1 is missing"),
    ("resume surplus", 2, "00009-1 belongs to no attempt"),
    ("retry lost --ssh-config ssh_config_slow", 130, "stopped"),
    ("retry good", 2, "has failed"),
    ("retry nowhere", 2, "no unfinished campaign"),
    ("retry empty", 2, "journal.jsonl holds no event"),
    ("retry stub", 2, "journal.jsonl holds no event"),
    ("retry cut", 2, "does not begin"),
    ("retry edited", 2, "matrix.toml"),
    ("status good", 0, "not sealed"),
    ("status good.partial", 0, "seed 7"),
    ("status ds", 0, "sealed: it is a dataset"),
    ("status imported", 2, "imported or merged"),
    ("status nowhere", 2, "no unfinished campaign"),
    ("status empty", 2, "journal.jsonl holds no event"),
    ("status stub", 2, "journal.jsonl holds no event"),
    ("status cut", 2, "does not begin"),
    ("status torn", 2, "line 2"),
    ("status edited", 2, "matrix.toml"),
    ("status edited --json", 2, "matrix.toml"),
    ("status lost", 2, "00000-1 is missing"),
    ("status surplus", 2, "00009-1 belongs to no attempt"),
    ("seal good", 1, "no run is ok"),
    ("seal good --despite no-ok-run", 0, "good"),
    ("seal nowhere", 2, "no unfinished campaign"),
    ("seal ds", 2, "is finished"),
    ("seal empty", 2, "journal.jsonl holds no event"),
    ("seal stub", 2, "journal.jsonl holds no event"),
    ("seal cut", 2, "does not begin"),
    ("seal torn", 2, "line 2"),
    ("seal edited", 2, "matrix.toml"),
    ("seal lost", 2, "00000-1 is missing"),
    ("seal surplus", 2, "00009-1 belongs to no attempt"),
    ("clean m.toml --ssh-config ssh_config", 1, "h2: not restored"),
    ("clean nowhere.toml", 2, "nowhere.toml"),
    ("clean m.toml --ssh-config ssh_config_slow", 130, "h2: not known to be restored"),
    ("doctor m.toml --ssh-config ssh_config_slow", 130, "no report"),
    ("run m.toml -o ds2 --ssh-config ssh_config_slow", 130, "stopped"),
    ("lab nowhere.toml -o ds2", 2, "nowhere.toml"),
    ("lab smoke -o no/such/ds2 --uml /bin/true", 2, "there is no folder"),
    ("lab smoke -o ds2 --uml nowhere", 3, "User-Mode Linux"),
    ("lab smoke -o ds2 --uml /bin/true --despite host-in-use", 2, "--despite host-in-use"),
    ("lab shell --uml nowhere", 3, "User-Mode Linux"),
    ("lab shell --hosts 1", 2, "--hosts"),
    ("systems list", 0, "wireguard"),
    ("systems check nowhere.toml", 2, "nowhere.toml"),
    ("systems check tinc --uml nowhere", 3, "User-Mode Linux"),
    ("import vpn-bench campaign -o ds2", 0, "dataset"),
    ("import vpn-bench nowhere -o ds2", 2, "there is no nowhere"),
    ("import vpn-bench campaign -o ds", 2, "already exists"),
    ("import vpn-bench campaign -o no/such/ds2", 2, "mkdir -p no/such"),
    ("completions bash", 0, "collect"),
    ("completions no-shell", 2, "no-shell"),
    ("man -o man1", 0, ""),
    ("man -o no/such/man1", 2, "mkdir -p no/such"),
    ("man -o file", 2, "exists"),
    ("--version", 0, "collect"),
    ("--help", 0, "Usage"),
    ("nonsense", 2, "nonsense"),
    ("", 2, "Usage"),
];

/// Of `analyze`. `ds` is `data/lab-five`.
const ANALYZE: &[Case] = &[
    ("summary ds --workload ping", 0, "round-trip"),
    ("summary nowhere", 2, "does not exist"),
    ("summary ds --system nonsense", 2, "nonsense"),
    ("report imported -o report", 0, "index.html"),
    ("report ds -o campaign", 2, "already exists"),
    ("report ds -o no/such/report", 2, "mkdir -p no/such"),
    ("report ds -o file/report", 2, "is no folder"),
    ("report nowhere -o report", 2, "does not exist"),
    ("compare ds --old-system tinc --new-system wireguard --workload ping", 0, "tinc"),
    ("compare ds", 2, "nothing to compare"),
    ("compare ds nowhere", 2, "does not exist"),
    ("merge ds nowhere -o merged", 2, "does not exist"),
    ("merge ds ds -o merged", 2, "the same campaign"),
    ("merge ds ds -o no/such/merged", 2, "mkdir -p no/such"),
    ("plan ds --workload ping", 0, "block"),
    ("plan nowhere", 2, "does not exist"),
    ("claims imported published", 0, ""),
    ("claims ds nowhere.toml", 2, "nowhere.toml"),
    ("explain offload-under-netem", 0, "offload"),
    ("explain nonsense", 2, "nonsense"),
    ("query ds", 0, "runs"),
    ("query ds 'SELECT 1 AS one'", 0, "one"),
    ("query ds 'SELECT 1 AS one' --format json", 0, "one"),
    ("query ds 'SELECT 1 AS one' -o no/such/x.csv", 2, "there is no folder no/such"),
    ("query ds 'SELECT 1 AS one' -o file/x.csv", 2, "is no folder"),
    ("query ds 'SELECT 1 AS one' -o file --format csv", 2, "already exists"),
    ("query ds 'SELEC'", 2, "SELECT"),
    ("query nowhere", 2, "does not exist"),
    ("check ds --fail-on never", 0, ""),
    ("check nowhere", 2, "does not exist"),
    ("verify ds", 0, "nothing wrong"),
    ("verify damaged", 1, "defect"),
    ("verify nowhere", 2, "does not exist"),
    ("completions bash", 0, "analyze"),
    ("completions no-shell", 2, "no-shell"),
    ("man -o man1", 0, ""),
    ("man -o no/such/man1", 2, "mkdir -p no/such"),
    ("--version", 0, "analyze"),
    ("--help", 0, "Usage"),
    ("nonsense", 2, "nonsense"),
];

const START: &str = r#"{"time":"2026-01-01T00:00:00Z","event":"campaign-started","campaign":"m","seed":7,"place":"hosts","version":"0.1.0"}"#;
const BEGUN: &str = r#"{"time":"2026-01-01T00:00:01Z","event":"attempt-started","attempt_id":"00000-1","block":0,"position":0,"attempt":1,"system":"internal","tuning":"default","profile":"baseline","workload":"ping","links":[["h1","h2"]]}"#;
const ENDED: &str = r#"{"time":"2026-01-01T00:00:09Z","event":"attempt-ended","attempt_id":"00000-1","position":0,"results":[{"run_id":"00000-1","outcome":"ok"}],"measured_s":1.0,"took_s":2.0}"#;

const MATRIX: &str = "name = \"m\"\nseed = 7\nblocks = 1\nsystems = [\"internal\"]\n\
    [[hosts]]\nname = \"h1\"\ninterface = \"eth0\"\naddress = \"192.0.2.1\"\n\
    [[hosts]]\nname = \"h2\"\ninterface = \"eth0\"\naddress = \"192.0.2.2\"\n\
    [profiles]\nbaseline = {}\n[workloads.ping]\ncount = 5\ninterval = \"10ms\"\n";

/// An unfinished campaign of these lines.
fn unfinished(base: &Path, name: &str, lines: &[&str], matrix: &str) {
    let folder = base.join(format!("{name}.partial"));
    fs::create_dir_all(folder.join("systems")).unwrap();
    fs::copy(base.join("internal.toml"), folder.join("systems/internal.toml")).unwrap();
    fs::write(folder.join("matrix.toml"), matrix).unwrap();
    fs::write(folder.join("journal.jsonl"), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

/// A folder with everything that the cases name.
fn workshop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path();
    campaign::write(&base.join("campaign"));
    std::os::unix::fs::symlink(project().join("data/lab-five"), base.join("ds")).unwrap();
    fs::copy(project().join("data/systems/internal.toml"), base.join("internal.toml")).unwrap();
    fs::write(base.join("file"), "").unwrap();
    fs::write(base.join("m.toml"), MATRIX).unwrap();
    let hosts = MATRIX.find("[[hosts]]").unwrap()..MATRIX.find("[profiles]").unwrap();
    let lab = MATRIX.replace(&MATRIX[hosts], "hosts = 2\n");
    fs::write(base.join("lab.toml"), lab).unwrap();
    fs::write(base.join("ssh_config"), "Host *\n ProxyCommand false\n BatchMode yes\n").unwrap();
    fs::write(base.join("ssh_config_slow"), "Host *\n ProxyCommand sleep 60\n BatchMode yes\n").unwrap();
    unfinished(base, "good", &[START], MATRIX);
    unfinished(base, "empty", &[], MATRIX);
    unfinished(base, "cut", &[BEGUN, ENDED], MATRIX);
    unfinished(base, "torn", &[START, ENDED], MATRIX);
    unfinished(base, "stub", &[], MATRIX);
    fs::write(base.join("stub.partial/journal.jsonl"), START).unwrap();
    unfinished(base, "lost", &[START, BEGUN, ENDED], MATRIX);
    unfinished(base, "surplus", &[START], MATRIX);
    fs::create_dir_all(base.join("surplus.partial/fragments/00009-1")).unwrap();
    let digest = format!("\"files\":{{\"matrix.toml\":\"{}\"}}", "0".repeat(64));
    let hashed = START.replace("\"version\"", &format!("{digest},\"version\""));
    unfinished(base, "edited", &[&hashed], MATRIX);
    unfinished(base, "bare", &[START], MATRIX);
    fs::remove_file(base.join("bare.partial/journal.jsonl")).unwrap();
    folder
}

/// What takes longer to make than a link, once for all cases.
fn imported() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    campaign::write(&folder.path().join("campaign"));
    for name in ["imported", "damaged"] {
        let mut command = Command::new(programs().join("collect"));
        command.args(["import", "vpn-bench", "campaign", "-o", name]).current_dir(folder.path());
        assert!(command.output().unwrap().status.success());
    }
    let manifest = folder.path().join("damaged/datapackage.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let at = text.find("sha256:").unwrap() + 7;
    let other = if text[at..].starts_with('0') { "1" } else { "0" };
    fs::write(&manifest, format!("{}{other}{}", &text[..at], &text[at + 1..])).unwrap();
    folder
}

/// The words of a line, quotes holding some together.
fn words(line: &str) -> Vec<String> {
    let part = |(at, part): (usize, &str)| match at % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    };
    line.split('\'').enumerate().flat_map(part).collect()
}

fn command(folder: &Path, program: &str, line: &str) -> Command {
    let mut command = Command::new(programs().join(program));
    command.args(words(line)).current_dir(folder).env_remove("MESHBENCH_UML");
    command.stdin(Stdio::null()).env("XDG_STATE_HOME", folder.join("state"));
    command
}

/// Runs a command; one that is to be stopped is interrupted as soon as it has said something, or was at work for a while.
fn ended(folder: &Path, program: &str, line: &str, code: u8) -> Output {
    let mut command = command(folder, program, line);
    if code != 130 {
        return command.output().unwrap();
    }
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let asked = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(20), "{line}: Ctrl-C was not heard for {:?}", asked.elapsed());
    output
}

fn said(output: &Output) -> String {
    let text =
        [output.stdout.as_slice(), &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat();
    text.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Everything below a folder, with the size of each file.
fn everything(folder: &Path) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                open.push(entry.path());
            }
            let length = if kind.is_file() { entry.metadata().unwrap().len() } else { 0 };
            found.insert(entry.path().strip_prefix(folder).unwrap().display().to_string(), length);
        }
    }
    found
}

/// What is wrong with how a case ended. What is refused leaves nothing behind.
fn faults(folder: &Path, program: &str, (line, code, word): &Case) -> Vec<String> {
    let before = everything(folder);
    let output = ended(folder, program, line, *code);
    let text = said(&output);
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("{program} {line}: {what}: {:?}: {text}", output.status.code()));
        }
    };
    must(output.status.code() == Some(i32::from(*code)), &format!("the code is not {code}"));
    must(text.contains(word), &format!("`{word}` is not said"));
    must(!text.contains("panicked"), "it panicked");
    if *code == 2 {
        must(everything(folder) == before, "something was left or changed");
        must(output.stdout.is_empty(), "a refusal is no result");
    }
    if *code == 3 && !line.starts_with("resume") {
        must(everything(folder).keys().eq(before.keys()), "something was left");
    }
    faults
}

/// A workshop with what takes longer to make, too.
fn furnished(fixed: &Path) -> tempfile::TempDir {
    let folder = workshop();
    for name in ["imported", "damaged"] {
        std::os::unix::fs::symlink(fixed.join(name), folder.path().join(name)).unwrap();
    }
    fs::create_dir(folder.path().join("state")).unwrap();
    folder
}

/// Runs all cases of a program.
fn all(program: &str, cases: &[Case]) {
    let fixed = imported();
    let found: Vec<String> =
        cases.iter().flat_map(|case| faults(furnished(fixed.path()).path(), program, case)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn collect_ends_with_the_codes_of_the_readme() {
    all("collect", COLLECT);
}

#[test]
fn analyze_ends_with_the_codes_of_the_readme() {
    all("analyze", ANALYZE);
}

/// Rows that are put back after a retry that came to nothing are as they were.
#[test]
fn a_retry_that_was_stopped_before_the_hosts_were_looked_at_has_asked_for_nothing() {
    let folder = workshop();
    fs::create_dir(folder.path().join("state")).unwrap();
    let output = ended(folder.path(), "collect", "retry lost --ssh-config ssh_config_slow", 130);
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    let journal = fs::read_to_string(folder.path().join("lost.partial/journal.jsonl")).unwrap();
    assert!(!journal.contains("retry-asked"), "{journal}");
    let status = ended(folder.path(), "collect", "status lost", 2);
    assert!(said(&status).contains("00000-1 is missing"), "{}", said(&status));
    fs::create_dir_all(folder.path().join("lost.partial/fragments/00000-1")).unwrap();
    let status = ended(folder.path(), "collect", "status lost", 0);
    assert_eq!(status.status.code(), Some(0), "{}", said(&status));
}

/// What this machine lacks is no host's fault, has a name of its own, and leaves nothing behind.
#[test]
fn a_machine_that_cannot_make_connections_is_told_as_such() {
    let folder = workshop();
    let before = everything(folder.path());
    for (variable, value, word) in [("XDG_STATE_HOME", "/proc/no-such", "/proc/no-such"), ("PATH", "/nowhere", "`ssh`")]
    {
        for line in ["doctor m.toml --ssh-config ssh_config", "run m.toml -o ds2 --ssh-config ssh_config"] {
            fs::create_dir_all(folder.path().join("state")).unwrap();
            let output = command(folder.path(), "collect", line).env(variable, value).output().unwrap();
            let text = said(&output);
            assert_eq!(output.status.code(), Some(3), "{line}: {text}");
            assert!(text.contains("[controller-unfit]") && text.contains(word), "{line}: {text}");
            assert!(!text.contains("host-unreachable") && !text.contains("--despite"), "{line}: {text}");
            let _ = fs::remove_dir(folder.path().join("state"));
            assert_eq!(everything(folder.path()), before, "{line}: something was left");
        }
    }
}

/// The table of README.md has no other codes than the cases, and the cases have every command with a code for wrong input.
#[test]
fn every_command_and_every_code_has_a_case() {
    let readme = fs::read_to_string(project().join("README.md")).unwrap();
    let section = readme.split("## Exit codes\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()?.parse::<u8>().ok());
    let documented: BTreeSet<u8> = rows.collect();
    let tried: BTreeSet<u8> = [COLLECT, ANALYZE].concat().iter().map(|(_, code, _)| *code).collect();
    assert_eq!(documented, tried);
    for (program, cases) in [("collect", COLLECT), ("analyze", ANALYZE)] {
        let mut help = String::new();
        let mut child = command(&project(), program, "-h").stdout(Stdio::piped()).spawn().unwrap();
        child.stdout.take().unwrap().read_to_string(&mut help).unwrap();
        assert!(child.wait().unwrap().success());
        let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
        let names = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        for name in names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
            let has = |code: u8| cases.iter().any(|(line, it, _)| *it == code && line.split(' ').next() == Some(name));
            assert!(has(2), "{program} {name}: no case of a wrong command line");
            let needs_hosts = ["doctor", "run", "resume", "retry", "clean", "lab", "merge"].contains(&name);
            assert!(has(0) || needs_hosts, "{program} {name}: no case that is done");
        }
    }
}

/// `/dev/full` takes nothing, as a full disk does. A reader that has read enough is no failure.
#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let fixed = imported();
    let mut found = Vec::new();
    for (program, cases) in [("collect", COLLECT), ("analyze", ANALYZE)] {
        let done =
            cases.iter().filter(|(line, code, word)| *code == 0 && !word.is_empty() && !line.starts_with("seal"));
        let names = cases.iter().filter_map(|(line, ..)| line.split(' ').next());
        let names: BTreeSet<&str> =
            names.filter(|name| name.chars().all(char::is_alphabetic) && *name != "nonsense").collect();
        let helps = names.into_iter().filter(|name| !name.is_empty()).map(|name| format!("{name} --help"));
        for line in done.map(|(line, ..)| (*line).to_owned()).chain(helps) {
            let into = |sink: Stdio| {
                let folder = furnished(fixed.path());
                let output = command(folder.path(), program, &line).stdout(sink).output().unwrap();
                (output.status.code(), said(&output))
            };
            let (code, text) = into(File::options().write(true).open("/dev/full").unwrap().into());
            if code != Some(1) || !text.contains("print the result") {
                found.push(format!("{program} {line} into /dev/full: {code:?}: {text}"));
            }
            if line.ends_with("help") || line.starts_with("plan") || line.starts_with("query") {
                let (reader, writer) = std::io::pipe().unwrap();
                drop(reader);
                let (code, text) = into(writer.into());
                if code != Some(0) {
                    found.push(format!("{program} {line} into a pipe that is closed: {code:?}: {text}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
