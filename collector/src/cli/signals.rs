//! How a person stops a command: Ctrl-C, and the signals that end a program.

use crate::campaign::StopRequest;
use crate::ui;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// The exit code of a command that was stopped.
pub(super) const STOPPED: u8 = 130;

fn signals() -> Option<[Signal; 3]> {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [Ok(interrupt), Ok(terminate), Ok(hangup)] = kinds.map(signal) else { return None };
    Some([interrupt, terminate, hangup])
}

/// Does what changes nothing by itself, or ends by itself: `None` as soon as somebody wants it to end.
pub(super) async fn unless_stopped<T>(work: impl Future<Output = T>) -> Option<T> {
    let Some([mut interrupt, mut terminate, mut hangup]) = signals() else { return Some(work.await) };
    tokio::select! {
        biased;
        _ = interrupt.recv() => None,
        _ = terminate.recv() => None,
        _ = hangup.recv() => None,
        done = work => Some(done),
    }
}

/// Listens for a campaign: the first Ctrl-C stops it after the run in flight, if there is one; the second one, or a signal to
/// end, at once.
pub(super) async fn listen(stop: watch::Sender<StopRequest>) {
    let Some([mut interrupt, mut terminate, mut hangup]) = signals() else { return };
    loop {
        let asked = tokio::select! {
            _ = interrupt.recv() => {
                let again = *stop.borrow() >= StopRequest::AfterRun;
                if again { StopRequest::AtOnce } else { StopRequest::AfterRun }
            }
            _ = terminate.recv() => StopRequest::AtOnce,
            _ = hangup.recv() => StopRequest::AtOnce,
        };
        // Whether a run is in flight is known to the campaign, which says so.
        ui::say(match asked {
            StopRequest::AtOnce => "stopping and restoring the hosts",
            _ => "stopping; press Ctrl-C again to stop at once",
        });
        let _ = stop.send(asked);
    }
}
