//! One host of a campaign, and the only way to it: SSH with strict host keys, and the agent at its other end.
//!
//! A command is a program and its arguments, never a line of shell; each has a deadline that the agent keeps
//! on the host itself. What is changed on a host is changed by its agent, which undoes it when this
//! connection ends for whatever reason.

mod channel;
mod command;
mod deploy;
mod management;
mod ssh;

pub use crate::names::{BadName, HostName, InterfaceName};
pub use crate::text::excerpt;
pub use command::{Command, Output, Status};
pub use management::ssh_only;
pub use ssh::{Access, START_SSH};

use crate::agent::protocol::{
    Answer, Bytes, Call, Change, Hello, Launched, Reading, RefusalKind, Role, Scope, Second, SshWay, Transport, Unfit,
};
use channel::Channel;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// Time for an agent to answer what takes no time by itself.
const PROMPT: Duration = Duration::from_secs(20);

/// Characters of what SSH says that go into a message. Its longest warning, of a host key that changed, is shorter.
const LONGEST_CAUSE: usize = 4000;

/// Why something on a host did not happen.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// No SSH connection could be made.
    #[error("failed to connect to {host}: {}; `ssh {host} true` with the same configuration has to work", chain(cause))]
    Connect {
        /// The host.
        host: HostName,
        /// What SSH said.
        cause: openssh::Error,
    },
    /// This machine cannot make SSH connections, to whatever host.
    #[error("failed to {what}: {cause}")]
    Here {
        /// What was tried.
        what: String,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// The agent could not be brought to the host or started there.
    #[error("failed to start the agent on {host}: {message}")]
    Deploy {
        /// The host.
        host: HostName,
        /// What the agent itself says that it is, if it was started.
        kind: Option<RefusalKind>,
        /// What is wrong, and what to do about it.
        message: String,
    },
    /// The host cannot take an agent, now or later: there is no room, or no right.
    #[error("{host} cannot take the agent: {message}")]
    Unfit {
        /// The host.
        host: HostName,
        /// What the agent itself says that it is, if it was started.
        kind: Option<RefusalKind>,
        /// What is wrong, and what to do about it.
        message: String,
    },
    /// The connection or the agent ended.
    #[error("the connection to {host} was lost while {doing}: {message}")]
    Lost {
        /// The host.
        host: HostName,
        /// What was being done.
        doing: String,
        /// What is known about it.
        message: String,
    },
    /// A host did not answer in time.
    #[error("{host} did not answer for {waited:?} while {doing}")]
    Silent {
        /// The host.
        host: HostName,
        /// What was being done.
        doing: String,
        /// How long the controller waited.
        waited: Duration,
    },
    /// The agent said no.
    #[error("{host}: {message}")]
    Refused {
        /// The host.
        host: HostName,
        /// The kind of its reason.
        kind: RefusalKind,
        /// Its words.
        message: String,
    },
    /// A command that had to succeed did not.
    #[error("`{program}` failed on {host} ({status}): {excerpt}")]
    Failed {
        /// The host.
        host: HostName,
        /// The program that ran.
        program: String,
        /// How it ended.
        status: Status,
        /// The end of its standard error.
        excerpt: String,
    },
    /// A host answered with something that cannot be what was asked for.
    #[error("{host} gave an unusable answer while {doing}: {message}")]
    Answer {
        /// The host.
        host: HostName,
        /// What was being done.
        doing: String,
        /// What is wrong with the answer.
        message: String,
    },
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    // Whole, since SSH says first what is wrong (a host key that changed) and then how to look at it.
    let most = text.char_indices().nth(LONGEST_CAUSE).map_or(text.len(), |(at, _)| at);
    crate::text::one_line(text.get(..most).unwrap_or(&text).as_bytes())
}

impl HostError {
    /// Whether it stays as it is until somebody mends it, so that to try again is of no use.
    pub const fn stays(&self) -> bool {
        matches!(self, Self::Here { .. } | Self::Unfit { .. })
    }

    /// Whether the way to the host is gone, so that nothing more can be done before a new connection.
    pub const fn is_lost(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::Deploy { .. } | Self::Lost { .. } | Self::Silent { .. })
    }

    /// Why the agent said no, where it did.
    pub const fn refusal(&self) -> Option<RefusalKind> {
        match self {
            Self::Refused { kind, .. } => Some(*kind),
            Self::Deploy { kind, .. } | Self::Unfit { kind, .. } => *kind,
            Self::Here { .. }
            | Self::Connect { .. }
            | Self::Lost { .. }
            | Self::Silent { .. }
            | Self::Failed { .. }
            | Self::Answer { .. } => None,
        }
    }
}

/// A host with an open connection and an agent.
#[derive(Debug)]
pub struct Host {
    /// Its name, as in `source` and `target` of the dataset.
    pub name: HostName,
    /// Its address on the data network, which is measured and impaired.
    pub address: IpAddr,
    /// The interface of that network.
    pub interface: InterfaceName,
    hello: Hello,
    program: String,
    channel: Channel,
}

/// A second of a host that is watched: bits per second received and sent on the data interface.
pub type Live = (f64, f64);

impl Host {
    /// Connects to a host and starts its agent, which takes a lease of the given name.
    pub async fn connect(
        access: &Access,
        name: HostName,
        address: IpAddr,
        interface: InterfaceName,
        lease: &str,
    ) -> Result<Self, HostError> {
        let session = access.connect(&name).await?;
        let agent = deploy::find_or_send(&session, &name, access).await?;
        let (channel, hello) = Channel::open(session, &name, &agent, access.sudo.contains(&name), lease).await?;
        Ok(Self { name, address, interface, hello, program: agent, channel })
    }

    /// The lease's private folder on the host: on a tmpfs, for root only, gone with the lease.
    pub fn folder(&self) -> &str {
        &self.hello.folder
    }

    /// Whether CPU time and memory of daemons can be told.
    pub const fn has_cgroups(&self) -> bool {
        self.hello.cgroups
    }

    /// The SSH connection by which it is reached, as the host sees it; `None` where SSH does not come over a network.
    pub const fn ssh(&self) -> Option<SshWay> {
        self.hello.ssh
    }

    /// Where the agent's program is on the host.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// What the agent restored of earlier leases when it started, as sentences.
    pub fn swept(&self) -> &[String] {
        &self.hello.swept
    }

    /// Runs a command and waits for its end, however it ends. What the command itself does wrong is in the
    /// [`Output`]; an error means that it is unknown how it ended.
    pub async fn run(&self, command: &Command) -> Result<Output, HostError> {
        let doing = format!("`{}` ran", command.program());
        let waited = command.get_deadline() + PROMPT;
        match self.channel.call(Call::Run(command.task()), waited, &doing).await {
            Ok(Answer::Finished(finished)) => Ok(finished.into()),
            Ok(_) => Err(self.unusable(&doing)),
            // Nothing of that name on the host: 127, as a shell says it.
            Err(HostError::Refused { kind: RefusalKind::NotStarted, message, .. }) => Ok(Output::not_started(&message)),
            Err(error) => Err(error),
        }
    }

    /// Runs a command that has to succeed, and returns its standard output.
    pub async fn check(&self, command: &Command) -> Result<Vec<u8>, HostError> {
        let output = self.run(command).await?;
        if output.status == Status::Exited(0) {
            return Ok(output.stdout);
        }
        Err(HostError::Failed {
            host: self.name.clone(),
            program: command.program().to_owned(),
            status: output.status,
            excerpt: output.excerpt(),
        })
    }

    /// The standard output of a command that has to succeed, as text without white space around it.
    pub async fn text(&self, command: &Command) -> Result<String, HostError> {
        Ok(String::from_utf8_lossy(&self.check(command).await?).trim().to_owned())
    }

    /// Starts a program that stays. A tool is ended at its command's deadline, a daemon with the lease.
    pub async fn launch(&self, name: &str, role: Role, command: &Command) -> Result<(), HostError> {
        let mut task = command.task();
        if role == Role::Daemon {
            task.deadline_ms = 0;
        }
        self.done(Call::Launch { name: name.to_owned(), role, task }, "a program was started").await
    }

    /// Waits until a launched program ends by itself.
    pub async fn finish(&self, name: &str, within: Duration) -> Result<Output, HostError> {
        self.ended(Call::Finish { name: name.to_owned() }, within + PROMPT).await
    }

    /// Ends a launched program.
    pub async fn stop(&self, name: &str) -> Result<Output, HostError> {
        self.ended(Call::Stop { name: name.to_owned() }, PROMPT).await
    }

    async fn ended(&self, call: Call, waited: Duration) -> Result<Output, HostError> {
        let doing = "a program ended";
        match self.channel.call(call, waited, doing).await? {
            Answer::Finished(finished) => Ok(finished.into()),
            _ => Err(self.unusable(doing)),
        }
    }

    /// Whether launched programs still run, and the end of what they wrote.
    pub async fn launched(&self) -> Result<BTreeMap<String, Launched>, HostError> {
        let doing = "programs were looked at";
        match self.channel.call(Call::Launched, PROMPT, doing).await? {
            Answer::Launched(launched) => Ok(launched),
            _ => Err(self.unusable(doing)),
        }
    }

    /// Waits until something listens on a port. `false` if nothing does in time, or a launched program that
    /// should has ended.
    pub async fn listening(
        &self,
        transport: Transport,
        port: u16,
        within: Duration,
        unless_ended: Option<&str>,
    ) -> Result<bool, HostError> {
        let doing = "a port was waited for";
        let unless_ended = unless_ended.map(str::to_owned);
        let call = Call::Listening { transport, port, within_ms: milliseconds(within), unless_ended };
        match self.channel.call(call, within + PROMPT, doing).await? {
            Answer::Flag(flag) => Ok(flag),
            _ => Err(self.unusable(doing)),
        }
    }

    /// Writes a file in the lease's folder; `path` is relative to it.
    pub async fn write(&self, path: &str, mode: u32, content: &[u8]) -> Result<(), HostError> {
        let content = Bytes(content.to_owned());
        self.done(Call::Write { path: path.to_owned(), mode, content }, "a file was written").await
    }

    /// Changes the host until the end of the scope.
    pub async fn change(&self, scope: Scope, change: Change) -> Result<(), HostError> {
        self.done(Call::Change { scope, change }, "the host was changed").await
    }

    /// Undoes all changes of a scope; with [`Scope::System`] all daemons are ended before.
    pub async fn restore(&self, scope: Scope) -> Result<(), HostError> {
        self.done(Call::Restore { scope }, "changes were undone").await
    }

    /// Counters and queueing disciplines of the data interface.
    pub async fn read(&self) -> Result<Reading, HostError> {
        let doing = "counters were read";
        let interfaces = vec![self.interface.to_string()];
        match self.channel.call(Call::Read { interfaces }, PROMPT, doing).await? {
            Answer::Reading(reading) => Ok(reading),
            _ => Err(self.unusable(doing)),
        }
    }

    /// Starts to sample the host each second.
    pub async fn watch(&self, overlay: &[InterfaceName], qdiscs: bool) -> Result<(), HostError> {
        let data = self.interface.to_string();
        let overlay = overlay.iter().map(ToString::to_string).collect();
        self.done(Call::Watch { data, overlay, qdiscs }, "sampling was started").await
    }

    /// Stops sampling and returns what was sampled.
    pub async fn unwatch(&self) -> Result<Vec<Second>, HostError> {
        let doing = "sampling was stopped";
        match self.channel.call(Call::Unwatch, PROMPT, doing).await? {
            Answer::Seconds(seconds) => Ok(seconds),
            _ => Err(self.unusable(doing)),
        }
    }

    /// The latest second of a host that is watched.
    pub fn live(&self) -> Option<Live> {
        self.channel.live()
    }

    /// Answers UDP datagrams on an address of this host until the next echo or the end of the lease.
    pub async fn echo(&self, address: SocketAddr) -> Result<(), HostError> {
        self.done(Call::Echo { address }, "a UDP echo was started").await
    }

    /// Sends datagrams to another host's echo. Returns how many were sent and how many were answered.
    pub async fn probe(&self, address: SocketAddr, count: u32, interval: Duration) -> Result<(u32, u32), HostError> {
        let doing = "UDP was probed";
        let waited = interval.saturating_mul(count) + PROMPT;
        let call = Call::Probe { address, count, interval_ms: milliseconds(interval) };
        match self.channel.call(call, waited, doing).await? {
            Answer::Echoed { sent, answered } => Ok((sent, answered)),
            _ => Err(self.unusable(doing)),
        }
    }

    /// State of the host that must be the same after everything is restored.
    pub async fn fingerprint(&self) -> Result<BTreeMap<String, String>, HostError> {
        let doing = "its state was read";
        match self.channel.call(Call::Fingerprint, PROMPT, doing).await? {
            Answer::Facts(facts) => Ok(facts),
            _ => Err(self.unusable(doing)),
        }
    }

    /// Why this host cannot do its part whatever is measured; nothing where it can.
    pub async fn fitness(&self, impairs: bool) -> Result<Vec<Unfit>, HostError> {
        let doing = "it was looked at";
        match self.channel.call(Call::Fitness { interface: self.interface.to_string(), impairs }, PROMPT, doing).await?
        {
            Answer::Unfit(unfit) => Ok(unfit),
            _ => Err(self.unusable(doing)),
        }
    }

    /// Tells the agent that its controller is there.
    pub async fn renew(&self) -> Result<(), HostError> {
        self.done(Call::Renew, "the lease was renewed").await
    }

    /// Undoes everything on the host and ends the connection.
    pub async fn release(self) -> Result<(), HostError> {
        let started = Instant::now();
        let released = self.done(Call::Release, "the lease was ended").await;
        self.channel.close(PROMPT.saturating_sub(started.elapsed())).await;
        released
    }

    async fn done(&self, call: Call, doing: &str) -> Result<(), HostError> {
        match self.channel.call(call, PROMPT, doing).await? {
            Answer::Done => Ok(()),
            _ => Err(self.unusable(doing)),
        }
    }

    fn unusable(&self, doing: &str) -> HostError {
        let message = "its agent answered something else than was asked".to_owned();
        HostError::Answer { host: self.name.clone(), doing: doing.to_owned(), message }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Does the same on all hosts at once; the first error wins, after all have ended.
pub async fn on_all<'a, T, F>(hosts: &'a [Host], action: impl Fn(usize, &'a Host) -> F) -> Result<Vec<T>, HostError>
where
    F: Future<Output = Result<T, HostError>> + 'a,
{
    let futures = hosts.iter().enumerate().map(|(index, host)| action(index, host));
    futures_util::future::join_all(futures).await.into_iter().collect()
}
