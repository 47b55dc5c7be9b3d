//! The controller: process 1 of the lab's own namespaces. Makes the hosts, runs the campaign, answers.

use super::request::{FINISH, LabResult, Reply, Request, STOP, Task};
use super::{LabError, hosts};
use crate::campaign::{self, CampaignError, Job, StopRequest};
use crate::doctor::Code;
use crate::ui;
use clap::ValueEnum;
use nix::mount::{MsFlags, mount};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::sync::watch;

/// Runs as the controller and writes its reply to standard output.
pub fn main() -> ExitCode {
    let reply = match run() {
        Ok(result) => Reply::Done(result),
        Err(LabError::Campaign(CampaignError::Stopped { .. }) | LabError::Stopped) => Reply::Stopped,
        Err(error) => Reply::from(&error),
    };
    let mut line = serde_json::to_vec(&reply).unwrap_or_default();
    line.push(b'\n');
    match ui::result(&line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn run() -> Result<LabResult, LabError> {
    let request = Request::from_environment()?;
    if std::process::id() != 1 {
        let message = "this command is started by `collect lab` only".to_owned();
        return Err(LabError::Tool { what: "be a lab's controller".to_owned(), message });
    }
    crate::ui::set_format(request.log_format);
    let (sender, stop) = watch::channel(StopRequest::None);
    let folder = private_folder(&request.output)?;
    let roads = hosts::start(&request.hosts, &folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(LabError::setup("start the controller's runtime"))?;
    match request.task {
        Task::Campaign { seed, despite, again } => {
            listen(sender);
            let despite = despite.iter().filter_map(|kind| Code::from_str(kind, false).ok()).collect();
            let job = Job { output: request.output, seed, place: request.place, roads, despite, again };
            Ok(LabResult::Campaign(runtime.block_on(campaign::run(job, stop))?))
        }
        Task::Shell => super::shell::run(&request, &folder),
        Task::Check { file, allow_relay } => {
            listen(sender);
            runtime.block_on(async {
                tokio::select! {
                    biased;
                    // There is no run that would have to be finished.
                    () = campaign::asked(stop, StopRequest::AfterRun) => Err(LabError::Stopped),
                    checked = super::check::run(&file, allow_relay, &roads) => checked,
                }
            })
        }
    }
}

/// Reads requests. The end of the input means that the outer process is gone, and with it the reason to
/// go on; the kernel then removes everything else.
fn listen(stop: watch::Sender<StopRequest>) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            match line.trim() {
                FINISH => drop(stop.send(StopRequest::AfterRun)),
                STOP => drop(stop.send(StopRequest::AtOnce)),
                _ => {}
            }
        }
        std::process::exit(1);
    });
}

/// Mounts a tmpfs that only this lab sees, over a folder that every Linux system has and that nothing else
/// in here needs. Returns a private folder on it.
fn private_folder(output: &Path) -> Result<PathBuf, LabError> {
    let none: Option<&str> = None;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(none, "/", none, private, none).map_err(LabError::setup("make mounts private"))?;
    mount(Some("proc"), "/proc", Some("proc"), MsFlags::empty(), none).map_err(LabError::setup("mount /proc"))?;
    let usable = |folder: &&str| Path::new(folder).is_dir() && !output.starts_with(folder);
    let folder = ["/run", "/mnt", "/srv", "/media"].into_iter().find(usable).ok_or_else(|| LabError::Tool {
        what: "find a folder for the lab's tmpfs".to_owned(),
        message: "none of /run, /mnt, /srv and /media is there and free".to_owned(),
    })?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some("tmpfs"), folder, Some("tmpfs"), flags, Some("mode=0700,size=64m"))
        .map_err(LabError::setup(format!("mount a tmpfs on {folder}")))?;
    Ok(PathBuf::from(folder))
}
