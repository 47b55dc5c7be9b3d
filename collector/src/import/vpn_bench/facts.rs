//! What is known about the framework itself, from its documentation and its result trees.

use meshbench_schemas::words::Workload;

/// One kind of result file in a link's folder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResultFile {
    /// Its name.
    pub name: &'static str,
    /// What it measured.
    pub workload: Workload,
    /// The tool behind it.
    pub tool: &'static str,
    /// Time limit of the harness, in seconds, where it is the same in every version.
    pub limit_s: Option<f64>,
    /// Duration that the tool is asked for, where the file itself does not say.
    pub asked_s: Option<f64>,
}

impl ResultFile {
    /// Whether a result that failed, or that nobody may use, still has intervals worth keeping: a transfer of one link.
    pub fn keeps_intervals(&self) -> bool {
        self.tool == "iperf3" && self.workload != Workload::TcpParallel
    }
}

const fn file(
    name: &'static str,
    workload: Workload,
    tool: &'static str,
    limit_s: Option<f64>,
    asked_s: Option<f64>,
) -> ResultFile {
    ResultFile { name, workload, tool, limit_s, asked_s }
}

/// The files in a link's folder `<number>_<source>`. The first ones concern the link to the next host of the ring.
pub const LINK_FILES: &[ResultFile] = &[
    file("ping.json", Workload::Ping, "ping", Some(120.0), Some(60.0)),
    file("tcp_iperf3.json", Workload::Tcp, "iperf3", Some(250.0), None),
    file("udp_iperf3.json", Workload::Udp, "iperf3", Some(120.0), None),
    file("qperf.json", Workload::Quic, "qperf", Some(250.0), Some(30.0)),
    file("rist_stream.json", Workload::Video, "ffmpeg", Some(60.0), Some(30.0)),
    file("nix_cache.json", Workload::Download, "hyperfine", None, None),
];

/// Polled once a second at first and given up after 300 polls, each of which may take longer; so there is no limit
/// in seconds. The files that concern the links from the folder's host to every other host.
pub const CONNECT_FILES: &[ResultFile] = &[
    file("connection_timings.json", Workload::Connect, "connection-check", None, None),
    file("reboot_connection_timings.json", Workload::ConnectReboot, "connection-check", None, None),
];

/// The file in a profile's folder that concerns all links of the ring at once.
pub const PARALLEL_FILE: ResultFile =
    file("parallel_tcp_iperf3.json", Workload::TcpParallel, "iperf3", Some(250.0), None);

/// How often hyperfine executes the download within one time limit: a warm-up and two counted runs.
/// A run stopped at the limit took more than this share of it, on average over the three.
pub const DOWNLOAD_EXECUTIONS: f64 = 3.0;

/// Files that are read for other purposes than a measurement.
pub const SUPPORT_FILES: &[&str] = &["layout.json", "tc_settings.json", "hardware.json", PHASES_FILE];

/// Times of the harness's own work: in a system's folder, in a profile's, or in both.
pub const PHASES_FILE: &str = "timing_breakdown.json";

/// Folders whose content is computed from the results.
pub const AGGREGATE_FOLDERS: &[(&str, &str)] = &[("comparison", "aggregate computed from the results, never data")];

/// The profile of a tree without profile folders: the framework had no impairment then.
pub const UNPROFILED: &str = "baseline";

/// The profile's name without what every name ends in.
pub fn profile_name(folder: &str) -> &str {
    folder.strip_suffix("_impairment").unwrap_or(folder)
}

/// Whether a profile's folder promises by its name that nothing was impaired.
pub fn is_baseline(folder: &str) -> bool {
    let name = profile_name(folder);
    name.eq_ignore_ascii_case(UNPROFILED) || (name != folder && name.eq_ignore_ascii_case("no"))
}
