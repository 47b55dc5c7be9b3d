//! Commands about campaigns on hosts.

use super::{Done, Looked, explain};
use crate::campaign::{self, Begun, CampaignError, Job, Roads, Stop, StopRequest, Summary};
use crate::doctor::Code;
use crate::host::Access;
use crate::lab::{self, WhereArgs};
use crate::matrix::{Hosts, Management, Matrix, TEMPLATE};
use crate::system::{EMBEDDED, SystemFile};
use crate::{doctor, plan, ui};
use clap::Args;
use meshbench_terminal::{Column, OneOf, Table};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use tokio::signal::unix::{SignalKind, signal};
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
    /// Measure although `collect doctor` finds a problem of this kind; several with commas. The dataset says so
    #[arg(long, value_name = "PROBLEM", value_delimiter = ',', value_parser = OneOf::<Code>::of(), hide_possible_values = true)]
    pub despite: Vec<Code>,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The file to write; it must not exist
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
    /// Folder for the dataset; an unfinished campaign there is gone on with
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
        let write = || std::fs::File::create_new(&self.file)?.write_all(TEMPLATE.as_bytes());
        match write() {
            Ok(()) => Ok(ui::page().fit(&format!(
                "{} is written: name your hosts in it, then `collect plan`, `collect doctor` and `collect run`\n",
                self.file.display()
            ))),
            Err(error) => Err((format!("error: failed to write {}: {error}", self.file.display()), 2)),
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
        let report = runtime()?.block_on(doctor::examine(&matrix, &roads, Path::new(".")));
        let text = ui::page().fit(&format!("{report}\n"));
        Ok((text, if report.is_well() { 0 } else { 3 }))
    }
}

impl RunArgs {
    pub(super) fn run(self) -> Done {
        let (matrix, text) = load(&self.matrix)?;
        let seed = self.seed.unwrap_or(matrix.seed);
        let run = || {
            let roads = roads(&matrix, &self.ssh)?;
            let output = absolute(&self.output)?;
            let base = Path::new(&self.matrix).parent();
            if campaign::prepare(&output, &text, base, seed)? {
                ui::say("going on with the unfinished campaign there");
            }
            Ok(Job { output, seed, place: campaign::HOSTS.to_owned(), roads, despite: self.despite.kinds() })
        };
        measure(run().map_err(told)?)
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
        let Begun { matrix, state, .. } = campaign::begun(&output).map_err(told)?;
        let (_, seed, place) = state.started.unwrap_or((String::new(), matrix.seed, campaign::HOSTS.to_owned()));
        if place != campaign::HOSTS {
            return super::of_lab(lab::resume(&output, &self.where_to, &self.despite));
        }
        let roads = roads(&matrix, &self.ssh).map_err(told)?;
        measure(Job { output, seed, place, roads, despite: self.despite.kinds() })
    }
}

impl RetryArgs {
    pub(super) fn run(self) -> Done {
        let again = dataset(&self.resume.output).and_then(|output| campaign::retry(&output)).map_err(told)?;
        let (runs, are) = if again == 1 { ("run", "is") } else { ("runs", "are") };
        ui::say(&format!("{again} {runs} that failed {are} made again"));
        self.resume.run()
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
    pub(super) fn run(self) -> Done {
        let (matrix, _) = load(&self.matrix)?;
        let roads = roads(&matrix, &self.ssh).map_err(told)?;
        let cleaned = runtime()?.block_on(async {
            let hosts = roads.connect().await?;
            let mut text = String::new();
            for host in &hosts {
                // Writing to a String cannot fail.
                if host.swept().is_empty() {
                    let _ = writeln!(text, "{}: nothing was left", host.name);
                }
                for swept in host.swept() {
                    let _ = writeln!(text, "{}: {swept}", host.name);
                }
            }
            for host in hosts {
                host.release().await?;
            }
            Ok(text)
        });
        let cleaned = cleaned.map(|text| ui::page().fit(&text));
        cleaned.map_err(|error: crate::host::HostError| told(error.into()))
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
    std::path::absolute(path).map_err(|cause| CampaignError::Output { path: path.to_owned(), cause })
}

/// The dataset that somebody names, whose campaign may be unfinished.
fn dataset(path: &Path) -> Result<PathBuf, CampaignError> {
    absolute(path).map(|path| campaign::output_of(&path))
}

fn roads(matrix: &Matrix, ssh: &SshArgs) -> Result<Roads, CampaignError> {
    let Hosts::Real(hosts) = &matrix.hosts else { return Err(CampaignError::NoHosts) };
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

/// The first Ctrl-C stops after the run in flight; the second one, or a signal to end, at once.
async fn listen(stop: watch::Sender<StopRequest>) {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else { return };
    loop {
        let asked = tokio::select! {
            _ = interrupt.recv() => {
                let again = *stop.borrow() >= StopRequest::AfterRun;
                if again { StopRequest::AtOnce } else { StopRequest::AfterRun }
            }
            _ = terminate.recv() => StopRequest::AtOnce,
            _ = hangup.recv() => StopRequest::AtOnce,
        };
        ui::say(match asked {
            StopRequest::AtOnce => "stopping and restoring the hosts",
            _ => "stopping after the run in flight; press Ctrl-C again to stop at once",
        });
        let _ = stop.send(asked);
    }
}
