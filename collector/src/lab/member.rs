//! A host of the lab: process 1 of its own pid namespace. Makes the namespaces a host, runs sshd, reaps.

use super::LabError;
use crate::agent::filter;
use crate::ui;
use nix::mount::{MsFlags, mount};
use nix::sys::wait::{WaitStatus, wait};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{BufRead, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// What the controller tells a host, as one line of JSON on its standard input. Keys travel no other way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Setup {
    /// Host name.
    pub name: String,
    /// Address on the data network, with its prefix length.
    pub data: String,
    /// Address on the management network, with its prefix length.
    pub management: String,
    /// The host's own private key.
    pub host_key: String,
    /// The public key that may log in.
    pub authorized_key: String,
    /// The SSH server.
    pub sshd: PathBuf,
    /// Whether it filters what its management interface carries itself.
    pub filter: bool,
    /// Where programs are looked for: what the controller finds, its hosts find as well.
    pub path: String,
}

/// A host's own files, on a tmpfs.
const STATE: &str = "/run/lab";
/// The data interface of every lab host.
pub const DATA: &str = "eth0";
/// The management interface of every lab host.
pub const MANAGEMENT: &str = "mgmt0";

/// Where the SSH server of every lab host listens.
pub const SSH_PORT: u16 = 22;

/// Runs as a host of the lab until its sshd ends.
pub fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui::say(&format!("lab-host: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), LabError> {
    // In the machine's own namespaces, what follows would hide the machine's own files.
    if std::process::id() != 1 {
        let message = "this command is started by `collect lab` only".to_owned();
        return Err(LabError::Tool { what: "be a host of a lab".to_owned(), message });
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(LabError::setup("read what this host is to be"))?;
    let setup: Setup = serde_json::from_str(&line).map_err(|error| LabError::Tool {
        what: "read what this host is to be".to_owned(),
        message: error.to_string(),
    })?;
    nix::unistd::sethostname(&setup.name).map_err(LabError::setup("set the host name"))?;
    file_systems()?;
    network(&setup)?;
    let mut sshd = start_sshd(&setup)?;
    let pid = i32::try_from(sshd.id()).ok();
    loop {
        match wait() {
            Ok(WaitStatus::Exited(ended, _) | WaitStatus::Signaled(ended, ..)) if Some(ended.as_raw()) == pid => break,
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(_) => break,
        }
    }
    // Reaped above; this only tells the standard library so.
    let _ = sshd.try_wait();
    let log = fs::read(format!("{STATE}/sshd.log")).unwrap_or_default();
    Err(LabError::Tool {
        what: format!("keep the sshd of {} running", setup.name),
        message: crate::host::excerpt(&log),
    })
}

/// Gives this host files of its own wherever a host writes, so that nothing reaches the machine's.
fn file_systems() -> Result<(), LabError> {
    let none: Option<&str> = None;
    let fail = |what: String| LabError::setup::<nix::errno::Errno>(what);
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(none, "/", none, private, none).map_err(fail("make mounts private".to_owned()))?;
    mount(Some("proc"), "/proc", Some("proc"), MsFlags::empty(), none).map_err(fail("mount /proc".to_owned()))?;
    // The inherited one shows the first network namespace's interfaces.
    mount(Some("sysfs"), "/sys", Some("sysfs"), MsFlags::empty(), none).map_err(fail("mount /sys".to_owned()))?;
    for folder in ["/run", "/root", "/tmp", "/var/tmp"].into_iter().filter(|folder| Path::new(folder).is_dir()) {
        let mode = if folder.ends_with("tmp") { "mode=1777" } else { "mode=0755" };
        mount(Some("tmpfs"), folder, Some("tmpfs"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV, Some(mode))
            .map_err(fail(format!("mount a tmpfs on {folder}")))?;
    }
    // Hidden by the sysfs above. Where the machine has no cgroups of version 2 the agent does without.
    let _ = mount(Some("cgroup2"), "/sys/fs/cgroup", Some("cgroup2"), MsFlags::empty(), none);
    fs::create_dir_all("/run/sshd").map_err(LabError::setup("make /run/sshd"))?;
    fs::DirBuilder::new().mode(0o700).create(STATE).map_err(LabError::setup(format!("make {STATE}")))?;
    // Debian locks root's password, and a sshd without PAM then refuses keys too.
    let shadow = format!("{STATE}/shadow");
    private_file(&shadow, "root:*:19000:0:99999:7:::\nsshd:!:19000::::::\n")?;
    if Path::new("/etc/shadow").exists() {
        mount(Some(shadow.as_str()), "/etc/shadow", none, MsFlags::MS_BIND, none)
            .map_err(fail("give this host an /etc/shadow".to_owned()))?;
    }
    Ok(())
}

fn network(setup: &Setup) -> Result<(), LabError> {
    let lines = format!(
        "link set lo up\naddr add {} dev {DATA}\nlink set {DATA} up\naddr add {} dev {MANAGEMENT}\nlink set {MANAGEMENT} up\n",
        setup.data, setup.management
    );
    super::hosts::ip_batch(&lines)?;
    if setup.filter {
        let filtered = filter::ssh_only(filter::LAB_TABLE, MANAGEMENT, &[SSH_PORT], &[]);
        filtered.map_err(|error| LabError::Tool { what: "filter packets".to_owned(), message: error.to_string() })?;
    }
    Ok(())
}

fn start_sshd(setup: &Setup) -> Result<std::process::Child, LabError> {
    private_file(&format!("{STATE}/host_key"), &setup.host_key)?;
    private_file(&format!("{STATE}/authorized_keys"), &setup.authorized_key)?;
    // On the management network only: a system must not find a listener where it is measured.
    let address = setup.management.split('/').next().unwrap_or_default();
    let configuration = format!(
        "ListenAddress {address}\nHostKey {STATE}/host_key\nAuthorizedKeysFile {STATE}/authorized_keys\n\
         PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\n\
         SetEnv PATH={}\nStrictModes no\nPidFile none\nUseDNS no\nPrintLastLog no\nMaxSessions 64\nMaxStartups 64\n",
        setup.path
    );
    let path = format!("{STATE}/sshd_config");
    private_file(&path, &configuration)?;
    let log = fs::File::create(format!("{STATE}/sshd.log")).map_err(LabError::setup("make sshd's log"))?;
    // sshd wants to be called by its full path.
    let mut sshd = Command::new(&setup.sshd);
    sshd.args(["-D", "-e", "-f", &path]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    sshd.spawn().map_err(LabError::setup(format!("start {}", setup.sshd.display())))
}

/// Writes a file that only root can read.
pub fn private_file(path: &str, content: &str) -> Result<(), LabError> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(LabError::setup(format!("make {path}")))?;
    file.write_all(content.as_bytes()).map_err(LabError::setup(format!("write {path}")))
}
