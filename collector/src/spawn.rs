//! Starting processes in namespaces, sessions and cgroups of their own.
//!
//! The only unsafe code of `collect`: what happens between fork and exec.
#![allow(unsafe_code, reason = "CommandExt::pre_exec is unsafe; the closures here make system calls only")]

use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

/// Everything but the pid namespace, which a process cannot enter itself.
const OWN: CloneFlags = CloneFlags::CLONE_NEWNET
    .union(CloneFlags::CLONE_NEWNS)
    .union(CloneFlags::CLONE_NEWUTS)
    .union(CloneFlags::CLONE_NEWIPC);

/// This program itself, also where its file has been replaced or its folder is hidden by a mount.
pub const THIS_PROGRAM: &str = "/proc/self/exe";

/// Starts `command` as process 1 of a new pid namespace, with a network, mount, uts and ipc namespace of
/// its own. When it ends, the kernel ends everything below it. It is killed when the *thread* that calls
/// this ends, so that one has to wait for it. It keeps the terminal only where it is to be used by a person.
pub fn spawn_pid1(command: &mut Command, with_terminal: bool) -> io::Result<Child> {
    // Only children of this thread are affected; it must not start threads afterwards.
    unshare(CloneFlags::CLONE_NEWPID)?;
    // SAFETY: prctl, setsid and unshare are plain system calls; nothing is allocated or locked.
    unsafe {
        command.pre_exec(move || {
            set_pdeathsig(Signal::SIGKILL)?;
            if !with_terminal {
                // A session of its own: Ctrl-C reaches the outer process only, which then asks for an end.
                nix::unistd::setsid()?;
            }
            unshare(OWN)?;
            Ok(())
        });
    }
    command.spawn()
}

/// Makes `command` be killed when the thread that starts it ends, in a session of its own.
pub fn bound_to_parent(command: &mut Command) -> &mut Command {
    // SAFETY: as above.
    unsafe {
        command.pre_exec(|| {
            set_pdeathsig(Signal::SIGKILL)?;
            nix::unistd::setsid()?;
            Ok(())
        })
    }
}

/// Makes `command` run in a throw-away network namespace.
pub fn without_network(command: &mut Command) -> &mut Command {
    // SAFETY: as above.
    unsafe { command.pre_exec(|| unshare(CloneFlags::CLONE_NEWNET).map_err(io::Error::from)) }
}

/// Makes `command` start in a session of its own, and in the cgroup whose `cgroup.procs` is given.
pub fn in_session_of_its_own(command: &mut Command, procs: Option<std::path::PathBuf>) -> &mut Command {
    use std::os::unix::ffi::OsStrExt;
    // Made here: nothing may be allocated after the fork.
    let procs = procs.and_then(|path| std::ffi::CString::new(path.as_os_str().as_bytes()).ok());
    // SAFETY: setsid, open, write and close are plain system calls.
    unsafe {
        command.pre_exec(move || {
            nix::unistd::setsid()?;
            if let Some(procs) = &procs {
                let file = nix::libc::open(procs.as_ptr(), nix::libc::O_WRONLY);
                if file >= 0 {
                    // "0" is the writer itself. Where it fails the program still has the lease's name.
                    let _ = nix::libc::write(file, b"0".as_ptr().cast(), 1);
                    let _ = nix::libc::close(file);
                }
            }
            Ok(())
        })
    }
}

/// Makes `command` start with these descriptors at the given numbers.
pub fn with_descriptors(command: &mut Command, descriptors: Vec<(std::os::fd::OwnedFd, i32)>) -> &mut Command {
    use std::os::fd::AsRawFd;
    // SAFETY: dup2 is a plain system call; the descriptors live as long as the closure.
    unsafe {
        command.pre_exec(move || {
            for (descriptor, number) in &descriptors {
                if nix::libc::dup2(descriptor.as_raw_fd(), *number) < 0 {
                    return Err(io::Error::last_os_error());
                }
            }
            Ok(())
        })
    }
}
