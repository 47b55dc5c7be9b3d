//! The agent's end that the controller holds: numbered requests, replies in any order.

use super::{HostError, HostName, Live, excerpt};
use crate::agent::protocol::{Answer, Call, First, Hello, Line, Refusal, RefusalKind, Request, VERSION};
use openssh::{ChildStdin, ChildStdout, Session, Stdio};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::oneshot;

/// Time for an agent to say that it is there.
const HELLO_WITHIN: Duration = Duration::from_secs(30);
/// Time for an agent that has said its last words to be gone.
const ENDED_WITHIN: Duration = Duration::from_secs(2);
/// Time between two signs of life.
const RENEW_EVERY: Duration = Duration::from_secs(4);

/// A connection to an agent. When it is dropped the agent's input ends, and with it the lease.
#[derive(Debug)]
pub(super) struct Channel {
    host: HostName,
    shared: Arc<Shared>,
    stdin: Arc<tokio::sync::Mutex<Option<ChildStdin>>>,
    session: Option<Arc<Session>>,
    /// This end of the SSH channel, which is closed when it is dropped.
    child: Option<openssh::Child<Arc<Session>>>,
    renewing: tokio::task::JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    waiting: BTreeMap<u64, oneshot::Sender<Result<Answer, Refusal>>>,
    live: Option<Live>,
    /// Why nothing more comes.
    ended: Option<String>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Channel {
    /// Starts the agent `program` on the host.
    pub(super) async fn open(
        session: Arc<Session>,
        host: &HostName,
        program: &str,
        sudo: bool,
        lease: &str,
    ) -> Result<(Self, Hello), HostError> {
        let fail = |message: String| HostError::Deploy { host: host.clone(), kind: None, message };
        let mut words = vec![program, "agent", "--lease", lease];
        if sudo {
            words.splice(0..0, ["sudo", "-n", "--"]);
        }
        let (first, rest) = words.split_first().ok_or_else(|| fail("no command".to_owned()))?;
        let mut command = Session::to_command(Arc::clone(&session), *first);
        command.args(rest).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().await.map_err(|error| fail(super::chain(&error)))?;
        let (stdin, stdout, stderr) = (child.stdin().take(), child.stdout().take(), child.stderr().take());
        let (Some(stdin), Some(stdout), Some(mut stderr)) = (stdin, stdout, stderr) else {
            return Err(fail("its standard streams are not there".to_owned()));
        };
        let words = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&words);
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
                let surplus = kept.len().saturating_sub(4096);
                kept.drain(..surplus);
            }
        });
        let said = || excerpt(&words.lock().unwrap_or_else(PoisonError::into_inner));
        let mut reader = BufReader::with_capacity(256 * 1024, stdout);
        let mut line = Vec::new();
        let hello = match tokio::time::timeout(HELLO_WITHIN, reader.read_until(b'\n', &mut line)).await {
            Ok(Ok(1..)) => match serde_json::from_slice::<First>(&line) {
                Ok(First::Hello(hello)) => Ok(hello),
                Ok(First::Refused { refused }) => return Err(unable(host.clone(), refused)),
                Err(error) => Err(error),
            },
            Ok(_) => {
                // Its last words may still be on their way.
                tokio::time::sleep(Duration::from_millis(200)).await;
                let _ = tokio::time::timeout(ENDED_WITHIN, child.wait()).await;
                return Err(fail(said()));
            }
            Err(_) => return Err(fail(format!("it said nothing for {HELLO_WITHIN:?}"))),
        };
        let hello = hello.map_err(|error| fail(format!("it began with `{}`: {error}", excerpt(&line))))?;
        if hello.protocol != VERSION {
            return Err(fail(format!("it speaks protocol {}, this program {VERSION}", hello.protocol)));
        }
        let ours = env!("CARGO_PKG_VERSION");
        if hello.version != ours {
            return Err(fail(format!(
                "the agent at {program} is version {}, this program {ours}: put the same one there",
                hello.version
            )));
        }
        let shared = Arc::new(Shared::default());
        tokio::spawn(read(reader, Arc::clone(&shared), words));
        let stdin = Arc::new(tokio::sync::Mutex::new(Some(stdin)));
        let renewing = tokio::spawn(renew(Arc::clone(&shared), Arc::clone(&stdin)));
        Ok((Self { host: host.clone(), shared, stdin, session: Some(session), child: Some(child), renewing }, hello))
    }

    /// Asks, and waits for the reply. `doing` completes "the connection was lost while …".
    pub(super) async fn call(&self, call: Call, within: Duration, doing: &str) -> Result<Answer, HostError> {
        let lost = |message: String| HostError::Lost { host: self.host.clone(), doing: doing.to_owned(), message };
        let (id, reply) = {
            let mut state = self.shared.lock();
            if let Some(why) = &state.ended {
                return Err(lost(why.clone()));
            }
            let (sender, receiver) = oneshot::channel();
            state.next += 1;
            let id = state.next;
            state.waiting.insert(id, sender);
            (id, receiver)
        };
        let waiting = async {
            send(&self.stdin, &Request { id, call }).await.map_err(|error| lost(error.to_string()))?;
            match reply.await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(Refusal { kind, message })) => {
                    Err(HostError::Refused { host: self.host.clone(), kind, message })
                }
                Err(_) => {
                    let why = self.shared.lock().ended.clone();
                    Err(lost(why.unwrap_or_else(|| "the agent ended".to_owned())))
                }
            }
        };
        match tokio::time::timeout(within, waiting).await {
            Ok(result) => result,
            Err(_) => {
                self.shared.lock().waiting.remove(&id);
                Err(HostError::Silent { host: self.host.clone(), doing: doing.to_owned(), waited: within })
            }
        }
    }

    /// The latest second of a host that is watched.
    pub(super) fn live(&self) -> Option<Live> {
        self.shared.lock().live
    }

    /// Ends the connection.
    pub(super) async fn close(mut self, within: Duration) {
        self.renewing.abort();
        self.stdin.lock().await.take();
        if let Some(child) = self.child.take() {
            let _ = tokio::time::timeout(within, child.wait()).await;
        }
        // The agent ends by itself now; what is left of the session closes when it is dropped.
        if let Some(session) = self.session.take().and_then(Arc::into_inner) {
            let _ = tokio::time::timeout(within, session.close()).await;
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

/// An agent that took no lease. What the operating system refuses is refused whoever asks, and however often.
fn unable(host: HostName, Refusal { kind, message }: Refusal) -> HostError {
    let (kind, message) = (Some(kind), format!("error: {message}"));
    match kind {
        Some(RefusalKind::NotRoot | RefusalKind::NoRoom | RefusalKind::System) => {
            HostError::Unfit { host, kind, message }
        }
        _ => HostError::Deploy { host, kind, message },
    }
}

async fn send(stdin: &tokio::sync::Mutex<Option<ChildStdin>>, request: &Request) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    let mut stdin = stdin.lock().await;
    let Some(pipe) = stdin.as_mut() else { return Err(std::io::Error::other("the connection was closed")) };
    pipe.write_all(&line).await?;
    pipe.flush().await
}

async fn renew(shared: Arc<Shared>, stdin: Arc<tokio::sync::Mutex<Option<ChildStdin>>>) {
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        // Nobody waits for the answer to number 0.
        if shared.lock().ended.is_some() || send(&stdin, &Request { id: 0, call: Call::Renew }).await.is_err() {
            return;
        }
    }
}

/// Hands replies to those who wait for them, until the agent ends.
async fn read(mut reader: BufReader<ChildStdout>, shared: Arc<Shared>, words: Arc<Mutex<Vec<u8>>>) {
    let mut line = Vec::new();
    let why = loop {
        line.clear();
        match reader.read_until(b'\n', &mut line).await {
            Ok(1..) => match serde_json::from_slice::<Line>(&line) {
                Ok(Line::Live { received_bit_s, sent_bit_s }) => {
                    shared.lock().live = Some((received_bit_s, sent_bit_s));
                }
                Ok(Line::Reply(reply)) => {
                    let waiting = shared.lock().waiting.remove(&reply.id);
                    if let Some(sender) = waiting {
                        let _ = sender.send(reply.result);
                    }
                }
                Err(error) => break format!("its agent wrote `{}`: {error}", excerpt(&line)),
            },
            Ok(_) => break "its agent or the SSH connection ended".to_owned(),
            Err(error) => break error.to_string(),
        }
    };
    let said = words.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut state = shared.lock();
    state.ended = Some(if said.is_empty() { why } else { format!("{why}: {}", excerpt(&said)) });
    // Their owners see the reason above.
    state.waiting.clear();
}
