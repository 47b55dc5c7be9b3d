//! The outer process: starts the controller, passes Ctrl-C on, waits for the reply.

use super::LabError;
use super::request::LabResult;
use super::request::{FINISH, Reply, Request, STARTED, STOP, Task, VARIABLE};
use crate::campaign::StopRequest;
use crate::spawn;
use crate::ui;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Time for the controller to end after it was asked to.
pub const STOP_WITHIN: Duration = Duration::from_secs(30);

/// What happens while a controller runs.
pub enum Event {
    /// The person wants it to end, so.
    Signal(StopRequest),
    /// The controller has been started.
    Started,
    /// The controller's answer.
    Reply(Reply),
    /// The process with the controller in it has ended.
    Ended(String),
}

/// Runs the controller in namespaces of this machine.
pub fn native(request: &Request) -> Result<LabResult, LabError> {
    let (events, inbox) = mpsc::channel();
    let (stdin_read, stdin_write) = std::io::pipe().map_err(LabError::setup("make a pipe"))?;
    let (stdout_read, stdout_write) = std::io::pipe().map_err(LabError::setup("make a pipe"))?;
    let shell = request.task == Task::Shell;
    let mut command = Command::new(spawn::THIS_PROGRAM);
    command.arg0("collect").arg("lab-controller").env(VARIABLE, request.encode()?).stdout(stdout_write);
    if shell {
        // A person in the lab has the terminal; the end of the pipe is not looked at then.
        command.stdin(Stdio::inherit());
    } else {
        command.stdin(stdin_read);
    }
    watch_signals(&events)?;
    let (started, was_started) = mpsc::channel();
    let ended = events.clone();
    // This thread may not end before the controller does, see `spawn_pid1`.
    std::thread::spawn(move || {
        let child = spawn::spawn_pid1(&mut command, shell);
        drop(command);
        let mut child = match child {
            Ok(child) => {
                let _ = started.send(Ok(child.id()));
                child
            }
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let status = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let _ = ended.send(Event::Ended(status));
    });
    let gone = |_| std::io::Error::other("the starting thread ended");
    let pid = was_started.recv().map_err(gone).flatten().map_err(LabError::setup("start the lab's controller"))?;
    read_replies(stdout_read, &events);
    let kill = || {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap_or(i32::MAX));
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
    };
    match wait(&inbox, stdin_write, || {}, kill) {
        Finish::Reply(reply) => request.result(reply),
        Finish::Nothing { interrupted: true, .. } => request.result(Reply::Stopped),
        Finish::Nothing { status, .. } => Err(request.no_reply(status)),
    }
}

/// How it ended.
pub enum Finish {
    /// With an answer.
    Reply(Reply),
    /// Without one.
    Nothing {
        /// How the process ended.
        status: String,
        /// Whether the person wanted it to end.
        interrupted: bool,
    },
}

/// Waits for the end. The first Ctrl-C asks the controller to stop after the run in flight, the second one (or a
/// signal to end) to stop at once; the third, or 30 s after that, kills it.
pub fn wait(
    inbox: &mpsc::Receiver<Event>,
    mut stdin: impl Write,
    mut started: impl FnMut(),
    kill: impl Fn(),
) -> Finish {
    let mut reply = None;
    let mut asked = StopRequest::None;
    loop {
        let interrupted = asked > StopRequest::None;
        let event = match (asked, &reply) {
            (StopRequest::None | StopRequest::AfterRun, None) => {
                inbox.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected)
            }
            _ => inbox.recv_timeout(STOP_WITHIN),
        };
        match event {
            Ok(Event::Started) => started(),
            Ok(Event::Signal(how)) if asked < StopRequest::AtOnce => {
                // A second Ctrl-C means more than the first one.
                asked = if interrupted { StopRequest::AtOnce } else { how };
                let (line, said) = match asked {
                    StopRequest::AtOnce => (STOP, "stopping and restoring; press Ctrl-C again to end it by force"),
                    // Whether a run is in flight is known to the controller, which says so.
                    _ => (FINISH, "stopping; press Ctrl-C again to stop at once"),
                };
                ui::say(said);
                let _ = writeln!(stdin, "{line}").and_then(|()| stdin.flush());
            }
            Ok(Event::Signal(_)) | Err(mpsc::RecvTimeoutError::Timeout) => kill(),
            Ok(Event::Reply(answer)) => reply = Some(answer),
            Ok(Event::Ended(status)) => {
                // The answer may still be on its way from the reading thread.
                while let (None, Ok(event)) = (&reply, inbox.recv_timeout(Duration::from_millis(500))) {
                    if let Event::Reply(answer) = event {
                        reply = Some(answer);
                    }
                }
                return reply.map_or(Finish::Nothing { status, interrupted }, Finish::Reply);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Finish::Nothing { status: "all its channels closed".to_owned(), interrupted };
            }
        }
    }
}

/// Turns the lines that a controller writes into events.
pub fn read_replies(from: impl std::io::Read + Send + 'static, events: &mpsc::Sender<Event>) {
    let events = events.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let line = line.trim();
            if line == STARTED {
                let _ = events.send(Event::Started);
            } else if let Ok(reply) = serde_json::from_str(line) {
                let _ = events.send(Event::Reply(reply));
            }
        }
    });
}

/// Turns Ctrl-C, SIGTERM and SIGHUP into events.
pub fn watch_signals(events: &mpsc::Sender<Event>) -> Result<(), LabError> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(LabError::setup("watch signals"))?;
    let events = events.clone();
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
            let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else { return };
            loop {
                let how = tokio::select! {
                    _ = interrupt.recv() => StopRequest::AfterRun,
                    _ = terminate.recv() => StopRequest::AtOnce,
                    _ = hangup.recv() => StopRequest::AtOnce,
                };
                if events.send(Event::Signal(how)).is_err() {
                    return;
                }
            }
        });
    });
    Ok(())
}
