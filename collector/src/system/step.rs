//! One step of a system file: what is done, on which hosts, and what is learnt from it.

use super::error::SystemFileError;
use meshbench_terminal::Known;
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use toml::Spanned;

/// A template with its place in the file.
pub type Text = Spanned<String>;

/// How long a program may take when the step does not say.
const DEADLINE: Duration = Duration::from_secs(20);
/// Only the owner reads what is written, unless the step says otherwise.
const MODE: u32 = 0o600;

/// A step, checked.
#[derive(Debug, Clone)]
pub struct Step {
    /// The line where it stands in the file, counted from 1.
    pub line: usize,
    /// Only hosts of this role do it.
    pub role: Option<String>,
    /// Only these implementations need it; all do where the list is empty.
    pub implementations: Vec<String>,
    /// Whether each host does it once, or once for each host of a list.
    pub for_each: Option<Each>,
    /// What is done.
    pub action: Action<Text>,
}

/// The hosts that a repeated step goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Each {
    /// All of them.
    Hosts,
    /// All but the one that does it.
    Peers,
}

/// What is done. `T` is a template, or the text that it gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<T> {
    /// Run a program to its end.
    Run(Run<T>),
    /// Start a daemon.
    Launch {
        /// What it is called for the agent, unique on its host; with `for_each` the host's number is added to it.
        name: String,
        /// The program and its arguments.
        command: Vec<T>,
        /// Variables on top of the file's.
        environment: BTreeMap<String, T>,
    },
    /// Write a file within the system's folder.
    Write {
        /// Its path, relative.
        path: T,
        /// Permission bits.
        mode: u32,
        /// Its whole content.
        content: T,
    },
    /// Have a program run in the end, whatever happens.
    Undo(Vec<T>),
    /// Set a kernel parameter as long as the system is up.
    Sysctl {
        /// Its name, with dots.
        key: T,
        /// Its value.
        value: T,
    },
}

/// A program that runs to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Run<T> {
    /// The program and its arguments.
    pub command: Vec<T>,
    /// What it reads.
    pub stdin: Option<T>,
    /// Variables on top of the file's.
    pub environment: BTreeMap<String, T>,
    /// It is ended after this time.
    pub deadline: Duration,
    /// It is run again until it succeeds, for so long.
    pub retry: Option<Duration>,
    /// What of its output becomes a fact.
    pub capture: Option<Capture>,
}

/// An output that becomes a fact.
#[derive(Debug, Clone)]
pub struct Capture {
    /// The fact's name.
    pub fact: String,
    /// What of the output it is: the first group, or the whole match where there is none.
    pub pattern: Option<Regex>,
    /// Who may know it.
    pub secrecy: Secrecy,
}

impl PartialEq for Capture {
    fn eq(&self, other: &Self) -> bool {
        let pattern = |capture: &Self| capture.pattern.as_ref().map(Regex::as_str).map(str::to_owned);
        (&self.fact, self.secrecy, pattern(self)) == (&other.fact, other.secrecy, pattern(other))
    }
}

impl Capture {
    /// The fact in an output; `None` where the pattern is not in it, or nothing is left.
    pub fn of(&self, output: &str) -> Option<String> {
        let found = match &self.pattern {
            None => output,
            Some(pattern) => first_group(pattern, output)?,
        };
        let found = found.trim();
        (!found.is_empty()).then(|| found.to_owned())
    }
}

/// The first group of the first match, or the whole match where the pattern has no group.
pub fn first_group<'a>(pattern: &Regex, text: &'a str) -> Option<&'a str> {
    let groups = pattern.captures(text)?;
    groups.get(1).or_else(|| groups.get(0)).map(|found| found.as_str())
}

/// Who may know a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// Everybody.
    Public,
    /// Every host, and no message.
    Shared,
    /// Only templates of the host itself, and no message.
    Own,
}

impl<T> Action<T> {
    /// The same action with every text replaced: an argument by what `arguments` makes of it, which can be
    /// several, all else by what `text` makes of it.
    pub fn render<U, E>(
        &self,
        arguments: impl Fn(&T) -> Result<Vec<U>, E>,
        text: impl Fn(&T, Use) -> Result<U, E>,
    ) -> Result<Action<U>, E> {
        let words = |words: &[T]| -> Result<Vec<U>, E> {
            let lists = words.iter().map(&arguments).collect::<Result<Vec<Vec<U>>, E>>()?;
            Ok(lists.into_iter().flatten().collect())
        };
        let map = |texts: &BTreeMap<String, T>| -> Result<BTreeMap<String, U>, E> {
            texts.iter().map(|(key, value)| Ok((key.clone(), text(value, Use::Content)?))).collect()
        };
        Ok(match self {
            Self::Undo(command) => Action::Undo(words(command)?),
            Self::Launch { name, command, environment } => {
                Action::Launch { name: name.clone(), command: words(command)?, environment: map(environment)? }
            }
            Self::Run(run) => Action::Run(Run {
                command: words(&run.command)?,
                stdin: run.stdin.as_ref().map(|stdin| text(stdin, Use::Content)).transpose()?,
                environment: map(&run.environment)?,
                deadline: run.deadline,
                retry: run.retry,
                capture: run.capture.clone(),
            }),
            Self::Write { path, mode, content } => {
                Action::Write { path: text(path, Use::Argument)?, mode: *mode, content: text(content, Use::Content)? }
            }
            Self::Sysctl { key, value } => {
                Action::Sysctl { key: text(key, Use::Argument)?, value: text(value, Use::Argument)? }
            }
        })
    }
}

/// What becomes of a text: everybody on a host sees the arguments of its programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Visible to others: no secret may be in it.
    Argument,
    /// Visible to the program only.
    Content,
}

/// A step as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawStep {
    run: Option<Spanned<Vec<Text>>>,
    launch: Option<Spanned<Vec<Text>>>,
    write: Option<Text>,
    undo: Option<Spanned<Vec<Text>>>,
    sysctl: Option<Text>,
    role: Option<Text>,
    implementation: Option<Spanned<OneOrMore>>,
    for_each: Option<Spanned<Each>>,
    name: Option<Text>,
    content: Option<Text>,
    mode: Option<Spanned<u32>>,
    stdin: Option<Text>,
    environment: Option<Spanned<BTreeMap<String, Text>>>,
    deadline: Option<Spanned<crate::units::Span>>,
    retry: Option<Spanned<crate::units::Span>>,
    capture: Option<Text>,
    pattern: Option<Text>,
    secret: Option<Spanned<bool>>,
    shared: Option<Spanned<bool>>,
    value: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// What a step can refer to.
pub struct Names<'a> {
    /// The roles of the file.
    pub roles: Vec<&'a str>,
    /// Its implementations.
    pub implementations: Vec<&'a str>,
    /// Its name and whole text, for errors.
    pub origin: &'a str,
    /// The text.
    pub text: &'a str,
}

impl Names<'_> {
    fn fail<T>(&self, span: std::ops::Range<usize>, message: impl Into<String>) -> Result<T, SystemFileError> {
        Err(SystemFileError::at(self.origin, self.text, span, message))
    }

    fn known(
        &self,
        what: &str,
        known: &[&str],
        name: &str,
        span: std::ops::Range<usize>,
    ) -> Result<(), SystemFileError> {
        if known.contains(&name) {
            return Ok(());
        }
        let what = format!("{what} of this file");
        self.fail(span, Known::new(&what, known.iter().copied()).unknown(name).to_string())
    }
}

/// Where something stands, if it is there.
fn place<T>(value: &Option<Spanned<T>>) -> Option<std::ops::Range<usize>> {
    value.as_ref().map(Spanned::span)
}

impl RawStep {
    /// Checks a step that stands at `span`.
    pub fn check(self, span: std::ops::Range<usize>, names: &Names<'_>) -> Result<Step, SystemFileError> {
        let kinds = [
            ("run", place(&self.run)),
            ("launch", place(&self.launch)),
            ("write", place(&self.write)),
            ("undo", place(&self.undo)),
            ("sysctl", place(&self.sysctl)),
        ];
        let mut present = kinds.iter().filter_map(|(kind, span)| Some((*kind, span.clone()?)));
        let Some((kind, kind_span)) = present.next() else {
            return names.fail(span, "a step has one of `run`, `launch`, `write`, `undo`, `sysctl`");
        };
        if let Some((other, span)) = present.next() {
            return names.fail(span, format!("a step does one thing: this one has `{kind}` and `{other}`"));
        }
        self.check_details(kind, names)?;
        if let Some(role) = &self.role {
            names.known("role", &names.roles, role.get_ref(), role.span())?;
        }
        let mut implementations = Vec::new();
        if let Some(named) = self.implementation {
            let span = named.span();
            implementations = match named.into_inner() {
                OneOrMore::One(name) => vec![name],
                OneOrMore::More(names) => names,
            };
            for name in &implementations {
                names.known("implementation", &names.implementations, name, span.clone())?;
            }
        }
        let line = names.text.get(..kind_span.start).unwrap_or_default().matches('\n').count() + 1;
        let for_each = self.for_each.map(Spanned::into_inner);
        if let (Some(_), Some(capture), None) = (for_each, &self.capture, &self.role) {
            let message =
                "with `for_each`, the fact becomes one of that host, so one host only may find it: give a `role`";
            return names.fail(capture.span(), message);
        }
        let capture = capture(self.capture, self.pattern, self.secret, self.shared, names)?;
        let environment = self.environment.map(Spanned::into_inner).unwrap_or_default();
        let span_of = |span: Option<Spanned<crate::units::Span>>| span.map(|span| span.get_ref().get());
        let action = if let Some(command) = self.run {
            Action::Run(Run {
                command: words(command, names)?,
                stdin: self.stdin,
                environment,
                deadline: span_of(self.deadline).unwrap_or(DEADLINE),
                retry: span_of(self.retry),
                capture,
            })
        } else if let Some(command) = self.launch {
            let command = words(command, names)?;
            let own =
                || command.first().map(|program| program.get_ref().rsplit('/').next().unwrap_or_default().to_owned());
            let name = self.name.map(Spanned::into_inner).or_else(own).unwrap_or_default();
            if name.parse::<crate::host::HostName>().is_err() {
                return names
                    .fail(kind_span, format!("`{name}` cannot name a daemon: give it a `name` of letters and digits"));
            }
            Action::Launch { name, command, environment }
        } else if let Some(path) = self.write {
            match self.content {
                Some(content) => Action::Write { path, mode: self.mode.map_or(MODE, Spanned::into_inner), content },
                None => return names.fail(path.span(), "`write` needs `content`"),
            }
        } else if let Some(command) = self.undo {
            Action::Undo(words(command, names)?)
        } else if let (Some(key), Some(value)) = (self.sysctl, self.value) {
            Action::Sysctl { key, value }
        } else {
            return names.fail(kind_span, "`sysctl` needs `value`");
        };
        Ok(Step { line, role: self.role.map(Spanned::into_inner), implementations, for_each, action })
    }

    /// Refuses keys that mean nothing for this kind of step.
    fn check_details(&self, kind: &str, names: &Names<'_>) -> Result<(), SystemFileError> {
        let details = [
            ("name", &["launch"][..], place(&self.name)),
            ("content", &["write"], place(&self.content)),
            ("mode", &["write"], place(&self.mode)),
            ("stdin", &["run"], place(&self.stdin)),
            ("environment", &["run", "launch"], place(&self.environment)),
            ("deadline", &["run"], place(&self.deadline)),
            ("retry", &["run"], place(&self.retry)),
            ("capture", &["run"], place(&self.capture)),
            ("value", &["sysctl"], place(&self.value)),
        ];
        for (detail, meant_for, span) in details {
            if let Some(span) = span.filter(|_| !meant_for.contains(&kind)) {
                let message =
                    format!("`{detail}` belongs to `{}`, and this step has `{kind}`", meant_for.join("` or `"));
                return names.fail(span, message);
            }
        }
        let of_capture =
            [("pattern", place(&self.pattern)), ("secret", place(&self.secret)), ("shared", place(&self.shared))];
        for (detail, span) in of_capture {
            if let Some(span) = span.filter(|_| self.capture.is_none()) {
                return names.fail(span, format!("`{detail}` belongs to `capture`, and this step has none"));
            }
        }
        Ok(())
    }
}

fn words(command: Spanned<Vec<Text>>, names: &Names<'_>) -> Result<Vec<Text>, SystemFileError> {
    if command.get_ref().is_empty() {
        return names.fail(command.span(), "a command is a program and its arguments: [\"program\", \"argument\", …]");
    }
    Ok(command.into_inner())
}

fn capture(
    fact: Option<Text>,
    pattern: Option<Text>,
    secret: Option<Spanned<bool>>,
    shared: Option<Spanned<bool>>,
    names: &Names<'_>,
) -> Result<Option<Capture>, SystemFileError> {
    let Some(fact) = fact else { return Ok(None) };
    super::template::check_name(fact.get_ref()).or_else(|message| names.fail(fact.span(), message))?;
    let secret_wanted = secret.is_some_and(Spanned::into_inner);
    let secrecy = match (secret_wanted, &shared) {
        (false, None) => Secrecy::Public,
        (true, Some(shared)) if *shared.get_ref() => Secrecy::Shared,
        (true, _) => Secrecy::Own,
        (false, Some(shared)) => {
            return names.fail(shared.span(), "`shared` is for secrets: all other facts are known to all hosts anyway");
        }
    };
    let pattern = pattern.map(|pattern| regex(&pattern, names.origin, names.text)).transpose()?;
    Ok(Some(Capture { fact: fact.into_inner(), pattern, secrecy }))
}

/// A regular expression with its place.
pub fn regex(pattern: &Text, origin: &str, text: &str) -> Result<Regex, SystemFileError> {
    Regex::new(pattern.get_ref()).map_err(|error| SystemFileError::at(origin, text, pattern.span(), error.to_string()))
}
