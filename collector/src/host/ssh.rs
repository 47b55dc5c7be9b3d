//! The connection itself, through the `openssh` crate.

use super::{Command, HostError, HostName, Output, Status};
use openssh::{Child, KnownHosts, Session, SessionBuilder, Stdio};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

/// Time after a command's own deadline in which the host has to answer.
const GRACE: Duration = Duration::from_secs(10);
/// Time for making a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How to get to the hosts: whose configuration, which known hosts, and a folder for sockets.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// An `ssh_config`; the user's own where there is none.
    pub config: Option<PathBuf>,
    /// A `known_hosts`; the user's own where there is none.
    pub known_hosts: Option<PathBuf>,
    /// A private folder for the connections' sockets.
    pub sockets: Option<PathBuf>,
}

impl Access {
    /// Opens a connection. A host whose key is not known already is refused.
    pub(super) async fn connect(&self, name: &HostName) -> Result<Session, HostError> {
        let mut builder = SessionBuilder::default();
        builder.known_hosts_check(KnownHosts::Strict).connect_timeout(CONNECT_TIMEOUT);
        builder.server_alive_interval(Duration::from_secs(15));
        if let Some(config) = &self.config {
            builder.config_file(config);
        }
        if let Some(known_hosts) = &self.known_hosts {
            builder.user_known_hosts_file(known_hosts);
        }
        if let Some(sockets) = &self.sockets {
            builder.control_directory(sockets);
        }
        builder.connect(name.as_str()).await.map_err(|cause| HostError::Connect { host: name.clone(), cause })
    }
}

/// A command that runs on a host. If it is dropped, its standard input closes there.
pub struct Running<'a> {
    host: &'a HostName,
    program: String,
    child: Child<&'a Session>,
    hold_stdin: bool,
    started: jiff::Timestamp,
    clock: Instant,
    deadline: Duration,
    stderr_seen: Vec<u8>,
}

impl<'a> Running<'a> {
    pub(super) async fn start(session: &'a Session, host: &'a HostName, command: &Command) -> Result<Self, HostError> {
        let lost = |cause| HostError::Lost { host: host.clone(), program: command.program().to_owned(), cause };
        let words = command.words();
        let (first, rest) = words.split_first().ok_or_else(|| lost(openssh::Error::Disconnected))?;
        let (started, clock) = (jiff::Timestamp::now(), Instant::now());
        let mut remote = session.command(first.as_str());
        remote.args(rest).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = remote.spawn().await.map_err(lost)?;
        if let Some(stdin) = child.stdin() {
            // A program that ends without reading everything is judged by its exit code.
            let _ = stdin.write_all(&command.stdin).await;
            let _ = stdin.flush().await;
        }
        if !command.hold_stdin {
            drop(child.stdin().take());
        }
        let program = command.program().to_owned();
        let deadline = command.deadline;
        Ok(Self {
            host,
            program,
            child,
            hold_stdin: command.hold_stdin,
            started,
            clock,
            deadline,
            stderr_seen: Vec::new(),
        })
    }

    /// Waits until the command writes `line` to its standard error. `false` if it ended before.
    pub async fn wait_for_line(&mut self, line: &str) -> Result<bool, HostError> {
        let Some(stderr) = self.child.stderr().as_mut() else { return Ok(false) };
        let mut reader = BufReader::with_capacity(1, stderr);
        let seen = &mut self.stderr_seen;
        let search = async {
            loop {
                let start = seen.len();
                match reader.read_until(b'\n', seen).await {
                    Ok(0) | Err(_) => return false,
                    Ok(_) if seen.get(start..).unwrap_or_default().trim_ascii() == line.as_bytes() => {
                        seen.truncate(start);
                        return true;
                    }
                    Ok(_) => {}
                }
            }
        };
        let waited = self.deadline + GRACE;
        tokio::time::timeout(waited, search).await.map_err(|_| self.silent(waited))
    }

    /// Closes a standard input that was held open, which tells the program that it is not needed any more.
    pub fn release(&mut self) {
        drop(self.child.stdin().take());
    }

    /// Waits for the end of the command.
    pub async fn wait(mut self) -> Result<Output, HostError> {
        let waited = (self.deadline + GRACE).saturating_sub(self.clock.elapsed());
        let (host, program) = (self.host, self.program.clone());
        let silent = self.silent(waited);
        let (started, clock, deadline) = (self.started, self.clock, self.deadline);
        let mut stderr = std::mem::take(&mut self.stderr_seen);
        let held = if self.hold_stdin { self.child.stdin().take() } else { None };
        let mut stdout = Vec::new();
        let (mut from_stdout, mut from_stderr) = (self.child.stdout().take(), self.child.stderr().take());
        let end = async {
            let out = async {
                if let Some(pipe) = &mut from_stdout {
                    let _ = pipe.read_to_end(&mut stdout).await;
                }
            };
            let err = async {
                if let Some(pipe) = &mut from_stderr {
                    let _ = pipe.read_to_end(&mut stderr).await;
                }
            };
            tokio::join!(out, err);
            self.child.wait().await
        };
        let code = match tokio::time::timeout(waited, end).await {
            Err(_) => return Err(silent),
            Ok(Ok(status)) => status.code(),
            // ssh says 255 for its own troubles and for a remote command that was killed.
            Ok(Err(openssh::Error::RemoteProcessTerminated)) => None,
            // Nothing of that name on the host: 127, as a shell says it.
            Ok(Err(openssh::Error::Remote(_))) => Some(127),
            Ok(Err(cause)) => return Err(HostError::Lost { host: host.clone(), program, cause }),
        };
        drop(held);
        let elapsed = clock.elapsed();
        Ok(Output { started, elapsed, status: Status::of(code, elapsed, deadline), stdout, stderr })
    }

    fn silent(&self, waited: Duration) -> HostError {
        HostError::Silent { host: self.host.clone(), program: self.program.clone(), waited }
    }
}
