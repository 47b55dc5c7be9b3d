//! The lab inside User-Mode Linux: a kernel as an ordinary process, on the machine's own files.
//!
//! The guest's first process is this program, see [`guest`](super::guest). It talks through three pipes,
//! which are terminals in the guest: the kernel's console (kept for the case that it dies), what a person
//! should see (passed on), and the controller's requests and replies. The guest is killed with this process.

use super::LabError;
use super::request::LabResult;
use super::request::{Reply, Request, Task, VARIABLE};
use super::supervise::{self, Event, Finish};
use crate::spawn;
use crate::ui;
use meshbench_terminal::Screen;
use std::io::{PipeReader, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

/// Memory of the guest. It is taken from the machine as it is used; netem's queues can take much.
const MEMORY: &str = "mem=3G";
/// Bytes of the kernel's console that are kept for an error message.
const CONSOLE_KEPT: usize = 4096;
/// Descriptors in the guest's kernel: what a person should see, replies, requests.
const TERMINAL: i32 = 10;
const REPLIES: i32 = 11;
const REQUESTS: i32 = 12;
const TYPED: i32 = 13;
/// Tells the guest that a person is to have a shell on its terminal.
pub const SHELL: &str = "MESHBENCH_SHELL";
/// Tells the guest whether a terminal shows what it writes.
pub const PLAIN: &str = "MESHBENCH_PLAIN";

/// Tells the guest how large the terminal is, which its own would not know.
pub const SCREEN: &str = "MESHBENCH_SCREEN";

/// Runs the lab inside the given kernel.
pub fn run(kernel: &Path, request: &Request) -> Result<LabResult, LabError> {
    let (events, inbox) = mpsc::channel();
    let program = program()?;
    // The kernel keeps its pid file and management socket in a folder. It is removed as soon as the guest
    // runs, so that nothing stays even if this process is killed.
    let folder = tempfile::Builder::new().prefix("meshbench-uml-").tempdir();
    let folder = folder.map_err(LabError::setup("make a folder for User-Mode Linux"))?;
    let pipe = || std::io::pipe().map_err(LabError::setup("make a pipe"));
    let (console, console_write) = pipe()?;
    let (terminal, terminal_write) = pipe()?;
    let (replies, replies_write) = pipe()?;
    let (requests_read, requests) = pipe()?;
    let shell = request.task == Task::Shell;
    let typed = if shell { format!("fd:{TYPED}") } else { "null".to_owned() };
    let mut command = Command::new(kernel);
    command
        .args([MEMORY, "seccomp=on", "root=/dev/root", "rootfstype=hostfs", "rw", "quiet"])
        .args(["con=null", "con0=null,fd:1", "ssl=null"])
        .arg(format!("con1={typed},fd:{TERMINAL}"))
        .arg(format!("con2=fd:{REQUESTS},fd:{REPLIES}"))
        .args(["uml_dir=./", "umid=guest"])
        .arg(format!("init={program}"))
        .arg(format!("{VARIABLE}={}", request.encode()?))
        .arg("lab-init")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stderr(console_write.try_clone().map_err(LabError::setup("copy a descriptor"))?)
        .stdout(console_write);
    if !std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        command.arg(format!("{PLAIN}=1"));
    }
    if let Some(screen) = Screen::of_stderr() {
        command.arg(format!("{SCREEN}={screen}"));
    }
    let mut descriptors = vec![
        (aside(terminal_write.into())?, TERMINAL),
        (aside(replies_write.into())?, REPLIES),
        (aside(requests_read.into())?, REQUESTS),
    ];
    let _raw = if shell {
        command.arg(format!("{SHELL}=1"));
        let terminal = std::io::stdin();
        let copy =
            std::os::fd::AsFd::as_fd(&terminal).try_clone_to_owned().map_err(LabError::setup("copy a descriptor"))?;
        descriptors.push((aside(copy)?, TYPED));
        Some(RawTerminal::new()?)
    } else {
        None
    };
    spawn::with_descriptors(&mut command, descriptors);
    spawn::bound_to_parent(&mut command);
    supervise::watch_signals(&events)?;
    let (started, was_started) = mpsc::channel();
    let ended = events.clone();
    // The guest is killed when this thread ends, so it waits for it.
    std::thread::spawn(move || {
        let child = command.spawn();
        drop(command);
        match child {
            Ok(mut child) => {
                let _ = started.send(Ok(child.id()));
                let status = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
                let _ = ended.send(Event::Ended(status));
            }
            Err(error) => drop(started.send(Err(error))),
        }
    });
    let failed = |cause| LabError::Kernel { path: kernel.to_owned(), cause };
    let gone = |_| std::io::Error::other("the starting thread ended");
    let pid = was_started.recv().map_err(gone).flatten().map_err(failed)?;
    let last_words = keep_console(console);
    let shown = relay(terminal);
    supervise::read_replies(replies, &events);
    let mut folder = Some(folder);
    let kill = || {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap_or(i32::MAX));
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
    };
    let finish = supervise::wait(&inbox, requests, || drop(folder.take()), kill);
    let _ = shown.join();
    match finish {
        Finish::Reply(reply) => request.result(reply),
        Finish::Nothing { interrupted: true, .. } => request.result(Reply::Stopped),
        Finish::Nothing { status, .. } => {
            let console = last_words.lock().unwrap_or_else(PoisonError::into_inner);
            Err(LabError::Guest { console: format!("{} ({status})", crate::host::excerpt(&console)) })
        }
    }
}

/// Our own terminal without its own treatment of keys, which the guest's terminal does; put back when dropped.
struct RawTerminal(nix::sys::termios::Termios);

impl RawTerminal {
    fn new() -> Result<Self, LabError> {
        use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
        let fail = |error: nix::errno::Errno| LabError::setup("use the terminal (a shell needs one)")(error);
        let before = tcgetattr(std::io::stdin()).map_err(fail)?;
        let mut raw = before.clone();
        cfmakeraw(&mut raw);
        tcsetattr(std::io::stdin(), SetArg::TCSANOW, &raw).map_err(fail)?;
        Ok(Self(before))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        let _ = nix::sys::termios::tcsetattr(std::io::stdin(), nix::sys::termios::SetArg::TCSANOW, &self.0);
    }
}

/// Moves a descriptor out of the way of the numbers that the guest's kernel is given.
fn aside(descriptor: OwnedFd) -> Result<OwnedFd, LabError> {
    rustix::io::fcntl_dupfd_cloexec(&descriptor, 64).map_err(LabError::setup("copy a descriptor"))
}

/// This program's path, as it can stand on a kernel's command line.
fn program() -> Result<String, LabError> {
    let path = std::env::current_exe().map_err(LabError::setup("find this program's own file"))?;
    let usable = |text: &&str| text.bytes().all(|b| b.is_ascii_graphic() && b != b'"');
    path.to_str().filter(usable).map(str::to_owned).ok_or_else(|| LabError::Tool {
        what: format!("start {} as a guest's first process", path.display()),
        message: "its path has spaces, quotes or other unusual characters; copy it elsewhere".to_owned(),
    })
}

/// Passes on what the guest shows.
fn relay(mut terminal: PipeReader) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = terminal.read(&mut buffer) {
            ui::relay(buffer.get(..read).unwrap_or_default());
        }
    })
}

/// Reads the kernel's console, and keeps its end.
fn keep_console(mut console: PipeReader) -> Arc<Mutex<Vec<u8>>> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&kept);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = console.read(&mut buffer) {
            let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
            let surplus = kept.len().saturating_sub(CONSOLE_KEPT);
            kept.drain(..surplus);
        }
    });
    kept
}
