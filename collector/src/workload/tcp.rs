//! `tcp`: one TCP transfer with iperf3, source to target, with a server of its own.

use super::{Execution, Link, counters};
use crate::host::{HostError, Status};
use crate::matrix::TcpParameters;
use meshbench_schemas::words::Workload;
use std::time::Duration;

const PORT: &str = "5201";
/// Time on top of the client's limit until the server is ended.
const SERVER_MARGIN: Duration = Duration::from_secs(5);
/// Written to standard error when the server listens.
const LISTENING: &str = "meshbench: listening";

/// Starts a server, says when it listens on port `$1`, and ends it when nobody is interested any more,
/// which shows in the standard input closing. Constant: what varies comes in as arguments.
const SERVER: &str = r#"port=$1; shift
{ counters "$interface"; echo; echo "$mark"; } >&2
exec 3<&0
timeout -k 2 "$limit" "$@" </dev/null 3<&- & server=$!
{ cat <&3; kill "$server"; } >/dev/null 2>&1 & watch=$!
exec 3<&-
tries=0
until ss -Hltn "sport = :$port" | grep -q .; do
  kill -0 "$server" 2>/dev/null && [ "$tries" -lt 200 ] || break
  tries=$((tries + 1)); sleep 0.02
done
echo "meshbench: listening" >&2
wait "$server"; code=$?
kill "$watch" 2>/dev/null
{ echo; echo "$mark"; counters "$interface"; } >&2
exit "$code""#;

/// Sends to the target once.
pub async fn run(parameters: &TcpParameters, link: Link<'_>) -> Result<Execution, HostError> {
    let (asked, limit) = (parameters.duration.get(), parameters.limit.get());
    let (address, seconds) = (link.address.to_string(), asked.as_secs().to_string());
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let server = words(&[PORT, "iperf3", "-s", "-1", "-J", "-p", PORT, "-B", &address]);
    let client = words(&["iperf3", "-c", &address, "-p", PORT, "-t", &seconds, "-J", "--get-server-output"]);
    let server_limit = limit + SERVER_MARGIN;
    let server = counters::around(link.target, SERVER, server_limit, &server).hold_stdin();
    let mut server = link.target.start(&server).await?;
    server.wait_for_line(LISTENING).await?;
    let (client, source) = counters::run(link.source, limit, &client).await?;
    // After a good run the server has ended by itself; after any other one it must not wait for a client.
    if client.status != Status::Exited(0) {
        server.release();
    }
    let (server, target) = counters::split(server.wait().await?, server_limit);
    Ok(Execution { workload: Workload::Tcp, asked, limit, client, server: Some(server), source, target })
}
