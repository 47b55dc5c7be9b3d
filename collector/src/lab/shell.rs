//! `collect lab shell`: a person in the lab, for trying a VPN by hand.

use super::LabError;
use super::hosts::SSH_CONFIG;
use super::member::{DATA, private_file};
use super::request::{LabResult, Request};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a shell until it ends; the lab goes with it.
pub fn run(request: &Request, folder: &Path) -> Result<LabResult, LabError> {
    let config = folder.join(SSH_CONFIG);
    let hosts = request.hosts.join(" ");
    let first = request.hosts.first().map_or("h1", String::as_str);
    let welcome = format!(
        "A lab with the hosts {hosts}: data network 10.90.0.0/24 on {DATA}, management network 10.91.0.0/24.\n\
         ssh {first} gets you there; its ssh_config is {}.\n\
         Impair a host:  ssh {first} tc qdisc add dev {DATA} root netem delay 10ms\n\
         exit ends the lab, and nothing of it stays.\n",
        config.display()
    );
    let startup = folder.join("bashrc").display().to_string();
    let content = format!(
        "PS1='lab# '\nHISTFILE=\nalias ssh='ssh -F {0}' scp='scp -F {0}'\nprintf '%s' '{welcome}'\n",
        config.display()
    );
    private_file(&startup, &content)?;
    // Standard output is the way to the outer process.
    let terminal = terminal().map_err(LabError::setup("open the terminal"))?;
    let copy = |file: &File| file.try_clone().map_err(LabError::setup("open the terminal"));
    let mut shell = Command::new("bash");
    shell.args(["--noprofile", "--rcfile", &startup, "-i"]).current_dir(folder);
    shell.stdin(copy(&terminal)?).stdout(copy(&terminal)?).stderr(Stdio::from(terminal));
    let status = shell.status().map_err(LabError::setup("start bash"))?;
    Ok(LabResult::Left { status: status.to_string() })
}

/// What a person sees: the guest's terminal, or the one that this process was started on.
fn terminal() -> std::io::Result<File> {
    let path = if std::env::var_os(super::uml::SHELL).is_some() { "/dev/tty1" } else { "/dev/tty" };
    File::options().read(true).write(true).open(path)
}
