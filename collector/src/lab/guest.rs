//! Process 1 of a User-Mode Linux guest: makes it a usable system, runs the controller, powers off.

use super::LabError;
use super::request::STARTED;
use crate::spawn;
use crate::ui;
use meshbench_terminal::Screen;
use nix::mount::{MsFlags, mount};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

/// What a person should see.
const TERMINAL: &str = "/dev/tty1";
/// Requests and replies.
const CONTROL: &str = "/dev/tty2";
/// A terminal without its own treatment of bytes.
const RAW: &[&str] = &["raw", "-echo"];
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs as process 1 of the guest and never returns while the guest runs.
pub fn main() -> ExitCode {
    if std::process::id() != 1 {
        ui::say("lab-init is process 1 of a User-Mode Linux guest; use `collect lab`");
        return ExitCode::from(2);
    }
    if let Err(error) = run() {
        // Goes to the kernel's console, the end of which the outer process reports.
        ui::say(&format!("lab-init: {error}"));
    }
    nix::unistd::sync();
    let _ = std::fs::write("/proc/sysrq-trigger", "o");
    std::thread::sleep(Duration::from_secs(5));
    // Without sysrq the end of process 1 ends the guest as well, less gracefully.
    ExitCode::SUCCESS
}

fn run() -> Result<(), LabError> {
    file_systems()?;
    let open = |path: &str| {
        OpenOptions::new().read(true).write(true).open(path).map_err(LabError::setup(format!("open {path}")))
    };
    let (terminal, control) = (open(TERMINAL)?, open(CONTROL)?);
    // A person's terminal treats keys as any other one does.
    if std::env::var_os(super::uml::SHELL).is_none() {
        stty(&terminal, RAW)?;
    }
    stty(&control, RAW)?;
    let screen = std::env::var(super::uml::SCREEN).ok().and_then(|text| text.parse::<Screen>().ok());
    if let Some(Screen { columns, rows }) = screen {
        stty(&terminal, &["cols", &columns.to_string(), "rows", &rows.to_string()])?;
    }
    std::io::Write::write_all(&mut &control, format!("{STARTED}\n").as_bytes())
        .map_err(LabError::setup("write to the control terminal"))?;
    let copy = |file: &File| file.try_clone().map_err(LabError::setup("copy a descriptor"));
    let shown = match std::env::var_os(super::uml::PLAIN) {
        // Through a pipe, so that the controller sees that there is no terminal.
        Some(_) => {
            let (mut read, write) = std::io::pipe().map_err(LabError::setup("make a pipe"))?;
            let mut to = copy(&terminal)?;
            std::thread::spawn(move || std::io::copy(&mut read, &mut to));
            std::process::Stdio::from(write)
        }
        None => copy(&terminal)?.into(),
    };
    let mut command = Command::new(spawn::THIS_PROGRAM);
    command.arg("lab-controller").env("PATH", PATH).env("HOME", "/root").env("LANG", "C.UTF-8").env("TERM", "linux");
    command.stdin(copy(&control)?).stdout(control).stderr(shown);
    // On this thread: it lives as long as the guest.
    let mut child = spawn::spawn_pid1(&mut command, false).map_err(LabError::setup("start the lab's controller"))?;
    drop(command);
    child.wait().map_err(LabError::setup("wait for the lab's controller"))?;
    // What was written last may still be on its way through the pipe above.
    std::thread::sleep(Duration::from_millis(100));
    Ok(())
}

/// Mounts what programs expect of a Linux system. The root file system is the machine's own.
fn file_systems() -> Result<(), LabError> {
    let none: Option<&str> = None;
    let now = |kind: &str, on: &str| mount(Some(kind), on, Some(kind), MsFlags::empty(), none);
    let checked = |kind: &str, on: &str| now(kind, on).map_err(LabError::setup(format!("mount {kind} on {on}")));
    // hostfs does not honour set-uid; without this ping and the like fail.
    let _ = mount(none, "/", none, MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_NOSUID, none);
    checked("proc", "/proc")?;
    checked("sysfs", "/sys")?;
    // Some kernels have mounted it already.
    let _ = now("devtmpfs", "/dev");
    for (kind, on) in [("devpts", "/dev/pts"), ("tmpfs", "/dev/shm")] {
        std::fs::create_dir_all(on).map_err(LabError::setup(format!("make {on}")))?;
        checked(kind, on)?;
    }
    let _ = now("cgroup2", "/sys/fs/cgroup");
    // Handed down, so that hosts can tell the memory of daemons.
    let _ = std::fs::write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
    for (link, to) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
        // There already where somebody else has mounted /dev.
        let _ = std::os::unix::fs::symlink(format!("/proc/self/fd{to}"), format!("/dev/{link}"));
    }
    if !Path::new("/dev/net/tun").exists() {
        std::fs::create_dir_all("/dev/net").map_err(LabError::setup("make /dev/net"))?;
        let made = mknod("/dev/net/tun", SFlag::S_IFCHR, Mode::from_bits_truncate(0o600), makedev(10, 200));
        made.map_err(LabError::setup("make /dev/net/tun"))?;
    }
    Ok(())
}

/// Sets a terminal up.
fn stty(terminal: &File, settings: &[&str]) -> Result<(), LabError> {
    let stdin = terminal.try_clone().map_err(LabError::setup("copy a descriptor"))?;
    let status = Command::new("stty").env("PATH", PATH).args(settings).stdin(stdin).status();
    status.map(drop).map_err(LabError::setup("set up a terminal with stty"))
}
