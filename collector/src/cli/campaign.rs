//! Commands about campaigns on hosts.

use super::signals::{STOPPED, listen, unless_stopped};
use super::{Done, Looked, explain};
use crate::campaign::{self, Begun, CampaignError, Job, Roads, Stop, StopRequest, Summary};
use crate::clean::Cleaning;
use crate::doctor::{Code, PassedOver};
use crate::host::Access;
use crate::lab::{self, WhereArgs};
use crate::matrix::{Hosts, Management, Matrix, template};
use crate::system::{EMBEDDED, SystemFile};
use crate::{doctor, plan, ui};
use clap::Args;
use meshbench_schemas::dataset::{OutputError, output};
use meshbench_terminal::{Column, OneOf, Table};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tokio::sync::watch;

/// How to get to the hosts.
#[derive(Debug, Clone, Args)]
pub(super) struct SshArgs {
    /// An ssh_config to use instead of your own
    #[arg(long, value_name = "FILE")]
    ssh_config: Option<PathBuf>,
    /// A known_hosts file to use instead of your own; a host whose key is not in it is refused
    #[arg(long, value_name = "FILE")]
    known_hosts: Option<PathBuf>,
}

/// In spite of what it is measured.
#[derive(Debug, Clone, Default, Args)]
pub struct DespiteArgs {
    /// Measure although `collect doctor` finds a problem of this kind; several with commas. The dataset says so. What keeps
    /// `collect` from a host cannot be passed over
    #[arg(long, value_name = "PROBLEM", value_delimiter = ',', value_parser = PassedOver, hide_possible_values = true)]
    pub despite: Vec<Code>,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The file to write; it must not exist, and its folder must
    #[arg(default_value = "matrix.toml")]
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[arg(help = crate::matrix::help())]
    matrix: String,
    /// Seed of the order, instead of the matrix's own
    #[arg(long)]
    seed: Option<u64>,
    /// Also list the runs of these first blocks, in order
    #[arg(long, value_name = "BLOCKS", num_args = 0..=1, default_missing_value = "1")]
    list: Option<u32>,
}

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// The matrix whose hosts are looked at
    matrix: String,
    #[command(flatten)]
    ssh: SshArgs,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// A matrix file that names hosts
    matrix: String,
    /// Folder for the dataset, in a folder that is there; an unfinished campaign there is gone on with
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// Seed of the order of runs, instead of the matrix's own
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    ssh: SshArgs,
    #[command(flatten)]
    despite: DespiteArgs,
}

#[derive(Debug, Args)]
pub(super) struct ResumeArgs {
    /// The dataset, as it was given to --output
    output: PathBuf,
    #[command(flatten)]
    ssh: SshArgs,
    #[command(flatten)]
    where_to: WhereArgs,
    #[command(flatten)]
    despite: DespiteArgs,
}

#[derive(Debug, Args)]
pub(super) struct RetryArgs {
    #[command(flatten)]
    resume: ResumeArgs,
}

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// The dataset, as it was given to --output
    output: PathBuf,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct SealArgs {
    /// The dataset, as it was given to --output
    output: PathBuf,
    /// Make a dataset although something is wrong with the campaign
    #[arg(long, value_name = "PROBLEM", value_parser = OneOf::<SealDespite>::of(), value_enum)]
    despite: Vec<SealDespite>,
}

/// In spite of what a campaign is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SealDespite {
    /// No run is ok
    NoOkRun,
}

#[derive(Debug, Args)]
pub(super) struct CleanArgs {
    /// The matrix whose hosts are restored
    matrix: String,
    #[command(flatten)]
    ssh: SshArgs,
}

impl InitArgs {
    pub(super) fn run(self) -> Done {
        use std::io::Write as _;
        let write = || {
            output::folder_of(&self.file)?;
            let mut file = std::fs::File::create_new(&self.file).map_err(OutputError::refused(&self.file))?;
            file.write_all(template().as_bytes()).map_err(|cause| {
                // Half of it is of no use; the first error is the one to tell.
                let _ = std::fs::remove_file(&self.file);
                OutputError::refused(&self.file)(cause)
            })
        };
        match write() {
            Ok(()) => Ok(ui::page().fit(&format!(
                "{} is written: name your hosts in it, then `collect plan`, `collect doctor` and `collect run`\n",
                self.file.display()
            ))),
            Err(error) => Err((ui::of_stderr().fit(&format!("error: {error}")), 2 - u8::from(error.is_failure()))),
        }
    }
}

impl PlanArgs {
    pub(super) fn run(self) -> Done {
        let (matrix, _) = load(&self.matrix)?;
        let seed = self.seed.unwrap_or(matrix.seed);
        let mut text = ui::page().fit(&plan::describe(&matrix, seed).to_string());
        let names = matrix.hosts.names();
        let name = |host: usize| names.get(host).map_or("?", String::as_str);
        let mut table = Table::new([
            Column::number("position"),
            Column::number("block").shared(),
            Column::name("system"),
            Column::name("tuning").shared(),
            Column::name("profile").shared(),
            Column::name("workload"),
            Column::words("links"),
            Column::name("control").shared(),
        ]);
        for block in 0..self.list.unwrap_or(0) {
            for run in plan::plan_block(&matrix, seed, block) {
                let links: Vec<String> = run.links.iter().map(|(s, t)| format!("{}→{}", name(*s), name(*t))).collect();
                table.row([
                    run.position.to_string(),
                    run.block.to_string(),
                    run.system.to_string(),
                    run.tuning.to_string(),
                    run.profile.to_string(),
                    run.workload.to_string(),
                    links.join(" "),
                    run.control.map(|control| control.to_string()).unwrap_or_default(),
                ]);
            }
        }
        if !table.is_empty() {
            text += &format!("\n{}", table.print(ui::page()));
        }
        Ok(text)
    }
}

impl DoctorArgs {
    pub(super) fn run(self) -> Looked {
        let (matrix, _) = load(&self.matrix)?;
        let roads = roads(&matrix, &self.ssh).map_err(told)?;
        let looking = doctor::examine(&matrix, &roads, Path::new("."));
        let Some(report) = runtime()?.block_on(unless_stopped(looking)) else {
            let stopped = "stopped before all hosts were looked at, so there is no report. Nothing was changed on them; what was \
                           started there ends with the connections";
            return Err((stopped.to_owned(), STOPPED));
        };
        let text = ui::page().fit(&format!("{report}\n"));
        Ok((text, if report.is_well() { 0 } else { 3 }))
    }
}

impl RunArgs {
    pub(super) fn run(self) -> Done {
        let (matrix, text) = load(&self.matrix)?;
        let seed = self.seed.unwrap_or(matrix.seed);
        let output = absolute(&self.output).map_err(told)?;
        let run = || {
            let roads = roads(&matrix, &self.ssh)?;
            let base = Path::new(&self.matrix).parent();
            if campaign::prepare(&output, &text, base, seed)? {
                ui::say("going on with the unfinished campaign there");
            }
            let (place, despite) = (campaign::HOSTS.to_owned(), self.despite.kinds());
            Ok(Job { output: output.clone(), seed, place, roads, despite, again: false })
        };
        let job = run().map_err(told)?;
        measure(job).inspect_err(|_| campaign::forget(&output))
    }
}

impl DespiteArgs {
    /// The kinds of problems, each once.
    pub fn kinds(&self) -> BTreeSet<Code> {
        self.despite.iter().copied().collect()
    }
}

impl ResumeArgs {
    pub(super) fn run(self) -> Done {
        let output = dataset(&self.output).map_err(told)?;
        self.go_on(output, false)
    }

    /// Goes on with a campaign; `again` makes again what failed or is lost.
    fn go_on(self, output: PathBuf, again: bool) -> Done {
        let Begun { matrix, seed, place, .. } = campaign::begun(&output).map_err(told)?;
        if place != campaign::HOSTS {
            return super::of_lab(lab::resume(&output, &self.where_to, &self.despite, again));
        }
        let roads = roads(&matrix, &self.ssh).map_err(told)?;
        measure(Job { output, seed, place, roads, despite: self.despite.kinds(), again })
    }
}

impl RetryArgs {
    pub(super) fn run(self) -> Done {
        let output = dataset(&self.resume.output).map_err(told)?;
        // Where there is nothing to make again no host is troubled.
        campaign::again(&output).map_err(told)?;
        self.resume.go_on(output, true)
    }
}

impl StatusArgs {
    pub(super) fn run(self) -> Done {
        let status = dataset(&self.output).and_then(|output| campaign::status::read(&output)).map_err(told)?;
        if self.json {
            let json = serde_json::to_string_pretty(&status).map_err(|error| (error.to_string(), 1))?;
            return Ok(format!("{json}\n"));
        }
        Ok(ui::page().fit(&status.to_string()))
    }
}

impl SealArgs {
    pub(super) fn run(self) -> Done {
        let despite = self.despite.contains(&SealDespite::NoOkRun);
        let sealed = dataset(&self.output).and_then(|output| campaign::seal(&output, despite)).map_err(told)?;
        Ok(ui::page().fit(&format!("{sealed}\n")))
    }
}

impl CleanArgs {
    pub(super) fn run(self) -> Looked {
        let (matrix, _) = load(&self.matrix)?;
        let roads = roads(&matrix, &self.ssh).map_err(told)?;
        let cleaning = Cleaning::of(&roads);
        let ended = runtime()?.block_on(unless_stopped(cleaning.work(&roads)));
        if ended.is_none() {
            ui::say("stopped");
        }
        let code = match ended {
            None => STOPPED,
            Some(()) => u8::from(!cleaning.left().is_empty()),
        };
        Ok((ui::page().fit(&cleaning.to_string()), code))
    }
}

/// The systems that are built in, a row each.
pub(super) fn systems() -> String {
    let mut table = Table::new([Column::name("system"), Column::words("label"), Column::words("note")]);
    for (name, source) in EMBEDDED {
        if let Ok(file) = SystemFile::parse(name, source) {
            table.row([*name, &file.label, file.note.as_deref().unwrap_or_default()]);
        }
    }
    table.print(ui::page())
}

fn load(matrix: &str) -> Result<(Matrix, String), (String, u8)> {
    Matrix::load(matrix).map_err(|error| told(error.into()))
}

fn told(error: CampaignError) -> (String, u8) {
    let code = error.exit_code();
    (explain(error), code)
}

fn absolute(path: &Path) -> Result<PathBuf, CampaignError> {
    Ok(std::path::absolute(path).map_err(OutputError::refused(path))?)
}

/// The dataset that somebody names, whose campaign may be unfinished.
fn dataset(path: &Path) -> Result<PathBuf, CampaignError> {
    let nothing = |_| CampaignError::Nothing { path: path.to_owned() };
    std::path::absolute(path).map(|path| campaign::output_of(&path)).map_err(nothing)
}

fn roads(matrix: &Matrix, ssh: &SshArgs) -> Result<Roads, CampaignError> {
    let Hosts::Real(hosts) = &matrix.hosts else { return Err(CampaignError::NoHosts) };
    for (option, file) in [("--ssh-config", &ssh.ssh_config), ("--known-hosts", &ssh.known_hosts)] {
        // SSH itself blames the host for it, or says nothing.
        if let Some(path) = file {
            let no_file = |cause| CampaignError::NoFile { option, path: path.clone(), cause };
            std::fs::File::open(path).map_err(no_file)?;
        }
    }
    let access = Access {
        config: ssh.ssh_config.clone(),
        known_hosts: ssh.known_hosts.clone(),
        sockets: None,
        program: None,
        agents: hosts.iter().filter_map(|host| Some((host.name.clone(), host.agent.clone()?))).collect(),
        sudo: hosts.iter().filter(|host| host.sudo).map(|host| host.name.clone()).collect(),
        ssh_only: matrix.network.management == Management::SshOnly,
    };
    Ok(Roads { access, hosts: hosts.iter().map(Stop::from).collect() })
}

fn runtime() -> Result<tokio::runtime::Runtime, (String, u8)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| (format!("error: failed to start: {error}"), 1))
}

/// Runs a campaign on hosts, with this process's signals.
fn measure(job: Job) -> Done {
    let (sender, stop) = watch::channel(StopRequest::None);
    let measured: Result<Summary, CampaignError> = runtime()?.block_on(async {
        tokio::spawn(listen(sender));
        campaign::run(job, stop).await
    });
    measured.map(|summary| ui::page().fit(&format!("{summary}\n"))).map_err(told)
}
