//! Making the hosts of a lab, from within the controller's namespaces.

use super::member::{DATA, MANAGEMENT, SSH_PORT, Setup, private_file};
use super::{LabError, probe};
use crate::campaign::{Roads, Stop};
use crate::host::{Access, HostName, InterfaceName};
use crate::spawn;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::str::FromStr;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Networks exist in the lab's own namespaces only, so fixed numbers meet nobody else's.
fn data_address(index: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 90, 0, last_byte(index))
}

fn management_address(index: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 91, 0, last_byte(index))
}

fn last_byte(index: usize) -> u8 {
    u8::try_from(index + 1).unwrap_or(u8::MAX)
}

/// The configuration for SSH in the lab's private folder.
pub const SSH_CONFIG: &str = "ssh_config";
/// Time for a host to answer its first SSH connection.
const UP_WITHIN: Duration = Duration::from_secs(20);

/// Makes hosts with these names, and says how to get to them. Keys go to `folder`, a private one on a tmpfs.
pub fn start(names: &[String], folder: &Path) -> Result<Roads, LabError> {
    let missing = |what: &str| LabError::Tool {
        what: format!("find {what}"),
        message: "it is in no folder of PATH; the lab needs OpenSSH (client and server) and iproute2".to_owned(),
    };
    let sshd = probe::in_path("sshd").ok_or_else(|| missing("sshd"))?;
    let login = key_pair(folder, "login")?;
    let path = search_path();
    bridges()?;
    let filter = probe::filters();
    let mut known_hosts = String::new();
    for (index, name) in names.iter().enumerate() {
        let key = key_pair(folder, &format!("host{}", index + 1))?;
        // Writing to a String cannot fail.
        let _ = writeln!(known_hosts, "{} {}", management_address(index), key.public);
        let (pid, stdin) = member()?;
        plug_in(index, pid, filter)?;
        let setup = Setup {
            name: name.clone(),
            data: format!("{}/24", data_address(index)),
            management: format!("{}/24", management_address(index)),
            host_key: key.private,
            authorized_key: login.public.clone(),
            sshd: sshd.clone(),
            filter,
            path: path.clone(),
        };
        tell(stdin, &setup)?;
    }
    let mut hosts = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let bad =
            |error: crate::host::BadName| LabError::Tool { what: "name a host".to_owned(), message: error.to_string() };
        hosts.push(Stop {
            name: HostName::from_str(name).map_err(bad)?,
            address: IpAddr::from(data_address(index)),
            interface: InterfaceName::from_str(DATA).map_err(bad)?,
        });
        listening(management_address(index))?;
    }
    let access = access(folder, names, &hosts, &known_hosts)?;
    Ok(Roads { access, hosts })
}

/// Waits until a host's sshd listens.
fn listening(address: Ipv4Addr) -> Result<(), LabError> {
    let started = Instant::now();
    loop {
        match TcpStream::connect_timeout(&(address, SSH_PORT).into(), Duration::from_secs(1)) {
            Ok(_) => return Ok(()),
            Err(cause) if started.elapsed() > UP_WITHIN => {
                return Err(LabError::Setup { what: format!("reach the sshd of the lab's host {address}"), cause });
            }
            Err(_) => std::thread::sleep(Duration::from_millis(30)),
        }
    }
}

/// The controller's `PATH` and the folders for administrators, without what sshd's configuration cannot hold.
fn search_path() -> String {
    let own = std::env::var("PATH").unwrap_or_default();
    let usable = |folder: &&str| {
        folder.starts_with('/') && folder.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._+-".contains(&b))
    };
    let folders = own.split(':').chain(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]);
    folders.filter(usable).collect::<Vec<_>>().join(":")
}

/// A key pair in OpenSSH's format.
struct KeyPair {
    private: String,
    public: String,
}

fn key_pair(folder: &Path, name: &str) -> Result<KeyPair, LabError> {
    let path = folder.join(name);
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&path);
    finish(&mut keygen, b"")?;
    let read = |path: &Path| std::fs::read_to_string(path).map_err(LabError::setup(format!("read {}", path.display())));
    Ok(KeyPair { private: read(&path)?, public: read(&path.with_extension("pub"))?.trim().to_owned() })
}

fn bridges() -> Result<(), LabError> {
    let mut lines = String::from("link set lo up\n");
    for bridge in ["data", "management"] {
        let _ = writeln!(lines, "link add name {bridge} type bridge\nlink set {bridge} up");
    }
    lines.push_str("addr add 10.91.0.254/24 dev management\n");
    ip_batch(&lines)
}

/// Connects host number `index`, whose first process is `pid`, to both bridges.
///
/// The management network carries SSH only, or a daemon would find it and go around the data network. Where hosts do not
/// `filter` it themselves, for want of nftables, their ports of its bridge are isolated: they reach the controller only.
fn plug_in(index: usize, pid: u32, filter: bool) -> Result<(), LabError> {
    let mut lines = String::new();
    for (bridge, short, inside) in [("data", 'd', DATA), ("management", 'm', MANAGEMENT)] {
        let outside = format!("{short}{}", index + 1);
        let _ = writeln!(lines, "link add name {outside} type veth peer name {inside} netns {pid}");
        let _ = writeln!(lines, "link set {outside} master {bridge} up");
        if short == 'm' && !filter {
            let _ = writeln!(lines, "link set {outside} type bridge_slave isolated on");
        }
    }
    ip_batch(&lines)
}

/// Starts a host's first process. It waits for its [`Setup`].
fn member() -> Result<(u32, ChildStdin), LabError> {
    let (report, started) = mpsc::channel();
    // The host is killed when this thread ends, so it waits for it; both end with the controller.
    std::thread::spawn(move || {
        let mut command = Command::new(spawn::THIS_PROGRAM);
        command.arg("lab-host").stdin(Stdio::piped()).stdout(Stdio::null());
        match spawn::spawn_pid1(&mut command, false) {
            Err(error) => drop(report.send(Err(error))),
            Ok(mut child) => {
                let stdin = child.stdin.take().ok_or_else(|| std::io::Error::other("no standard input"));
                let _ = report.send(stdin.map(|stdin| (child.id(), stdin)));
                let _ = child.wait();
            }
        }
    });
    let gone = |_| std::io::Error::other("the starting thread ended");
    started.recv().map_err(gone).flatten().map_err(LabError::setup("start a host in namespaces of its own"))
}

fn tell(mut stdin: ChildStdin, setup: &Setup) -> Result<(), LabError> {
    let line = serde_json::to_string(setup).map_err(std::io::Error::other);
    let sent = line.and_then(|line| writeln!(stdin, "{line}"));
    sent.map_err(LabError::setup(format!("tell {} what it is to be", setup.name)))
}

/// Writes a configuration for SSH that knows these hosts and no others.
fn access(folder: &Path, names: &[String], hosts: &[Stop], known_hosts: &str) -> Result<Access, LabError> {
    let path = |name: &str| folder.join(name);
    let shown = folder.display();
    let mut config = String::new();
    for (index, name) in names.iter().enumerate() {
        let _ = writeln!(config, "Host {name}\n HostName {}", management_address(index));
    }
    let _ = write!(
        config,
        "Host *\n User root\n IdentityFile {shown}/login\n IdentitiesOnly yes\n UserKnownHostsFile {shown}/known_hosts\n \
         GlobalKnownHostsFile none\n StrictHostKeyChecking yes\n BatchMode yes\n"
    );
    private_file(&path(SSH_CONFIG).display().to_string(), &config)?;
    private_file(&path("known_hosts").display().to_string(), known_hosts)?;
    Ok(Access {
        config: Some(path(SSH_CONFIG)),
        known_hosts: Some(path("known_hosts")),
        sockets: Some(folder.to_owned()),
        // Process 1 of each host is this very program, also where its file is hidden there.
        agents: hosts.iter().map(|host| (host.name.clone(), "/proc/1/exe".into())).collect(),
        program: None,
        sudo: BTreeSet::new(),
        // They do so as long as they are.
        ssh_only: false,
    })
}

/// Runs several commands of `ip` in this network namespace.
pub fn ip_batch(lines: &str) -> Result<(), LabError> {
    finish(Command::new("ip").args(["-batch", "-"]), lines.as_bytes())
}

/// Runs a local command with some input to a good end.
fn finish(command: &mut Command, input: &[u8]) -> Result<(), LabError> {
    let what = format!("run `{}` for the lab", command.get_program().display());
    let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(LabError::setup(what.clone()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // Short enough for the pipe; a program that does not read it says more itself.
        let _ = stdin.write_all(input);
    }
    let output = child.wait_with_output().map_err(LabError::setup(what.clone()))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(LabError::Tool { what, message: crate::host::excerpt(&output.stderr) })
    }
}
