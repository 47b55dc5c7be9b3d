//! Help, version, completions and man pages: their examples run, and they are what they were.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

use meshbench_tests::campaign;
use meshbench_tests::program::{Ended, project, run_in, succeed_in};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

fn run(folder: &Path, program: &str, words: &[String]) -> Ended {
    let words: Vec<&dyn AsRef<OsStr>> = words.iter().map(|word| word as &dyn AsRef<OsStr>).collect();
    run_in(folder, program, &words)
}

/// Paths of all commands of a program: `[]`, `["systems"]`, `["systems", "list"]`.
fn commands(program: &str) -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let mut at = 0;
    while let Some(path) = found.get(at).cloned() {
        let help = run(&project(), program, &[path.clone(), vec!["-h".to_owned()]].concat()).stdout;
        let listed = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
        let names = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        for name in names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
            found.push([path.clone(), vec![name.to_owned()]].concat());
        }
        at += 1;
    }
    found
}

/// The words of a line, quotes holding some together.
fn words(line: &str) -> Vec<String> {
    line.split('\'')
        .enumerate()
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

/// A folder with everything that the examples name.
fn workshop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    campaign::write(&folder.path().join("campaign"));
    for name in ["ds", "old", "new"] {
        std::os::unix::fs::symlink(project().join("data/lab-five"), folder.path().join(name)).unwrap();
    }
    let mut archive = tar::Builder::new(liblzma::write::XzEncoder::new(
        fs::File::create(folder.path().join("campaign.tar.xz")).unwrap(),
        1,
    ));
    archive.append_dir_all("campaign", folder.path().join("campaign")).unwrap();
    archive.into_inner().unwrap().finish().unwrap();
    folder
}

/// Commands that need hosts, a lab or an unfinished campaign: of their examples only the words are looked at.
const NEED_HOSTS: &[&str] = &["run", "resume", "retry", "lab", "doctor", "clean", "seal", "status", "check"];

/// Commands of `analyze` whose examples name campaigns that are not here.
const NEED_CAMPAIGNS: &[&str] = &["merge"];

#[test]
fn every_command_has_examples_and_they_run() {
    let (mut ran, mut read) = (0, 0);
    for program in ["analyze", "collect"] {
        for path in commands(program) {
            let help = run(&project(), program, &[path.clone(), vec!["--help".to_owned()]].concat());
            assert_eq!(help.code, 0, "{program} {path:?}");
            let examples = help.stdout.split("Examples:\n").nth(1);
            let examples = examples.unwrap_or_else(|| panic!("{program} {path:?} has no examples"));
            let folder = workshop();
            fs::copy(project().join("data/matrices/smoke.toml"), folder.path().join("matrix.toml")).unwrap();
            for line in examples.lines().filter_map(|line| line.strip_prefix("  ")) {
                let words = words(line);
                assert_eq!(words[0], program, "{line}");
                let named = words.get(1).map(String::as_str).unwrap_or_default();
                let hosts = NEED_HOSTS.contains(&named) && program == "collect"
                    || NEED_CAMPAIGNS.contains(&named)
                    || words[1..].starts_with(&["systems".to_owned(), "check".to_owned()]);
                // Each example stands for itself: outputs of the one before are not in its way.
                for made in ["report", "man1", "estimates.parquet"] {
                    let path = folder.path().join(made);
                    if !words.contains(&"--force".to_owned()) {
                        let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
                    }
                }
                if named == "init" {
                    let _ = fs::remove_file(folder.path().join("matrix.toml"));
                }
                if named == "import" {
                    let _ = fs::remove_file(folder.path().join("ds"))
                        .or_else(|_| fs::remove_dir_all(folder.path().join("ds")));
                }
                let more = if hosts { vec!["--help".to_owned()] } else { Vec::new() };
                let ended = run(folder.path(), program, &[words[1..].to_vec(), more].concat());
                let fine = [0].as_slice();
                // What `--fail-on` names may be there.
                let fine = if words.iter().any(|word| word == "--fail-on") { &[0, 1] } else { fine };
                assert!(fine.contains(&ended.code), "{line}: {}\n{}{}", ended.code, ended.stdout, ended.stderr);
                if hosts { read += 1 } else { ran += 1 }
            }
        }
    }
    assert!(ran >= 25 && read >= 10, "{ran} examples ran, {read} were read");
}

/// What an option takes, as the help lists it: the command, the option, its words.
fn options_of_words(program: &str) -> Vec<(Vec<String>, String, Vec<String>)> {
    let mut found = Vec::new();
    for path in commands(program) {
        let help = run(&project(), program, &[path.clone(), vec!["-h".to_owned()]].concat()).stdout;
        let line = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut rest = line.as_str();
        while let Some((before, after)) = rest.split_once("[possible values: ") {
            let (words, behind) = after.split_once(']').unwrap();
            let option = before.rsplit_once("--").map(|(_, option)| option.split(' ').next().unwrap().to_owned());
            // A word that the help shows in quotes has a blank in it.
            let words = words.split(", ").map(|word| word.trim_matches('"').to_owned()).collect();
            found.extend(option.map(|option| (path.clone(), format!("--{option}"), words)));
            rest = behind;
        }
    }
    found
}

#[test]
fn every_word_of_an_option_is_found_in_any_case_and_another_is_refused_with_what_is_near() {
    let mut options = Vec::new();
    for program in ["analyze", "collect"] {
        options.extend(options_of_words(program).into_iter().map(|option| (program, option)));
    }
    // The help lists neither, as they are many.
    for command in ["run", "resume", "retry", "lab"] {
        let words = ["host-room", "overlay-taken"].map(str::to_owned).to_vec();
        options.push(("collect", (vec![command.to_owned()], "--despite".to_owned(), words)));
    }
    assert!(options.len() > 30, "{options:?}");
    let seen = |name: &str| options.iter().any(|(_, (_, option, _))| option == name);
    for option in ["--format", "--fail-on", "--severity", "--allow", "--interval", "--despite", "--log-format"] {
        assert!(seen(option), "{option} was not found in any help");
    }
    let folder = tempfile::tempdir().unwrap();
    for (program, (path, option, words)) in &options {
        // What else is missing comes later, and is said otherwise.
        let say = |value: &str| {
            let arguments = [path.clone(), vec![option.clone(), value.to_owned()]].concat();
            run(folder.path(), program, &arguments).stderr
        };
        let word = words.last().unwrap();
        for written in [word.to_uppercase(), word.replace('-', "_")] {
            let said = say(&written);
            assert!(
                !said.contains("is called") && !said.contains("invalid value"),
                "{program} {path:?} {option} {written}: {said}"
            );
        }
        // Doubling a letter is a slip that each word survives.
        let slip = format!("{word}{}", word.chars().last().unwrap());
        let said = say(&slip);
        assert!(
            said.contains(&format!("no value of {option} is called `{slip}` (did you mean ")),
            "{program} {path:?}: {said}"
        );
        assert!(words.iter().all(|word| said.contains(word.as_str())), "{said}");
    }
}

#[test]
fn the_help_names_every_built_in_matrix() {
    let refused = run_in(&project(), "collect", &[&"plan", &"no-such-matrix"]).stderr;
    let listed = refused.split("there are ").nth(1).unwrap().split('\n').next().unwrap().to_owned();
    let names: Vec<&str> = listed.split(", ").collect();
    assert!(names.contains(&"lab-five") && names.contains(&"smoke") && names.len() >= 3, "{refused}");
    for command in ["plan", "lab"] {
        let help = succeed_in(&project(), "collect", &[&command, &"-h"]).stdout;
        for name in &names {
            assert!(help.contains(name), "{command} does not name {name}\n{help}");
        }
    }
}

#[test]
fn statistics_have_a_heading_of_their_own() {
    for command in ["summary", "report", "compare", "plan", "claims", "explain", "query"] {
        let help = succeed_in(&project(), "analyze", &[&command, &"-h"]).stdout;
        let statistics = help.split("Statistics:\n").nth(1).unwrap_or_default();
        let section = statistics.split("\n\n").next().unwrap_or_default();
        for option in ["--confidence", "--margin", "--seed", "--adjust", "--replicate", "--interval"] {
            assert!(section.contains(option), "{command}: {option} is not under Statistics\n{help}");
        }
        assert!(!section.contains("--format") && !section.contains("--output"), "{command}\n{help}");
    }
}

#[test]
fn the_version_says_what_was_built_and_what_it_reads() {
    for (program, lines) in
        [("collect", ["commit", "dataset format"].as_slice()), ("analyze", &["commit", "dataset format", "DuckDB"])]
    {
        for flag in ["--version", "-V"] {
            let text = succeed_in(&project(), program, &[&flag]).stdout;
            assert!(text.starts_with(&format!("{program} 0.")), "{text}");
            let told: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split("  ").next()).collect();
            assert_eq!(told, lines, "{text}");
            let format = text.lines().find_map(|line| line.strip_prefix("dataset format")).unwrap().trim();
            assert_eq!(format, meshbench_schemas::manifest::FORMAT.to_string());
        }
    }
    let text = succeed_in(&project(), "analyze", &[&"--version"]).stdout;
    assert!(text.contains("DuckDB          v1."), "{text}");
    // In a clone the commit is that of the clone; what is not committed is said.
    let git = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).current_dir(project()).output();
    if let Some(output) = git.ok().filter(|output| output.status.success())
        && std::env::var_os("MESHBENCH_COMMIT").is_none()
    {
        let head = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(head.trim()), "{head} is not in {text}");
    }
}

#[test]
fn completions_and_man_pages_are_what_they_were() {
    let folder = tempfile::tempdir().unwrap();
    for program in ["analyze", "collect"] {
        for shell in ["bash", "zsh", "fish"] {
            let script = succeed_in(folder.path(), program, &[&"completions", &shell]).stdout;
            assert!(script.contains(program) && script.contains("completions"), "{shell}: {script}");
            // Where the shell is here, it reads the script.
            let path = folder.path().join(shell);
            fs::write(&path, &script).unwrap();
            if let Ok(read) = Command::new(shell).arg("-n").arg(&path).output() {
                assert!(read.status.success(), "{shell}: {}", String::from_utf8_lossy(&read.stderr));
            }
            if shell == "fish" {
                insta::assert_snapshot!(format!("completions-{program}.fish"), script);
            }
        }
        let output = folder.path().join(format!("man-{program}"));
        succeed_in(folder.path(), program, &[&"man", &"-o", &output]);
        let mut pages: Vec<String> =
            fs::read_dir(&output).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        pages.sort();
        for command in commands(program) {
            let page = [vec![program.to_owned()], command].concat().join("-") + ".1";
            assert!(pages.contains(&page), "{page} is not among {pages:?}");
        }
        assert!(!pages.contains(&"collect-agent.1".to_owned()), "what nobody starts by hand has no page");
        insta::assert_snapshot!(
            format!("man-{program}"),
            fs::read_to_string(output.join(format!("{program}.1"))).unwrap()
        );
    }
    let page = fs::read_to_string(folder.path().join("man-analyze/analyze-compare.1")).unwrap();
    insta::assert_snapshot!("man-analyze-compare", page);
}
