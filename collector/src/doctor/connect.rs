//! A host that could not be connected to, and what was seen of one that could.

use super::code::Code;
use super::finding::Finding;
use crate::agent::protocol::RefusalKind;
use crate::host::{HostError, HostName, START_SSH};
use std::time::Duration;

/// Why there is no connection to `name`, and what to do.
pub fn failed(name: &HostName, error: &HostError) -> Finding {
    let said = error.to_string();
    let (code, advice) = advice(name, &said.to_lowercase(), error);
    Finding::problem(code, "connection", said).help(advice).fatal()
}

const MAKE_ROOM: &str = "make room there: for this program in ~/.cache/meshbench or /var/tmp, for a campaign's files below \
                         /run, which is in memory: `df -h ~/.cache /var/tmp /run`";

/// What the agent refuses, and what SSH and sudo say, in lower case, and what it calls for. The first one counts.
fn advice(name: &HostName, said: &str, error: &HostError) -> (Code, String) {
    let is = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let told = |code: Code, advice: &str| (code, advice.replace("HOST", name.as_str()));
    match error.refusal() {
        Some(RefusalKind::HostInUse) => {
            return told(Code::HostInUse, "another collect uses this host: wait for its end, or `collect clean`");
        }
        Some(RefusalKind::NotRoot) => {
            return told(
                Code::NotRoot,
                "connect as root (`User root` for HOST in ssh_config), or set `sudo = true` for it in the matrix",
            );
        }
        Some(RefusalKind::NoRoom) => return told(Code::HostRoom, MAKE_ROOM),
        Some(RefusalKind::NotStarted | RefusalKind::System | RefusalKind::Other) | None => {}
    }
    if is(&[START_SSH]) {
        return told(
            Code::ControllerUnfit,
            "this machine needs OpenSSH's client: `apt install openssh-client` on Debian, `pkgs.openssh` on NixOS",
        );
    }
    if matches!(error, HostError::Here { .. }) || is(&["too long for unix domain socket", "controlpath too long"]) {
        return told(
            Code::ControllerUnfit,
            "SSH needs a folder of yours for its sockets: ~/.local/state has to be there, writable and with room, or \
             XDG_STATE_HOME has to name another one, whose path has 60 characters at the most",
        );
    }
    if is(&["identification has changed", "has changed and you have requested"]) {
        return told(
            Code::HostKeyChanged,
            "the host answers with another key than before. If it was not reinstalled, somebody may be in between; if it \
             was, check the new fingerprint and then `ssh-keygen -R HOST`",
        );
    }
    if is(&["host key verification failed", "host key is known", "no matching host key"]) {
        return told(
            Code::HostKeyUnknown,
            "its host key is not known here: `ssh HOST` once and compare the fingerprint with the one that `ssh-keygen -lf \
             /etc/ssh/ssh_host_ed25519_key.pub` prints on the host; or `ssh-keyscan HOST` into known_hosts, after comparing \
             as well",
        );
    }
    if is(&["a password is required", "a terminal is required"]) {
        return told(
            Code::SudoRefused,
            "let the user become root without a password, with `visudo -f /etc/sudoers.d/meshbench`: \
             `USER ALL=(root) NOPASSWD: ALL`; NixOS: `security.sudo.wheelNeedsPassword = false;`",
        );
    }
    if is(&["sudo: not found", "sudo: command not found", "sudo: no such file"]) {
        return told(Code::SudoRefused, "install sudo there, or connect as root and leave `sudo` out of the matrix");
    }
    if is(&["not in the sudoers", "not allowed to execute"]) {
        return told(
            Code::SudoRefused,
            "add a line to sudoers there, with `visudo -f /etc/sudoers.d/meshbench`: `USER ALL=(root) NOPASSWD: ALL`",
        );
    }
    if is(&["no space left", "disk quota exceeded"]) {
        return told(Code::HostRoom, MAKE_ROOM);
    }
    // A file of this machine that cannot be opened says `Permission denied (os error 13)`.
    if !is(&["(os error"]) && is(&["permission denied (", "too many authentication failures"]) {
        return told(
            Code::LoginRefused,
            "the host takes none of your keys for that user: `ssh-copy-id HOST`, and name user and key for it in \
             ssh_config (`User`, `IdentityFile`); a key with a passphrase has to be in an agent (`ssh-add`)",
        );
    }
    if is(&["timed out", "timeout", "no route to host", "unreachable", "did not answer"]) {
        return told(
            Code::HostUnreachable,
            "the host is off, the address is wrong, or a firewall drops SSH: `ping HOST`, `ssh -v HOST true`",
        );
    }
    if is(&["connection refused"]) {
        return told(
            Code::HostUnreachable,
            "no SSH server listens there: `systemctl start ssh` on Debian, `services.openssh.enable = true;` on NixOS; or \
             `Port` in ssh_config is wrong",
        );
    }
    if is(&["could not resolve", "name or service not known", "name resolution"]) {
        return told(
            Code::HostUnreachable,
            "no such name: add `Host HOST` with its `HostName` to ssh_config, or give --ssh-config",
        );
    }
    let code = if matches!(error, HostError::Connect { .. }) { Code::HostUnreachable } else { Code::AgentNotStarted };
    told(code, "`ssh HOST true` with the same configuration has to work without a question")
}

/// What is known once an agent answers.
#[derive(Debug, Clone)]
pub(super) struct Connected {
    /// Time to connect, and to start the agent.
    pub took: Duration,
    /// One request and its answer.
    pub round_trip: Duration,
    /// The user that the agent is.
    pub user: String,
    /// Whether programs run in cgroups.
    pub cgroups: bool,
    /// What was restored of earlier leases.
    pub swept: Vec<String>,
}

/// What that means.
pub(super) fn findings(connected: &Connected) -> Vec<Finding> {
    let Connected { took, round_trip, user, cgroups, swept } = connected;
    let times =
        format!("ready after {:.1} s, a request takes {:.1} ms", took.as_secs_f64(), round_trip.as_secs_f64() * 1e3);
    let mut findings = vec![Finding::fact("connection", times)];
    if user != "0" {
        let what = format!("the agent is the user {user}, not root");
        findings.push(
            Finding::problem(Code::NotRoot, "root", what).help("set `sudo = true` for the host, or connect as root"),
        );
    }
    if *cgroups {
        findings.push(Finding::fact("cgroups", "version 2: CPU time and memory of daemons are recorded"));
    } else {
        findings.push(
            Finding::warning("cgroups", "none of version 2 can be used: CPU time and memory of daemons stay unknown").help(
                "boot with `systemd.unified_cgroup_hierarchy=1`, or `mount -t cgroup2 cgroup2 /sys/fs/cgroup` where nothing \
                 is mounted",
            ),
        );
    }
    findings.extend(swept.iter().map(|what| Finding::fact("earlier lease", what.clone())));
    findings
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn each_refusal_has_its_own_way_out() {
        let name: HostName = "node1".parse().unwrap();
        for (said, code, wanted) in [
            ("Host key verification failed.", Code::HostKeyUnknown, "fingerprint"),
            (
                "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! Host key verification failed.",
                Code::HostKeyChanged,
                "ssh-keygen -R node1",
            ),
            ("root@node1: Permission denied (publickey).", Code::LoginRefused, "ssh-copy-id node1"),
            ("ssh: connect to host node1 port 22: Connection timed out", Code::HostUnreachable, "firewall"),
            ("ssh: connect to host node1 port 22: Connection refused", Code::HostUnreachable, "openssh"),
            (
                "ssh: Could not resolve hostname node1: Name or service not known",
                Code::HostUnreachable,
                "`Host node1` with its `HostName`",
            ),
            ("sudo: a password is required", Code::SudoRefused, "NOPASSWD"),
            ("cat: write error: No space left on device", Code::HostRoom, "make room"),
            ("something else", Code::AgentNotStarted, "`ssh node1 true`"),
        ] {
            let error = HostError::Deploy { host: name.clone(), kind: None, message: said.to_owned() };
            let finding = failed(&name, &error);
            assert!(finding.fatal, "whatever it is, there is no way to the host");
            assert!(finding.what.contains(said));
            assert_eq!(finding.code, Some(code), "{said}");
            let help = finding.help.unwrap();
            assert!(help.contains(wanted), "{said}: {help}");
            let loose = ["StrictHostKeyChecking", "accept-new"].iter().any(|word| help.contains(word));
            assert!(!loose, "checking is never loosened");
        }
    }

    #[test]
    fn what_an_agent_refuses_is_told_by_its_kind_and_not_by_its_words() {
        let name: HostName = "node1".parse().unwrap();
        for (kind, code, wanted) in [
            (RefusalKind::HostInUse, Code::HostInUse, "collect clean"),
            (RefusalKind::NotRoot, Code::NotRoot, "`sudo = true`"),
            (RefusalKind::NoRoom, Code::HostRoom, "make room"),
            (RefusalKind::Other, Code::AgentNotStarted, "`ssh node1 true`"),
        ] {
            for message in ["some words", "some words of a lock, a lease and root"] {
                let (host, message) = (name.clone(), message.to_owned());
                let finding = failed(&name, &HostError::Unfit { host, kind: Some(kind), message });
                assert_eq!(finding.code, Some(code), "{kind:?}");
                assert!(finding.help.unwrap().contains(wanted), "{kind:?}");
            }
        }
    }

    /// As OpenSSH 9.2 prints it.
    #[test]
    fn a_changed_host_key_is_told_whole() {
        let frame = "@".repeat(59);
        let said = format!(
            "{frame}\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n{frame}\nIT IS POSSIBLE THAT SOMEONE IS \
             DOING SOMETHING NASTY!\nSomeone could be eavesdropping on you right now (man-in-the-middle attack)!\nIt is also \
             possible that a host key has just been changed.\nThe fingerprint for the ED25519 key sent by the remote host \
             is\nSHA256:qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfghj.\nPlease contact your system administrator.\nAdd correct \
             host key in /home/somebody/.ssh/known_hosts to get rid of this message.\nOffending ED25519 key in \
             /home/somebody/.ssh/known_hosts:17\n  remove with:\n  ssh-keygen -f \"/home/somebody/.ssh/known_hosts\" -R \
             \"node1\"\nHost key for node1 has changed and you have requested strict checking.\nHost key verification failed.\n"
        );
        let name: HostName = "node1".parse().unwrap();
        let cause = openssh::Error::Connect(std::io::Error::other(said));
        let finding = failed(&name, &HostError::Connect { host: name.clone(), cause });
        assert_eq!(finding.code, Some(Code::HostKeyChanged), "{}", finding.what);
        for part in ["HAS CHANGED", "SHA256:qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfghj", "known_hosts:17"] {
            assert!(finding.what.contains(part), "{part}: {}", finding.what);
        }
        assert!(!finding.what.contains("@@"), "{}", finding.what);
    }

    #[test]
    fn what_this_machine_lacks_is_not_the_hosts_fault() {
        let name: HostName = "node1".parse().unwrap();
        let cause = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let here = HostError::Here { what: "make a folder for SSH's sockets in /x".to_owned(), cause };
        let finding = failed(&name, &here);
        assert_eq!(finding.code, Some(Code::ControllerUnfit), "{}", finding.what);
        assert!(!finding.what.contains("node1") && finding.what.contains("/x"), "{}", finding.what);
        let said = "unix_listener: path \"/home/a/x\" too long for Unix domain socket";
        let cause = openssh::Error::Connect(std::io::Error::other(said));
        let finding = failed(&name, &HostError::Connect { host: name.clone(), cause });
        assert_eq!(finding.code, Some(Code::ControllerUnfit), "{}", finding.what);
    }

    #[test]
    fn an_agent_has_to_be_root() {
        let good = Connected {
            took: Duration::from_secs(1),
            round_trip: Duration::from_millis(1),
            user: "0".to_owned(),
            cgroups: true,
            swept: Vec::new(),
        };
        assert!(findings(&good).iter().all(|finding| finding.level == Level::Fact));
        let bad =
            Connected { user: "1000".to_owned(), cgroups: false, swept: vec!["took eth0 back".to_owned()], ..good };
        let levels: Vec<Level> = findings(&bad).iter().map(|finding| finding.level).collect();
        assert_eq!(levels, [Level::Fact, Level::Problem, Level::Warning, Level::Fact]);
    }
}
