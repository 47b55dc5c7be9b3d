//! One host of a campaign, and the only way to it: SSH, with strict host keys.
//!
//! A command is a program and its arguments, never a line of shell. Each argument is quoted by the `openssh`
//! crate's own escaping; each command has a deadline that also holds on the host itself.

mod command;
mod name;
mod ssh;

pub use command::{Command, Output, Status, excerpt};
pub use name::{BadName, HostName, InterfaceName};
pub use ssh::{Access, Running};

use openssh::Session;
use std::net::IpAddr;
use std::time::Duration;

/// Why something on a host did not happen.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// No SSH connection could be made.
    #[error("failed to connect to {host}: {cause}; `ssh {host} true` with the same configuration has to work")]
    Connect {
        /// The host.
        host: HostName,
        /// What SSH said.
        cause: openssh::Error,
    },
    /// The SSH connection broke while a command ran.
    #[error("the connection to {host} broke while `{program}` ran: {cause}")]
    Lost {
        /// The host.
        host: HostName,
        /// The program that ran.
        program: String,
        /// What SSH said.
        cause: openssh::Error,
    },
    /// A host did not answer although the command's own deadline had passed there.
    #[error("{host} did not answer for {waited:?} while `{program}` ran there")]
    Silent {
        /// The host.
        host: HostName,
        /// The program that ran.
        program: String,
        /// How long the controller waited.
        waited: Duration,
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
    #[error("{host} gave an unusable answer to `{program}`: {message}")]
    Answer {
        /// The host.
        host: HostName,
        /// The program that ran.
        program: String,
        /// What is wrong with the answer.
        message: String,
    },
}

/// A host with an open connection.
#[derive(Debug)]
pub struct Host {
    /// Its name, as in `source` and `target` of the dataset.
    pub name: HostName,
    /// Its address on the data network, which is measured and impaired.
    pub address: IpAddr,
    /// The interface of that network.
    pub interface: InterfaceName,
    session: Session,
}

impl Host {
    /// Connects to `name`; later commands share this one connection.
    pub async fn connect(
        access: &Access,
        name: HostName,
        address: IpAddr,
        interface: InterfaceName,
    ) -> Result<Self, HostError> {
        let session = access.connect(&name).await?;
        Ok(Self { name, address, interface, session })
    }

    /// Runs a command and waits for its end, however it ends. What the command itself does wrong is in the
    /// [`Output`]; an error means that it is unknown how it ended.
    pub async fn run(&self, command: &Command) -> Result<Output, HostError> {
        self.start(command).await?.wait().await
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

    /// Starts a command without waiting for its end.
    pub async fn start(&self, command: &Command) -> Result<Running<'_>, HostError> {
        Running::start(&self.session, &self.name, command).await
    }

    /// Writes a file on the host, readable by its owner only, and the folders above it.
    pub async fn write(&self, path: &str, content: &[u8]) -> Result<(), HostError> {
        let install = Command::new("install").args(["-D", "-m", "0600", "/dev/stdin", path]).stdin(content);
        self.check(&install).await.map(drop)
    }

    /// Ends the connection.
    pub async fn close(self) -> Result<(), HostError> {
        let Self { name, session, .. } = self;
        session.close().await.map_err(|cause| HostError::Connect { host: name, cause })
    }
}

/// Does the same on all hosts at once; the first error wins.
pub async fn on_all<'a, T, F>(hosts: &'a [Host], action: impl Fn(usize, &'a Host) -> F) -> Result<Vec<T>, HostError>
where
    F: Future<Output = Result<T, HostError>> + 'a,
{
    let mut futures: Vec<_> = hosts.iter().enumerate().map(|(index, host)| Box::pin(action(index, host))).collect();
    let mut results: Vec<Option<Result<T, HostError>>> = hosts.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, result) in futures.iter_mut().zip(&mut results) {
            if result.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *result = Some(value);
            }
        }
        if results.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    results.into_iter().flatten().collect()
}
