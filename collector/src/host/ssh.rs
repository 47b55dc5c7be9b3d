//! The connection itself, through the `openssh` crate.

use super::{HostError, HostName};
use openssh::{KnownHosts, Session, SessionBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What could not be done where this machine has no SSH.
pub const START_SSH: &str = "start `ssh`";
/// Time for making a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Silence after which SSH asks whether the other end is there.
const ALIVE_INTERVAL: Duration = Duration::from_secs(5);

/// How to get to the hosts: whose configuration, which known hosts, and a folder for sockets.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// An `ssh_config`; the user's own where there is none.
    pub config: Option<PathBuf>,
    /// A `known_hosts`; the user's own where there is none.
    pub known_hosts: Option<PathBuf>,
    /// A private folder for the connections' sockets.
    pub sockets: Option<PathBuf>,
    /// Where on hosts a `collect` of this version is already; this very program is sent to all others.
    pub agents: BTreeMap<HostName, PathBuf>,
    /// The program that is sent as the agent; this very one where nothing is named.
    pub program: Option<PathBuf>,
    /// Hosts on which the agent is started with `sudo -n`.
    pub sudo: BTreeSet<HostName>,
    /// Whether the networks that SSH comes over carry nothing else while a campaign holds the hosts.
    pub ssh_only: bool,
}

impl Access {
    /// Opens a connection, with a master of its own that all later channels share. A host whose key is not
    /// known already is refused.
    pub(super) async fn connect(&self, name: &HostName) -> Result<Arc<Session>, HostError> {
        let mut builder = SessionBuilder::default();
        builder.known_hosts_check(KnownHosts::Strict).connect_timeout(CONNECT_TIMEOUT);
        builder.server_alive_interval(ALIVE_INTERVAL);
        if let Some(config) = &self.config {
            builder.config_file(config);
        }
        if let Some(known_hosts) = &self.known_hosts {
            builder.user_known_hosts_file(known_hosts);
        }
        match &self.sockets {
            Some(sockets) => builder.control_directory(sockets),
            None => builder.control_directory(sockets_folder()?),
        };
        // Through the master's socket, without a process for each channel: a Ctrl-C at the terminal would end those.
        let connected = builder.connect_mux(name.as_str()).await;
        connected.map(Arc::new).map_err(|cause| match cause {
            // Of this machine: `ssh` itself could not be started. What ssh says has no number of the system's.
            openssh::Error::Connect(cause) if cause.raw_os_error().is_some() => {
                HostError::Here { what: START_SSH.to_owned(), cause }
            }
            cause => HostError::Connect { host: name.clone(), cause },
        })
    }
}

/// The user's folder for the sockets of connections, where the library puts them as well. It is looked at here, since a
/// folder of this machine's that cannot be used is no fault of any host.
fn sockets_folder() -> Result<PathBuf, HostError> {
    let named = |variable: &str| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = named("XDG_STATE_HOME").or_else(|| named("HOME").map(|home| home.join(".local/state")));
    let folder = folder.unwrap_or_else(std::env::temp_dir);
    let here =
        |cause| HostError::Here { what: format!("make a folder for SSH's sockets in {}", folder.display()), cause };
    std::fs::create_dir_all(&folder).map_err(here)?;
    // Whether it takes one is known by trying only; it goes again at once.
    tempfile::Builder::new().prefix(".meshbench-").tempdir_in(&folder).map_err(|error| here(error.kind().into()))?;
    Ok(folder)
}
