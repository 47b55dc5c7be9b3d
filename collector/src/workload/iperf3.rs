//! One transfer with iperf3, source to target or both ways, with a server of its own.

use super::{Link, Step};
use crate::agent::protocol::{Role, Transport};
use crate::host::{Command, HostError, Status};
use crate::matrix::Rate;
use std::time::Duration;

/// Links that run at the same time have ports of their own from here on.
const FIRST_PORT: u16 = 5201;
/// Time for a server to listen.
const LISTENING_WITHIN: Duration = Duration::from_secs(10);
/// Time on top of the client's limit until the server is ended.
const SERVER_MARGIN: Duration = Duration::from_secs(5);

/// What iperf3 is asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// How long it sends.
    pub duration: Duration,
    /// When it is stopped.
    pub limit: Duration,
    /// Whether both ends send at the same time.
    pub both_ways: bool,
    /// Connections at the same time.
    pub streams: std::num::NonZeroU16,
    /// UDP at this rate, instead of TCP.
    pub udp: Option<Rate>,
    /// Payload of a UDP datagram.
    pub datagram_size: Option<std::num::NonZeroU16>,
}

impl Asked {
    /// One TCP connection, source to target.
    pub(super) const fn tcp(duration: Duration, limit: Duration) -> Self {
        Self { duration, limit, both_ways: false, streams: std::num::NonZeroU16::MIN, udp: None, datagram_size: None }
    }
}

/// Sends once.
pub(super) async fn run(asked: &Asked, link: Link<'_>) -> Result<Step, HostError> {
    let port = FIRST_PORT.saturating_add(link.number);
    let name = format!("iperf3-{}", link.number);
    let server = Command::new("iperf3")
        .args(["-s", "-1", "-J", "-p"])
        .arg(port)
        .arg("-B")
        .arg(link.address)
        .deadline(asked.limit + SERVER_MARGIN);
    link.target.launch(&name, Role::Tool, &server).await?;
    let client = match link.target.listening(Transport::Tcp, port, LISTENING_WITHIN, Some(&name)).await {
        // A server that does not listen says why itself.
        Ok(_) => link.source.run(&client(asked, link, port)).await,
        Err(error) => Err(error),
    };
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            // The way to one host is gone; the other one's server must not wait for it.
            let _ = link.target.stop(&name).await;
            return Err(error);
        }
    };
    // After a good run the server has ended by itself; after any other one it must not wait for a client.
    let server = if client.status == Status::Exited(0) {
        link.target.finish(&name, asked.limit + SERVER_MARGIN).await?
    } else {
        link.target.stop(&name).await?
    };
    Ok(Step { rate: asked.udp, client, server: Some(server) })
}

fn client(asked: &Asked, link: Link<'_>, port: u16) -> Command {
    let mut client = Command::new("iperf3").arg("-c").arg(link.address).arg("-p").arg(port);
    client = client.arg("-t").arg(asked.duration.as_secs().max(1)).args(["-J", "--get-server-output"]);
    if asked.both_ways {
        client = client.arg("--bidir");
    }
    if asked.streams.get() > 1 {
        client = client.arg("-P").arg(asked.streams);
    }
    if let Some(rate) = asked.udp {
        client = client.args(["-u", "--udp-counters-64bit", "-b"]).arg(rate.bit_s());
    }
    if let Some(size) = asked.datagram_size {
        client = client.arg("-l").arg(size);
    }
    client.deadline(asked.limit)
}
