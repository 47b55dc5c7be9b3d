//! Making the hosts of a lab, from within the controller's namespaces.

use super::member::{DATA, MANAGEMENT, Setup, private_file};
use super::{LabError, namespace, probe};
use crate::host::{Access, Host, HostName, InterfaceName};
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
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

/// Time for a host to answer its first SSH connection.
const UP_WITHIN: Duration = Duration::from_secs(20);

/// Makes `count` hosts h1, h2, … and connects to each. Keys go to `folder`, a private one on a tmpfs.
pub async fn start(count: u8, folder: &Path) -> Result<Vec<Host>, LabError> {
    let missing = |what: &str| LabError::Tool {
        what: format!("find {what}"),
        message: "it is in no folder of PATH; the lab needs OpenSSH (client and server) and iproute2".to_owned(),
    };
    let sshd = probe::in_path("sshd").ok_or_else(|| missing("sshd"))?;
    let login = key_pair(folder, "login")?;
    let path = search_path();
    bridges()?;
    let mut known_hosts = String::new();
    for index in 0..usize::from(count) {
        let name = format!("h{}", index + 1);
        let key = key_pair(folder, &name)?;
        // Writing to a String cannot fail.
        let _ = writeln!(known_hosts, "{} {}", management_address(index), key.public);
        let (pid, stdin) = member()?;
        plug_in(index, pid)?;
        let setup = Setup {
            name,
            data: format!("{}/24", data_address(index)),
            management: format!("{}/24", management_address(index)),
            host_key: key.private,
            authorized_key: login.public.clone(),
            sshd: sshd.clone(),
            path: path.clone(),
        };
        tell(stdin, &setup)?;
    }
    let access = access(folder, usize::from(count), &known_hosts)?;
    let mut hosts = Vec::new();
    for index in 0..usize::from(count) {
        hosts.push(connect(&access, index).await?);
    }
    Ok(hosts)
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
fn plug_in(index: usize, pid: u32) -> Result<(), LabError> {
    let mut lines = String::new();
    for (bridge, short, inside) in [("data", 'd', DATA), ("management", 'm', MANAGEMENT)] {
        let outside = format!("{short}{}", index + 1);
        let _ = writeln!(lines, "link add name {outside} type veth peer name {inside} netns {pid}");
        let _ = writeln!(lines, "link set {outside} master {bridge} up");
    }
    ip_batch(&lines)
}

/// Starts a host's first process. It waits for its [`Setup`].
fn member() -> Result<(u32, ChildStdin), LabError> {
    let (report, started) = mpsc::channel();
    // The host is killed when this thread ends, so it waits for it; both end with the controller.
    std::thread::spawn(move || {
        let mut command = Command::new(namespace::THIS_PROGRAM);
        command.arg("lab-host").stdin(Stdio::piped()).stdout(Stdio::null());
        match namespace::spawn_pid1(&mut command) {
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
fn access(folder: &Path, count: usize, known_hosts: &str) -> Result<Access, LabError> {
    let path = |name: &str| folder.join(name);
    let shown = folder.display();
    let mut config = String::new();
    for index in 0..count {
        let _ = writeln!(config, "Host h{}\n HostName {}", index + 1, management_address(index));
    }
    let _ = write!(
        config,
        "Host *\n User root\n IdentityFile {shown}/login\n IdentitiesOnly yes\n UserKnownHostsFile {shown}/known_hosts\n \
         GlobalKnownHostsFile none\n StrictHostKeyChecking yes\n BatchMode yes\n"
    );
    private_file(&path("ssh_config").display().to_string(), &config)?;
    private_file(&path("known_hosts").display().to_string(), known_hosts)?;
    Ok(Access {
        config: Some(path("ssh_config")),
        known_hosts: Some(path("known_hosts")),
        sockets: Some(folder.to_owned()),
    })
}

/// Connects to a host as soon as its sshd listens.
async fn connect(access: &Access, index: usize) -> Result<Host, LabError> {
    let bad =
        |error: crate::host::BadName| LabError::Tool { what: "name a host".to_owned(), message: error.to_string() };
    let name = HostName::from_str(&format!("h{}", index + 1)).map_err(bad)?;
    let interface = InterfaceName::from_str(DATA).map_err(bad)?;
    let started = Instant::now();
    loop {
        let address = IpAddr::from(data_address(index));
        match Host::connect(access, name.clone(), address, interface.clone()).await {
            Ok(host) => return Ok(host),
            Err(error) if started.elapsed() > UP_WITHIN => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
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
