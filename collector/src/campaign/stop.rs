//! How a person wants a campaign to stop, and that it is heard while something is waited for.

use super::CampaignError;
use crate::ui;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// How a person wants a campaign to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopRequest {
    /// Not at all.
    None,
    /// After the run in flight.
    AfterRun,
    /// At once, with everything restored.
    AtOnce,
}

/// Waits until at least this is asked for. Whoever could have asked and is gone asks for nothing any more.
pub async fn asked(mut stop: watch::Receiver<StopRequest>, least: StopRequest) {
    if stop.wait_for(|stop| *stop >= least).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Says that the run in flight is finished first, once somebody wants the campaign to stop after it and if there is one.
pub async fn tell_of_flight(stop: watch::Receiver<StopRequest>, in_flight: Arc<AtomicBool>) -> Infallible {
    asked(stop, StopRequest::AfterRun).await;
    if in_flight.load(Ordering::Relaxed) {
        ui::say("the run in flight is finished first");
    }
    std::future::pending().await
}

/// Does what is no run and may take long: waits for hosts, brings a system up. It is given up as soon as the person
/// wants the campaign to stop, since there is no run in flight that would have to be finished first.
pub async fn unless_stopped<T>(
    stop: watch::Receiver<StopRequest>,
    folder: &Path,
    work: impl Future<Output = T>,
) -> Result<T, CampaignError> {
    let folder = folder.to_owned();
    tokio::select! {
        biased;
        () = asked(stop, StopRequest::AfterRun) => Err(CampaignError::Stopped { folder }),
        done = work => Ok(done),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn the_first_request_ends_a_wait() {
        block_on(async {
            let (sender, stop) = watch::channel(StopRequest::None);
            let started = Instant::now();
            let waiting = unless_stopped(stop.clone(), Path::new("/ds.partial"), std::future::pending::<()>());
            let asking = async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                sender.send(StopRequest::AfterRun).unwrap();
            };
            let (waited, ()) = tokio::join!(waiting, asking);
            assert!(matches!(waited, Err(CampaignError::Stopped { .. })));
            assert!(started.elapsed() < Duration::from_secs(5));
            // Nothing more is begun after it.
            let begun = unless_stopped(stop, Path::new("/ds.partial"), async { panic!("it was begun") }).await;
            assert!(begun.is_err());
        });
    }

    #[test]
    fn work_that_nobody_stops_comes_to_its_end_and_so_does_work_whose_listener_is_gone() {
        block_on(async {
            let (sender, stop) = watch::channel(StopRequest::None);
            assert_eq!(unless_stopped(stop.clone(), Path::new("x"), async { 7 }).await.unwrap(), 7);
            drop(sender);
            let late = async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                8
            };
            assert_eq!(unless_stopped(stop, Path::new("x"), late).await.unwrap(), 8);
        });
    }
}
