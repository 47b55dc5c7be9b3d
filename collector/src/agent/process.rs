//! Programs on this host: each ends with its deadline or with the lease, whatever it does.
//!
//! Every program is started in a cgroup of its own where the host lets us make one, and carries the lease's
//! name in its environment, so that what it leaves behind is found again either way.

use super::AgentError;
use super::protocol::{Bytes, Finished, Launched, OUTPUT_LIMIT, Role, Task};
use crate::spawn;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The variable that every program of a lease has.
pub const VARIABLE: &str = "MESHBENCH_LEASE";
/// Where cgroups are.
const CGROUPS: &str = "/sys/fs/cgroup";
/// Time between asking a program to end and ending it.
const TERM_TO_KILL: Duration = Duration::from_secs(2);
/// Bytes of a daemon's output that are kept.
const LOG_KEPT: usize = 256 * 1024;

/// Cgroups of a lease: a folder with a child for each program.
#[derive(Debug, Clone, Default)]
pub struct Cgroups(Option<PathBuf>);

impl Cgroups {
    /// Makes the lease's cgroup, if the host has cgroup version 2 and lets us.
    pub fn make(lease: &str) -> Self {
        forget_old_ones();
        let path = Self::path(lease);
        let usable = Path::new(CGROUPS).join("cgroup.controllers").exists()
            && fs::create_dir(&path).is_ok()
            // Without `cgroup.kill` (Linux 5.14) a cgroup cannot be ended in one go.
            && path.join("cgroup.kill").exists();
        if !usable {
            let _ = fs::remove_dir(&path);
            return Self(None);
        }
        // Memory is accounted only where the controller is handed down; CPU time always is. The root of a
        // system with systemd has it handed down already.
        let _ = fs::write(path.join("cgroup.subtree_control"), "+memory");
        Self(Some(path))
    }

    /// Where the cgroup of a lease is.
    pub fn path(lease: &str) -> PathBuf {
        Path::new(CGROUPS).join(format!("meshbench.{lease}"))
    }

    /// Whether there are any.
    pub fn usable(&self) -> bool {
        self.0.is_some()
    }

    fn child(&self, name: &str) -> Option<PathBuf> {
        let path = self.0.as_ref()?.join(name);
        match fs::create_dir(&path) {
            Ok(()) => Some(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Some(path),
            Err(_) => None,
        }
    }

    /// Time in user mode, in seconds, of all programs of all leases here: hosts of a lab share the CPU and see each
    /// other's cgroups.
    pub fn user_s(&self) -> Option<f64> {
        self.0.as_ref()?;
        let leases = fs::read_dir(CGROUPS).ok()?.flatten();
        let leases = leases.filter(|entry| entry.file_name().to_string_lossy().starts_with("meshbench."));
        let of = |entry: fs::DirEntry| -> Option<f64> {
            let stat = fs::read_to_string(entry.path().join("cpu.stat")).ok()?;
            stat.lines().find_map(|line| line.strip_prefix("user_usec ")?.trim().parse::<f64>().ok())
        };
        Some(leases.filter_map(of).sum::<f64>() / 1e6)
    }

    /// CPU time in seconds and memory in bytes of everything that was launched as a daemon.
    pub fn daemons(&self) -> Option<(f64, Option<f64>)> {
        let folder = self.0.as_ref()?;
        let (mut cpu_s, mut memory, mut any) = (0.0, None, false);
        for child in fs::read_dir(folder).ok()?.flatten() {
            if !child.file_name().to_string_lossy().starts_with(DAEMON) {
                continue;
            }
            let stat = fs::read_to_string(child.path().join("cpu.stat")).unwrap_or_default();
            let usage = stat.lines().find_map(|line| line.strip_prefix("usage_usec ")?.trim().parse::<f64>().ok());
            if let Some(usage) = usage {
                cpu_s += usage / 1e6;
                any = true;
            }
            let current = fs::read_to_string(child.path().join("memory.current")).unwrap_or_default();
            if let Ok(bytes) = current.trim().parse::<f64>() {
                memory = Some(memory.unwrap_or(0.0) + bytes);
            }
        }
        any.then_some((cpu_s, memory))
    }
}

/// Removes empty cgroups of leases that ended long ago with everything that could have removed them, as those of a
/// lab whose namespaces were killed.
fn forget_old_ones() {
    const OLD: Duration = Duration::from_secs(3600);
    for entry in fs::read_dir(CGROUPS).into_iter().flatten().flatten() {
        let path = entry.path();
        let ours = entry.file_name().to_string_lossy().starts_with("meshbench.");
        let age = entry.metadata().ok().and_then(|meta| meta.modified().ok()?.elapsed().ok());
        let events = fs::read_to_string(path.join("cgroup.events")).unwrap_or_default();
        if ours && age.is_some_and(|age| age > OLD) && events.contains("populated 0") {
            let _ = remove_cgroup(&path);
        }
    }
}

/// Cgroups of daemons begin with this.
const DAEMON: &str = "daemon-";

/// Ends everything in a cgroup and removes it with its children; none there is fine.
pub fn remove_cgroup(path: &Path) -> Result<(), AgentError> {
    if !path.exists() {
        return Ok(());
    }
    let _ = fs::write(path.join("cgroup.kill"), "1");
    // A killed process leaves its cgroup a moment later.
    for _ in 0..200 {
        for child in fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if child.is_dir() {
                let _ = fs::remove_dir(child);
            }
        }
        if fs::remove_dir(path).is_ok() || !path.exists() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(AgentError::Failed {
        what: format!("remove the cgroup {}", path.display()),
        message: "it is still in use".into(),
    })
}

/// Ends every program of a lease: what is in its cgroup, and what carries its name.
pub fn end_all(lease: &str) {
    let _ = remove_cgroup(&Cgroups::path(lease));
    let mark = format!("{VARIABLE}={lease}");
    let own = std::process::id();
    // Again until nothing is found: a program may start another one while the list is read.
    for _ in 0..50 {
        let found = marked(&mark, own);
        if found.is_empty() {
            return;
        }
        for pid in found {
            let _ = kill(pid, Signal::SIGKILL);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Processes, but for `own`, that have `mark` in their environment.
fn marked(mark: &str, own: u32) -> Vec<Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| *pid != own)
        .filter(|pid| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
        })
        .filter_map(|pid| i32::try_from(pid).ok().map(Pid::from_raw))
        .collect()
}

/// The programs that a lease runs.
#[derive(Debug)]
pub struct Programs {
    lease: String,
    folder: PathBuf,
    cgroups: Cgroups,
    launched: Mutex<BTreeMap<String, Arc<Program>>>,
    counter: std::sync::atomic::AtomicU64,
}

/// A program that runs or has run.
#[derive(Debug)]
struct Program {
    role: Role,
    pid: Pid,
    cgroup: Option<PathBuf>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stdout: Kept,
    stderr: Kept,
    ended: Option<Ended>,
    deadline_passed: bool,
}

#[derive(Debug, Clone)]
struct Ended {
    started_us: i64,
    elapsed_s: f64,
    code: Option<i32>,
}

/// Output that is kept up to a limit: the beginning of a tool's, the end of a daemon's.
#[derive(Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    truncated: bool,
}

impl Kept {
    fn push(&mut self, more: &[u8], role: Role) {
        match role {
            Role::Tool => {
                let room = OUTPUT_LIMIT.saturating_sub(self.bytes.len());
                self.truncated |= more.len() > room;
                self.bytes.extend(more.iter().take(room));
            }
            Role::Daemon => {
                self.bytes.extend_from_slice(more);
                if self.bytes.len() > 2 * LOG_KEPT {
                    self.truncated = true;
                    let surplus = self.bytes.len() - LOG_KEPT;
                    self.bytes.drain(..surplus);
                }
            }
        }
    }
}

impl Programs {
    /// No programs yet.
    pub fn new(lease: String, folder: PathBuf, cgroups: Cgroups) -> Self {
        Self { lease, folder, cgroups, launched: Mutex::default(), counter: std::sync::atomic::AtomicU64::new(0) }
    }

    /// The lease's cgroups.
    pub fn cgroups(&self) -> &Cgroups {
        &self.cgroups
    }

    /// Runs a program to its end.
    pub fn run(&self, task: &Task) -> Result<Finished, AgentError> {
        let number = self.counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let program = self.start(&format!("run-{number}"), Role::Tool, task)?;
        Ok(program.wait())
    }

    /// Starts a program that stays.
    pub fn launch(&self, name: &str, role: Role, task: &Task) -> Result<(), AgentError> {
        // What a system file may say is what is taken here.
        if name.parse::<crate::names::HostName>().is_err() {
            let message = "use letters, digits, `.`, `-` and `_`, starting with a letter or digit".to_owned();
            return Err(AgentError::Failed { what: format!("name a program `{}`", name.escape_debug()), message });
        }
        let mut launched = locked(&self.launched);
        if launched.get(name).is_some_and(|program| program.running()) {
            let message = "a program of this name runs already".to_owned();
            return Err(AgentError::Failed { what: format!("launch {name}"), message });
        }
        let prefix = if role == Role::Daemon { DAEMON } else { "tool-" };
        let program = self.start(&format!("{prefix}{name}"), role, task)?;
        launched.insert(name.to_owned(), program);
        Ok(())
    }

    /// Waits for the end of a launched program.
    pub fn finish(&self, name: &str) -> Result<Finished, AgentError> {
        let program = self.find(name)?;
        let finished = program.wait();
        locked(&self.launched).remove(name);
        Ok(finished)
    }

    /// Ends a launched program.
    pub fn stop(&self, name: &str) -> Result<Finished, AgentError> {
        let program = self.find(name)?;
        program.end();
        let state = locked(&program.state);
        // Something in a session of its own may keep the outputs open where there are no cgroups.
        drop(program.changed.wait_timeout_while(state, TERM_TO_KILL, |state| state.ended.is_none()));
        locked(&program.state).ended.get_or_insert(Ended { started_us: 0, elapsed_s: 0.0, code: None });
        self.finish(name)
    }

    /// Ends all programs that were launched as part of the system under test, at once.
    pub fn stop_daemons(&self) {
        let daemons: Vec<(String, Arc<Program>)> = locked(&self.launched)
            .iter()
            .filter(|(_, program)| program.role == Role::Daemon)
            .map(|(name, program)| (name.clone(), Arc::clone(program)))
            .collect();
        std::thread::scope(|scope| {
            for (_, program) in &daemons {
                scope.spawn(|| program.end());
            }
        });
        for (name, _) in daemons {
            locked(&self.launched).remove(&name);
        }
    }

    /// Whether launched programs run, and what they wrote last.
    pub fn report(&self) -> BTreeMap<String, Launched> {
        locked(&self.launched).iter().map(|(name, program)| (name.clone(), program.report())).collect()
    }

    /// Whether a launched program has ended.
    pub fn ended(&self, name: &str) -> bool {
        locked(&self.launched).get(name).is_none_or(|program| !program.running())
    }

    fn find(&self, name: &str) -> Result<Arc<Program>, AgentError> {
        locked(&self.launched).get(name).cloned().ok_or_else(|| AgentError::Failed {
            what: format!("find the program `{}`", name.escape_debug()),
            message: "none of this name was launched".to_owned(),
        })
    }

    fn start(&self, name: &str, role: Role, task: &Task) -> Result<Arc<Program>, AgentError> {
        let mut command = Command::new(&task.program);
        command.args(&task.arguments).envs(&task.environment).env("LC_ALL", "C").env(VARIABLE, &self.lease);
        command.current_dir(&self.folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let cgroup = self.cgroups.child(name);
        spawn::in_session_of_its_own(&mut command, cgroup.as_deref().map(|path| path.join("cgroup.procs")));
        let started_us = jiff::Timestamp::now().as_microsecond();
        let clock = Instant::now();
        let child = command.spawn().map_err(|error| AgentError::Spawn { program: task.program.clone(), error })?;
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
        let program =
            Arc::new(Program { role, pid, cgroup: cgroup.clone(), state: Mutex::default(), changed: Condvar::new() });
        let (watched, stdin) = (Arc::clone(&program), task.stdin.0.clone());
        let deadline = (role == Role::Tool || task.deadline_ms > 0).then(|| Duration::from_millis(task.deadline_ms));
        std::thread::spawn(move || {
            let ended = watched.attend(child, stdin, started_us, clock);
            // A tool's own children must not outlive it.
            if let Some(path) = cgroup.filter(|_| role == Role::Tool) {
                let _ = remove_cgroup(&path);
            }
            locked(&watched.state).ended = Some(ended);
            watched.changed.notify_all();
        });
        if let Some(deadline) = deadline {
            let timed = Arc::clone(&program);
            std::thread::spawn(move || {
                let state = locked(&timed.state);
                let left = deadline.saturating_sub(clock.elapsed());
                let waited = timed.changed.wait_timeout_while(state, left, |state| state.ended.is_none());
                let (mut state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
                if timeout.timed_out() && state.ended.is_none() {
                    state.deadline_passed = true;
                    drop(state);
                    timed.end();
                }
            });
        }
        Ok(program)
    }
}

impl Program {
    /// Feeds a program, keeps what it writes, waits for its end.
    fn attend(&self, mut child: Child, stdin: Vec<u8>, started_us: i64, clock: Instant) -> Ended {
        let (stdout, stderr, input) = (child.stdout.take(), child.stderr.take(), child.stdin.take());
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // A program that does not read it says more itself.
                if let Some(mut pipe) = input {
                    let _ = pipe.write_all(&stdin);
                }
            });
            let out = scope.spawn(|| self.keep(stdout, |state| &mut state.stdout));
            let err = scope.spawn(|| self.keep(stderr, |state| &mut state.stderr));
            let status = child.wait();
            let elapsed_s = clock.elapsed().as_secs_f64();
            // What a program leaves in the background would hold its outputs open for ever: it is ended.
            if self.role == Role::Tool {
                let waited = Instant::now();
                while !(out.is_finished() && err.is_finished()) && waited.elapsed() < TERM_TO_KILL {
                    std::thread::sleep(Duration::from_millis(5));
                }
                let _ = killpg(self.pid, Signal::SIGKILL);
            }
            Ended { started_us, elapsed_s, code: status.ok().and_then(|status| status.code()) }
        })
    }

    fn keep(&self, pipe: Option<impl Read>, which: impl Fn(&mut State) -> &mut Kept) {
        let Some(mut pipe) = pipe else { return };
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = pipe.read(&mut buffer) {
            which(&mut locked(&self.state)).push(buffer.get(..read).unwrap_or_default(), self.role);
        }
    }

    fn running(&self) -> bool {
        locked(&self.state).ended.is_none()
    }

    /// Asks the program and its children to end, and ends them if they do not.
    fn end(&self) {
        let _ = killpg(self.pid, Signal::SIGTERM);
        let state = locked(&self.state);
        let waited = self.changed.wait_timeout_while(state, TERM_TO_KILL, |state| state.ended.is_none());
        let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        if timeout.timed_out() {
            let _ = killpg(self.pid, Signal::SIGKILL);
        }
        // What it started and left is in its cgroup still, and may hold its outputs open.
        if let Some(path) = &self.cgroup {
            let _ = remove_cgroup(path);
        }
    }

    fn wait(&self) -> Finished {
        let state = locked(&self.state);
        let mut state =
            self.changed.wait_while(state, |state| state.ended.is_none()).unwrap_or_else(PoisonError::into_inner);
        let (stdout, stderr) = (std::mem::take(&mut state.stdout), std::mem::take(&mut state.stderr));
        let ended = state.ended.clone();
        let (started_us, elapsed_s, code) = ended.map_or((0, 0.0, None), |e| (e.started_us, e.elapsed_s, e.code));
        Finished {
            started_us,
            elapsed_s,
            code,
            deadline_passed: state.deadline_passed,
            truncated: stdout.truncated || stderr.truncated,
            stdout: Bytes(stdout.bytes),
            stderr: Bytes(stderr.bytes),
        }
    }

    fn report(&self) -> Launched {
        let state = locked(&self.state);
        let mut log = state.stdout.bytes.clone();
        log.extend_from_slice(&state.stderr.bytes);
        Launched { running: state.ended.is_none(), log: Bytes(log) }
    }
}

/// Locks, also after a thread that held it has panicked.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(lease: &str) -> Programs {
        Programs::new(lease.to_owned(), std::env::temp_dir(), Cgroups::default())
    }

    fn sh(script: &str, deadline_ms: u64) -> Task {
        Task {
            program: "sh".to_owned(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            environment: BTreeMap::new(),
            stdin: Bytes(b"hello".to_vec()),
            deadline_ms,
        }
    }

    #[test]
    fn a_program_gets_its_input_and_its_outputs_are_kept_apart() {
        let finished = programs("t1").run(&sh("cat; echo oops >&2; exit 3", 5000)).unwrap();
        assert_eq!(
            (finished.stdout.0.as_slice(), finished.stderr.0.as_slice()),
            (b"hello".as_slice(), b"oops\n".as_slice())
        );
        assert_eq!((finished.code, finished.deadline_passed), (Some(3), false));
    }

    #[test]
    fn a_deadline_ends_a_program_and_its_children() {
        let finished = programs("t2").run(&sh("sleep 100 & sleep 100", 100)).unwrap();
        assert!(finished.deadline_passed);
        assert!(finished.elapsed_s < 5.0);
        assert!(marked(&format!("{VARIABLE}=t2"), std::process::id()).is_empty());
    }

    #[test]
    fn what_a_program_leaves_in_the_background_is_ended() {
        let finished = programs("t3").run(&sh("setsid sleep 100 >/dev/null 2>&1 </dev/null & exit 0", 60_000)).unwrap();
        assert_eq!(finished.code, Some(0));
        end_all("t3");
        assert!(marked(&format!("{VARIABLE}=t3"), std::process::id()).is_empty());
    }

    #[test]
    fn a_launched_program_is_stopped_and_its_words_are_kept() {
        let programs = programs("t4");
        programs.launch("d", Role::Daemon, &sh("echo up; exec sleep 100", 0)).unwrap();
        assert!(programs.launch("d", Role::Daemon, &sh("true", 0)).is_err(), "its name is taken");
        while programs.report()["d"].log.0.is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let finished = programs.stop("d").unwrap();
        assert_eq!((finished.code, finished.stdout.0.as_slice()), (None, b"up\n".as_slice()));
        assert!(programs.finish("d").is_err());
        assert!(programs.launch("a/../b", Role::Daemon, &sh("true", 0)).is_err());
        assert!(programs.launch("..", Role::Daemon, &sh("true", 0)).is_err());
        programs.launch("myvpn.py", Role::Daemon, &sh("true", 0)).unwrap();
    }
}
