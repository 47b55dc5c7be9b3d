//! What the documents say is true: their commands run, their paths exist, their tables are current.

use meshbench_tests::campaign;
use meshbench_tests::program::{project, run_in};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// Every document of the project by its path, in order: all Markdown but that of what is built, and of snapshots.
fn documents() -> Vec<String> {
    fn below(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir()
                && !path.is_symlink()
                && !name.starts_with('.')
                && !["target", "snapshots"].contains(&&*name)
            {
                below(&path, found);
            } else if name.ends_with(".md") {
                found.push(path.strip_prefix(project()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    below(&project(), &mut found);
    found.sort();
    assert!(found.len() >= 18 && found.contains(&"docs/coverage.md".to_owned()), "{found:?}");
    found
}

/// The words of each command in a `sh` block, without comments. Blocks of `bash` and `console` are not run: scripts that need what
/// the tests do not have, and sessions. Quotes of either kind hold words together, and lines.
fn commands(block: &str) -> Vec<Vec<String>> {
    let (mut commands, mut words, mut word) = (Vec::new(), Vec::new(), None::<String>);
    let (mut quote, mut comment) = (None, false);
    for c in block.chars().chain(['\n']) {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(c),
            (None, '\n') => {
                words.extend(word.take());
                commands.push(std::mem::take(&mut words));
                comment = false;
            }
            (None, _) if comment => {}
            (None, '#') if word.is_none() => comment = true,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(c),
        }
    }
    assert!(quote.is_none(), "a quote is not closed in {block}");
    commands.retain(|words| !words.is_empty());
    commands
}

/// A block of commands, and the output that is shown right behind it, as places in the text.
struct Example {
    commands: std::ops::Range<usize>,
    output: Option<std::ops::Range<usize>>,
}

const SHOWN: &str = "\n\n```text\n";

fn examples(text: &str) -> Vec<Example> {
    let end = |from: usize| from + text[from..].find("```").expect("the end of a block");
    text.match_indices("```sh\n")
        .map(|(at, fence)| {
            let commands = at + fence.len()..end(at + fence.len());
            let behind = commands.end + "```".len();
            let output = text[behind..].starts_with(SHOWN).then(|| {
                let begin = behind + SHOWN.len();
                begin..end(begin)
            });
            Example { commands, output }
        })
        .collect()
}

#[test]
fn commands_in_the_documents_run() {
    let folder = tempfile::tempdir().unwrap();
    campaign::write(&folder.path().join("campaign"));
    std::os::unix::fs::symlink(project().join("data"), folder.path().join("data")).unwrap();
    fs::create_dir_all(folder.path().join("examples/paper")).unwrap();
    let (mut ran, mut compared) = (0, 0);
    for document in documents() {
        let path = project().join(&document);
        let mut text = fs::read_to_string(&path).unwrap();
        let mut current = Vec::new();
        for example in examples(&text) {
            let mut printed = String::new();
            for words in commands(&text[example.commands]) {
                let (program, arguments) = words.split_first().unwrap();
                match program.as_str() {
                    "analyze" | "collect" if arguments.first().map(String::as_str) != Some("lab") => {
                        let arguments: Vec<&dyn AsRef<OsStr>> =
                            arguments.iter().map(|word| word as &dyn AsRef<OsStr>).collect();
                        let ended = run_in(folder.path(), program, &arguments);
                        assert_eq!(ended.code, 0, "{document}: {words:?}\n{}", ended.stderr);
                        printed += &ended.stdout;
                        ran += 1;
                    }
                    // Run by a test of their own.
                    "collect" | "latexmk" => {}
                    script => {
                        assert!(project().join(script).is_file(), "{document}: {script} is no file of the project");
                    }
                }
            }
            let Some(output) = example.output else { continue };
            compared += 1;
            current.push((output, printed));
        }
        if std::env::var_os("MESHBENCH_UPDATE").is_some() && !current.is_empty() {
            // From the last one on, so that places before it stay what they are.
            for (output, printed) in current.iter().rev() {
                text.replace_range(output.clone(), printed);
            }
            fs::write(&path, text).unwrap();
        } else {
            for (output, printed) in current {
                assert_eq!(printed, text[output], "{document} is not current; write it anew with MESHBENCH_UPDATE=1");
            }
        }
    }
    assert!(compared >= 10, "only {compared} outputs were compared");
    assert!(ran >= 6, "only {ran} commands were found");
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut followed = 0;
    for document in documents() {
        let path = project().join(&document);
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if !link.starts_with("http") && !file.is_empty() {
                assert!(path.parent().unwrap().join(file).exists(), "{document}: {link}");
                followed += 1;
            }
        }
    }
    assert!(followed > 10, "only {followed} links were found");
}

#[test]
fn options_in_the_readme_exist() {
    let folder = tempfile::tempdir().unwrap();
    for (command, options) in [
        ("lab", ["--seed", "--uml", "--output", "smoke", "--log-format"].as_slice()),
        ("run", &["--ssh-config", "--known-hosts", "--output", "--seed"]),
        ("resume", &["--ssh-config", "--uml"]),
        ("status", &["--json"]),
        ("plan", &["--list", "--seed"]),
    ] {
        let help = run_in(folder.path(), "collect", &[&command, &"--help"]).stdout;
        for option in options {
            assert!(help.contains(option), "{command}: {option} is not in {help}");
        }
    }
}

/// The part of a document under one heading of the third level.
fn recipes(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n### ").skip(1)
}

#[test]
fn a_recipe_without_rows_says_why() {
    let folder = tempfile::tempdir().unwrap();
    campaign::write(&folder.path().join("campaign"));
    let import: [&dyn AsRef<OsStr>; 5] = [&"import", &"vpn-bench", &"campaign", &"-o", &"ds"];
    assert_eq!(run_in(folder.path(), "collect", &import).code, 0);
    let text = fs::read_to_string(project().join("docs/query.md")).unwrap();
    let (mut with, mut without) = (0, 0);
    for recipe in recipes(&text) {
        for example in examples(recipe) {
            for words in commands(&recipe[example.commands]) {
                let sql = words.last().unwrap();
                // A campaign of another framework: one block, summaries for samples, no controls, no counters.
                let query: [&dyn AsRef<OsStr>; 5] = [&"query", &"ds", sql, &"--format", &"csv"];
                let ended = run_in(folder.path(), "analyze", &query);
                assert_eq!(ended.code, 0, "{sql}\n{}", ended.stderr);
                let title = recipe.lines().next().unwrap();
                if ended.stdout.lines().count() > 1 {
                    with += 1;
                } else {
                    without += 1;
                    assert!(
                        recipe.contains("*No row:*"),
                        "`{title}` has no row in an imported campaign, and does not say why"
                    );
                }
            }
        }
    }
    assert!(with >= 5 && without >= 3, "{with} recipes with rows, {without} without");
}

#[test]
fn every_view_is_in_the_document_about_queries() {
    let sql = "SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY view_name";
    let query: [&dyn AsRef<OsStr>; 5] = [&"query", &"data/lab-five", &sql, &"--format", &"csv"];
    let listed = run_in(&project(), "analyze", &query).stdout;
    let listed: Vec<&str> = listed.lines().skip(1).collect();
    let text = fs::read_to_string(project().join("docs/query.md")).unwrap();
    let table = text.split("| view | a row is |").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap();
    let mut told: Vec<&str> =
        table.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|rest| rest.split('`').next()).collect();
    told.sort_unstable();
    assert_eq!(told, listed);
    assert!(listed.len() >= 14, "{listed:?}");
}
