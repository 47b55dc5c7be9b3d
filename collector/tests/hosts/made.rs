//! Making hosts for a test. They end with it.

use meshbench_collector::campaign::{Roads, Stop};
use meshbench_collector::host::Access;
use meshbench_tests::here;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Hosts, a bridge between them, and how to get to them by SSH.
pub struct Hosts {
    pub folder: tempfile::TempDir,
    pub roads: Roads,
    members: Vec<Child>,
    pids: Vec<u32>,
}

/// What a host does before it waits: files and processes of its own.
const MEMBER: &str = r#"set -e
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null || true
mount -t tmpfs run /run
mount -t tmpfs root /root
mkdir -p /run/sshd /run/lab
printf 'root:*:19000:0:99999:7:::\nsshd:!:19000::::::\n' > /run/lab/shadow
chmod 600 /run/lab/shadow
mount --bind /run/lab/shadow /etc/shadow
hostname "$1"
ip link set lo up
: > "$2"
exec sleep 3600"#;

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The process that another one started.
fn child_of(parent: u32) -> u32 {
    let stat = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // After the name in parentheses come the state and the parent.
    let parent_of =
        |pid: u32| stat(pid).rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<u32>().ok());
    pids.find(|pid| parent_of(*pid) == Some(parent)).unwrap()
}

/// Whether hosts can be made here; says why not.
pub fn possible() -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        here::missing("root, to make hosts in namespaces");
    }
    root && here::programs(&["sshd", "ssh-keygen", "unshare", "nsenter", "ip"])
}

impl Hosts {
    /// Makes `count` hosts h1, h2, … with addresses 10.77.0.1, … on eth0.
    pub fn make(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", path("login").to_str().unwrap()]);
        std::fs::copy(path("login.pub"), path("authorized_keys")).unwrap();
        let sshd = meshbench_collector::lab::in_path("sshd").unwrap();
        let (mut members, mut pids) = (Vec::new(), Vec::new());
        let (mut config, mut known_hosts) = (String::new(), String::new());
        // The bridge is in the first host's network namespace: nothing of the machine's own is touched.
        for index in 1..=count {
            let name = format!("h{index}");
            let key = path(&format!("{name}.key"));
            run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", key.to_str().unwrap()]);
            let public = std::fs::read_to_string(path(&format!("{name}.key.pub"))).unwrap();
            writeln!(known_hosts, "{name} {public}").unwrap();
            let sshd_config = format!(
                "HostKey {}\nAuthorizedKeysFile {}\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n\
                 UsePAM no\nStrictModes no\nPidFile none\nMaxSessions 64\n",
                key.display(),
                path("authorized_keys").display()
            );
            std::fs::write(path(&format!("{name}.sshd")), sshd_config).unwrap();
            let up = path(&format!("{name}.up"));
            let member = Command::new("unshare")
                .args([
                    "--net",
                    "--mount",
                    "--uts",
                    "--pid",
                    "--fork",
                    "--kill-child",
                    "sh",
                    "-c",
                    MEMBER,
                    "member",
                    &name,
                ])
                .arg(&up)
                .stdin(Stdio::null())
                .spawn()
                .unwrap();
            let started = Instant::now();
            while !up.exists() {
                assert!(started.elapsed() < Duration::from_secs(20), "{name} did not come up");
                std::thread::sleep(Duration::from_millis(10));
            }
            let pid = child_of(member.id());
            writeln!(
                config,
                "Host {name}\n ProxyCommand nsenter -t {pid} -a {} -i -f {}\n HostKeyAlias {name}",
                sshd.display(),
                path(&format!("{name}.sshd")).display()
            )
            .unwrap();
            members.push(member);
            pids.push(pid);
        }
        write!(
            config,
            "Host *\n User root\n IdentityFile {}\n IdentitiesOnly yes\n UserKnownHostsFile {}\n GlobalKnownHostsFile none\n \
             StrictHostKeyChecking yes\n BatchMode yes\n",
            path("login").display(),
            path("known_hosts").display()
        )
        .unwrap();
        std::fs::write(path("ssh_config"), config).unwrap();
        std::fs::write(path("known_hosts"), known_hosts).unwrap();
        std::fs::set_permissions(path("login"), PermissionsExt::from_mode(0o600)).unwrap();
        let roads = Roads {
            access: Access {
                config: Some(path("ssh_config")),
                known_hosts: Some(path("known_hosts")),
                sockets: Some(folder.path().to_owned()),
                ..Access::default()
            },
            hosts: (1..=count)
                .map(|index| Stop {
                    name: format!("h{index}").parse().unwrap(),
                    address: format!("10.77.0.{index}").parse().unwrap(),
                    interface: "eth0".parse().unwrap(),
                })
                .collect(),
        };
        let hosts = Self { folder, roads, members, pids };
        hosts.wire();
        hosts
    }

    fn wire(&self) {
        let first = self.pids[0].to_string();
        self.on(0, &["ip", "link", "add", "name", "wire", "type", "bridge"]);
        self.on(0, &["ip", "link", "set", "wire", "up"]);
        for (index, pid) in self.pids.iter().enumerate() {
            let (outside, pid) = (format!("port{}", index + 1), pid.to_string());
            let peer = ["peer", "name", "eth0", "netns", pid.as_str()];
            let link = ["nsenter", "-t", &first, "-n", "ip", "link", "add", "name", &outside, "type", "veth"];
            run(link[0], &[&link[1..], &peer].concat());
            self.on(0, &["ip", "link", "set", &outside, "master", "wire", "up"]);
            self.on(index, &["ip", "addr", "add", &format!("10.77.0.{}/24", index + 1), "dev", "eth0"]);
            self.on(index, &["ip", "link", "set", "eth0", "up"]);
        }
    }

    /// Runs a program in a host, past SSH. Returns its standard output.
    pub fn on(&self, index: usize, command: &[&str]) -> String {
        let pid = self.pids[index].to_string();
        let output = Command::new("nsenter").args(["-t", &pid, "-a"]).args(command).output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Processes of a host whose command line contains `text`, by their numbers outside.
    pub fn processes(&self, index: usize, text: &str) -> Vec<u32> {
        let own = std::fs::read_link(format!("/proc/{}/ns/pid", self.pids[index])).unwrap();
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        pids.filter(|pid| std::fs::read_link(format!("/proc/{pid}/ns/pid")).is_ok_and(|namespace| namespace == own))
            .filter(|pid| {
                let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                String::from_utf8_lossy(&line).replace('\0', " ").contains(text)
            })
            .collect()
    }

    /// The files to give to `collect`.
    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// `[[hosts]]` of a matrix.
    pub fn matrix(&self) -> String {
        let host = |stop: &Stop| {
            format!(
                "[[hosts]]\nname = \"{}\"\ninterface = \"{}\"\naddress = \"{}\"\n",
                stop.name, stop.interface, stop.address
            )
        };
        self.roads.hosts.iter().map(host).collect()
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for member in &mut self.members {
            let _ = member.kill();
            let _ = member.wait();
        }
    }
}

/// Ends a process by its number.
pub fn kill(pid: u32) {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap());
    let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
}

/// Waits until something holds.
pub fn eventually(what: &str, within: Duration, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < within, "{what}: not after {within:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Runs a future.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Whether this kernel has netem.
pub fn netem(hosts: &Hosts) -> bool {
    let pid = hosts.pids[0].to_string();
    let tc = ["-t", &pid, "-n", "unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"];
    Command::new("nsenter").args(tc).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The program under test; `MESHBENCH_COLLECT` names another one than was built with this test.
pub fn collect() -> PathBuf {
    std::env::var_os("MESHBENCH_COLLECT").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_collect")), PathBuf::from)
}
