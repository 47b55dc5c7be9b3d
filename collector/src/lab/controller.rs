//! The controller: process 1 of the lab's own namespaces. Makes the hosts, runs the campaign, answers.

use super::request::{Reply, Request, STOP};
use super::{LabError, LabSummary, campaign, hosts, probe};
use crate::matrix::Matrix;
use crate::ui;
use nix::mount::{MsFlags, mount};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::sync::oneshot;

/// Runs as the controller and writes its reply to standard output.
pub fn main() -> ExitCode {
    let reply = match run() {
        Ok(summary) => Reply::Done(summary),
        Err(LabError::Interrupted { .. }) => Reply::Interrupted,
        Err(error) => Reply::from(&error),
    };
    let mut line = serde_json::to_vec(&reply).unwrap_or_default();
    line.push(b'\n');
    match ui::result(&line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn run() -> Result<LabSummary, LabError> {
    let request = Request::from_environment()?;
    let (matrix, text) = Matrix::load(&request.matrix)?;
    if std::process::id() != 1 {
        let message = "this command is started by `collect lab` only".to_owned();
        return Err(LabError::Tool { what: "be a lab's controller".to_owned(), message });
    }
    let stop = listen();
    let folder = private_folder(&request.output)?;
    let capabilities = probe::capabilities()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(LabError::setup("start the controller's runtime"))?;
    runtime.block_on(async {
        let mut stop = stop;
        let hosts = tokio::select! {
            hosts = hosts::start(matrix.hosts, &folder) => hosts?,
            _ = &mut stop => return Err(LabError::Interrupted { partial: super::request::staging(&request.output) }),
        };
        campaign::run(&request, &matrix, &text, &hosts, capabilities, stop).await
    })
}

/// Reads requests. The end of the input means that the outer process is gone, and with it the reason to
/// go on; the kernel then removes everything else.
fn listen() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut sender = Some(sender);
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if line.trim() == STOP
                && let Some(sender) = sender.take()
            {
                let _ = sender.send(());
            }
        }
        std::process::exit(1);
    });
    receiver
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
