//! `collect agent`: the part of `collect` that runs on a host. It holds a [`lease`]: everything that is changed
//! on the host or runs there ends with it.
//!
//! ```text
//! controller ── SSH ── agent ─┬─ daemons and tools, each in a cgroup of its own
//!                        │    └─ undo list, on a tmpfs
//!                     guardian (a session of its own)
//! ```
//!
//! The lease ends when the controller says so, when the connection closes, when nothing was heard for the
//! deadline, or when the agent dies: then its guardian, which notices by a pipe, restores from the list. An
//! agent whose guardian dies starts another one. Whatever both leave is restored by the next agent.

pub mod change;
pub mod echo;
pub mod filter;
pub mod fitness;
pub mod lease;
pub mod look;
pub mod process;
pub mod protocol;
pub mod watch;

use crate::{spawn, ui};
use lease::Lease;
use process::{Cgroups, Programs, locked};
use protocol::{Answer, Call, Finished, First, Hello, Line, Refusal, RefusalKind, Reply, Request, Scope, VERSION};
use std::collections::BTreeMap;
use std::io::{BufRead, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Name of the guardian's command; not for people to call.
pub const GUARDIAN: &str = "agent-guardian";
/// Seconds without a request after which an agent gives its lease up.
const DEADLINE_S: u64 = 30;

/// What `collect agent` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct AgentArgs {
    /// Name of the lease to take: letters, digits and `-`. Requests are then read from standard input
    #[arg(long, required_unless_present = "sweep")]
    pub lease: Option<String>,
    /// Only restore what leases have left that nobody holds any more, say so, and end
    #[arg(long, conflicts_with = "lease")]
    pub sweep: bool,
    /// Where leases are kept: a folder on a tmpfs
    #[arg(long, default_value = lease::ROOT)]
    pub root: PathBuf,
    /// Seconds without a request after which everything is restored
    #[arg(long, default_value_t = DEADLINE_S)]
    pub deadline: u64,
}

/// Why an agent could not do something.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The operating system said no.
    #[error("failed to {what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// What it said.
        error: std::io::Error,
    },
    /// A program could not be started.
    #[error("failed to start the program `{program}`: {error}")]
    Spawn {
        /// The program.
        program: String,
        /// What the operating system said.
        error: std::io::Error,
    },
    /// Somebody else holds the host.
    #[error("failed to take this host: another campaign is using it (lease {lease}); wait for it, or end it")]
    InUse {
        /// Their lease.
        lease: String,
    },
    /// Something was refused, or did not work.
    #[error("failed to {what}: {message}")]
    Failed {
        /// What was tried.
        what: String,
        /// Why not.
        message: String,
    },
    /// Something could not be put back.
    #[error("failed to restore the host: {what}")]
    Restore {
        /// What, as sentences.
        what: String,
    },
}

impl AgentError {
    /// Wraps an I/O error with what was tried.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }

    /// What the controller is told.
    fn refusal(&self) -> Refusal {
        let kind = match self {
            Self::Io { error, .. } => match error.kind() {
                ErrorKind::PermissionDenied => RefusalKind::NotRoot,
                ErrorKind::WouldBlock => RefusalKind::HostInUse,
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => RefusalKind::NoRoom,
                _ => RefusalKind::System,
            },
            Self::Spawn { .. } => RefusalKind::NotStarted,
            Self::InUse { .. } => RefusalKind::HostInUse,
            Self::Failed { .. } | Self::Restore { .. } => RefusalKind::Other,
        };
        Refusal { kind, message: self.to_string() }
    }
}

/// Runs the guardian if this process was started as one.
pub fn entry() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()?.to_str()? != GUARDIAN {
        return None;
    }
    let folder = PathBuf::from(arguments.next().unwrap_or_default());
    // The agent holds the other end and never writes: the end of the input is the end of the agent.
    let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
    match lease::restore_when_free(&folder) {
        Ok(()) => Some(ExitCode::SUCCESS),
        Err(_) => Some(ExitCode::FAILURE),
    }
}

/// Folders of programs for administrators, which a `sudo` without `secure_path` and many users' shells leave out.
const ADMINISTRATORS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// The `PATH` with which programs of administrators are found; `None` where this process has it already.
fn whole_path(path: &str) -> Option<String> {
    let lacking = ADMINISTRATORS.into_iter().filter(|folder| !path.split(':').any(|known| known == *folder));
    let lacking: Vec<&str> = lacking.collect();
    let own = Some(path).filter(|path| !path.is_empty());
    (!lacking.is_empty()).then(|| own.into_iter().chain(lacking).collect::<Vec<_>>().join(":"))
}

/// Runs as an agent until its lease ends.
pub fn main(args: &AgentArgs) -> ExitCode {
    // By starting again rather than by changing the environment, which is not safe to do. `tc`, `ip` and daemons are found.
    if let Some(path) = whole_path(&std::env::var("PATH").unwrap_or_default()) {
        let mut again = Command::new(spawn::THIS_PROGRAM);
        std::os::unix::process::CommandExt::arg0(again.args(std::env::args_os().skip(1)), "collect");
        let error = std::os::unix::process::CommandExt::exec(again.env("PATH", path));
        ui::say(&format!("error: failed to start again with a whole PATH: {error}"));
        return ExitCode::FAILURE;
    }
    let swept = lease::sweep(&args.root);
    let Some(name) = args.lease.as_deref() else {
        for line in &swept {
            ui::say(line);
        }
        return ExitCode::SUCCESS;
    };
    match serve(args, name, swept) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui::say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// What the threads of an agent share.
struct Agent {
    lease: Mutex<Option<Lease>>,
    name: String,
    programs: Programs,
    watch: Mutex<Option<watch::Watch>>,
    echoes: Mutex<Vec<echo::Echo>>,
    out: Mutex<std::io::Stdout>,
    heard: Mutex<Instant>,
}

fn serve(args: &AgentArgs, name: &str, swept: Vec<String>) -> Result<(), AgentError> {
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') || name.is_empty() || name.len() > 64 {
        let message = "use up to 64 letters, digits and `-`".to_owned();
        return Err(AgentError::Failed { what: format!("name a lease `{}`", name.escape_debug()), message });
    }
    let (lease, cgroups) = match begin(&args.root, name) {
        Ok(begun) => begun,
        Err(error) => {
            write_line(&std::io::stdout(), &First::Refused { refused: error.refusal() });
            return Err(error);
        }
    };
    let hello = Hello {
        protocol: VERSION,
        folder: lease.work().display().to_string(),
        cgroups: cgroups.usable(),
        swept,
        deadline_s: args.deadline,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ssh: look::ssh(),
    };
    let programs = Programs::new(name.to_owned(), lease.work(), cgroups);
    let agent = Arc::new(Agent {
        lease: Mutex::new(Some(lease)),
        name: name.to_owned(),
        programs,
        watch: Mutex::default(),
        echoes: Mutex::default(),
        out: Mutex::new(std::io::stdout()),
        heard: Mutex::new(Instant::now()),
    });
    agent.write(&First::Hello(hello));
    let watched = Arc::clone(&agent);
    let deadline = Duration::from_secs(args.deadline.max(1));
    std::thread::spawn(move || {
        while locked(&watched.heard).elapsed() < deadline {
            std::thread::sleep(Duration::from_millis(500));
        }
        // Nobody is there any more who could read an error.
        let code = i32::from(watched.release().is_err());
        std::process::exit(code);
    });
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = std::io::Read::take(&mut input, protocol::LONGEST_LINE).read_until(b'\n', &mut line);
        if !matches!(read, Ok(1..)) || line.last() != Some(&b'\n') {
            break;
        }
        *locked(&agent.heard) = Instant::now();
        let Ok(request) = serde_json::from_slice::<Request>(&line) else {
            // A line that is no request means that the two ends do not understand each other.
            break;
        };
        if request.call == Call::Release {
            let result = agent.release().map(|()| Answer::Done).map_err(|error| error.refusal());
            agent.write(&Line::Reply(Reply { id: request.id, result }));
            return Ok(());
        }
        let agent = Arc::clone(&agent);
        std::thread::spawn(move || {
            let result = agent.answer(request.call).map_err(|error| error.refusal());
            agent.write(&Line::Reply(Reply { id: request.id, result }));
        });
    }
    agent.release()
}

/// Takes a lease, with a guardian.
fn begin(root: &Path, name: &str) -> Result<(Lease, Cgroups), AgentError> {
    let mut lease = Lease::take(root, name)?;
    guard(lease.folder())?;
    let cgroups = Cgroups::make(name);
    if cgroups.usable() {
        lease.note(Scope::Lease, lease::Undo::Cgroup { path: Cgroups::path(name) })?;
    }
    Ok((lease, cgroups))
}

/// Writes a line. A controller that does not read any more closes the agent's input soon.
fn write_line(mut out: impl Write, line: &impl serde::Serialize) {
    let mut text = serde_json::to_vec(line).unwrap_or_default();
    text.push(b'\n');
    let _ = out.write_all(&text).and_then(|()| out.flush());
}

/// Starts a guardian for a lease, and another one whenever it ends.
fn guard(folder: &Path) -> Result<(), AgentError> {
    let start = |folder: &Path| -> std::io::Result<(std::process::Child, std::io::PipeWriter)> {
        let (read, write) = std::io::pipe()?;
        let mut command = Command::new(spawn::THIS_PROGRAM);
        // Under a name of its own: who ends all agents by name must not end their guardians.
        std::os::unix::process::CommandExt::arg0(&mut command, "meshbench-guardian");
        command.arg(GUARDIAN).arg(folder).stdin(read).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
        spawn::in_session_of_its_own(&mut command, None);
        Ok((command.spawn()?, write))
    };
    let mut guardian = start(folder).map_err(AgentError::io("start a guardian"))?;
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        loop {
            let _ = guardian.0.wait();
            if !folder.exists() {
                return;
            }
            match start(&folder) {
                Ok(next) => guardian = next,
                Err(_) => std::thread::sleep(Duration::from_secs(1)),
            }
        }
    });
    Ok(())
}

impl Agent {
    fn write(&self, line: &impl serde::Serialize) {
        write_line(&mut *locked(&self.out), line);
    }

    /// Ends the lease, once.
    fn release(&self) -> Result<(), AgentError> {
        drop(locked(&self.watch).take());
        locked(&self.echoes).clear();
        // Daemons may clean up after themselves.
        self.programs.stop_daemons();
        match locked(&self.lease).take() {
            Some(lease) => lease.end(),
            None => Ok(()),
        }
    }

    fn leased<T>(&self, action: impl FnOnce(&mut Lease) -> Result<T, AgentError>) -> Result<T, AgentError> {
        match locked(&self.lease).as_mut() {
            Some(lease) => action(lease),
            None => Err(AgentError::Failed { what: "change the host".into(), message: "the lease has ended".into() }),
        }
    }

    fn answer(self: &Arc<Self>, call: Call) -> Result<Answer, AgentError> {
        let finished = |finished: Finished| Answer::Finished(finished);
        match call {
            Call::Renew | Call::Release => Ok(Answer::Done),
            Call::Run(task) => self.programs.run(&task).map(finished),
            Call::Launch { name, role, task } => self.programs.launch(&name, role, &task).map(|()| Answer::Done),
            Call::Finish { name } => self.programs.finish(&name).map(finished),
            Call::Stop { name } => self.programs.stop(&name).map(finished),
            Call::Launched => Ok(Answer::Launched(self.programs.report())),
            Call::Listening { transport, port, within_ms, unless_ended } => {
                let started = Instant::now();
                let within = Duration::from_millis(within_ms);
                loop {
                    if look::listening(transport, port) {
                        return Ok(Answer::Flag(true));
                    }
                    let ended = unless_ended.as_ref().is_some_and(|name| self.programs.ended(name));
                    if ended || started.elapsed() > within {
                        return Ok(Answer::Flag(false));
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
            Call::Write { path, mode, content } => {
                let folder = self.leased(|lease| Ok(lease.work()))?;
                write(&folder, &path, mode, &content.0).map(|()| Answer::Done)
            }
            Call::Change { scope, change } => {
                self.leased(|lease| change::make(lease, scope, &change)).map(|()| Answer::Done)
            }
            Call::Restore { scope } => {
                if scope == Scope::System {
                    self.programs.stop_daemons();
                }
                self.leased(|lease| lease.restore(scope)).map(|()| Answer::Done)
            }
            Call::Read { interfaces } => Ok(Answer::Reading(look::read(&interfaces))),
            Call::Watch { data, overlay, qdiscs } => {
                let cgroups = self.programs.cgroups().clone();
                let watched = watch::Watched { data, overlay, qdiscs, cgroups };
                let agent = Arc::clone(self);
                *locked(&self.watch) = Some(watch::Watch::start(watched, move |line| agent.write(&line)));
                Ok(Answer::Done)
            }
            Call::Unwatch => {
                let watch = locked(&self.watch).take();
                Ok(Answer::Seconds(watch.map(watch::Watch::end).unwrap_or_default()))
            }
            Call::Echo { address } => {
                locked(&self.echoes).clear();
                let echo = echo::Echo::start(address)?;
                locked(&self.echoes).push(echo);
                Ok(Answer::Done)
            }
            Call::Probe { address, count, interval_ms } => {
                let (sent, answered) = echo::probe(address, count, Duration::from_millis(interval_ms))?;
                Ok(Answer::Echoed { sent, answered })
            }
            Call::Fingerprint => Ok(Answer::Facts(look::fingerprint(&self.name))),
            Call::Fitness { interface, impairs } => {
                let work = self.leased(|lease| Ok(lease.work()))?;
                Ok(Answer::Unfit(fitness::look(&work, &interface, impairs)))
            }
        }
    }
}

/// Writes a file below a folder, with the folders above it.
fn write(folder: &Path, path: &str, mode: u32, content: &[u8]) -> Result<(), AgentError> {
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::Component;
    let relative = Path::new(path);
    if path.is_empty() || !relative.components().all(|part| matches!(part, Component::Normal(_))) {
        let message = "use a relative path without `..`".to_owned();
        return Err(AgentError::Failed { what: format!("write `{}`", path.escape_debug()), message });
    }
    let path = folder.join(relative);
    let write = || {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        // Anew, so that the mode holds and a link is not followed.
        let _ = std::fs::remove_file(&path);
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode & 0o777).open(&path)?;
        file.write_all(content)
    };
    write().map_err(AgentError::io(format!("write {}", path.display())))
}

/// Names and values that differ between two fingerprints, as sentences.
pub fn differences(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut found = Vec::new();
    for key in keys {
        let value = |facts: &BTreeMap<String, String>| facts.get(key).cloned().unwrap_or_default();
        let (old, new) = (value(before), value(after));
        if old == new {
            continue;
        }
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<String>>();
        let (old, new) = (lines(&old), lines(&new));
        let gone: Vec<String> = old.difference(&new).map(|line| format!("-{line}")).collect();
        let come: Vec<String> = new.difference(&old).map(|line| format!("+{line}")).collect();
        found.push(format!("{key}: {}", [gone, come].concat().join(" ")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_administrators_are_found() {
        let whole = whole_path("/usr/bin:/bin").unwrap();
        assert_eq!(whole, "/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin");
        assert_eq!(whole_path(&whole), None, "once is enough");
        assert_eq!(whole_path("").unwrap(), "/usr/local/sbin:/usr/sbin:/sbin");
    }

    #[test]
    fn a_refusal_has_the_kind_of_its_error() {
        let io = |kind: ErrorKind| AgentError::io("try")(kind.into()).refusal().kind;
        assert_eq!(io(ErrorKind::PermissionDenied), RefusalKind::NotRoot);
        assert_eq!(io(ErrorKind::StorageFull), RefusalKind::NoRoom);
        assert_eq!(io(ErrorKind::NotFound), RefusalKind::System);
        let absent = AgentError::Spawn { program: "x".to_owned(), error: ErrorKind::NotFound.into() };
        assert_eq!(absent.refusal().kind, RefusalKind::NotStarted);
        let held = AgentError::InUse { lease: "a".to_owned() };
        assert_eq!(held.refusal().kind, RefusalKind::HostInUse);
    }

    #[test]
    fn files_stay_below_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a/b", 0o600, b"x").unwrap();
        assert_eq!(std::fs::read(folder.path().join("a/b")).unwrap(), b"x");
        for bad in ["../x", "/etc/x", "a/../../x", ""] {
            assert!(write(folder.path(), bad, 0o600, b"").is_err(), "{bad}");
        }
    }

    #[test]
    fn a_difference_names_what_went_and_what_came() {
        let fact = |text: &str| BTreeMap::from([("links".to_owned(), text.to_owned())]);
        assert_eq!(differences(&fact("lo\neth0"), &fact("lo\nwg0")), ["links: -eth0 +wg0"]);
        assert!(differences(&fact("lo"), &fact("lo")).is_empty());
    }
}
