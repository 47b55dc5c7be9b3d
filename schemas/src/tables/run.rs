//! Attempts: what was run, and what became of it.

use crate::outcome::{Outcome, Reason};
use crate::table::{Symbol, Timestamp, table};
use crate::words::{Control, PathTaken, Workload};

table! {
    /// One attempt at one run. Every attempt of the matrix has its row, also when it failed, was
    /// stopped, left no result or never started.
    pub struct Run = "runs", key ["run_id"] {
        /// Unique within the dataset.
        run_id: Symbol [""],
        /// Which replicate of the whole matrix, from 0.
        block: u32 [""],
        /// Place in the order in which the campaign was carried out, or is known to have been; null where the order is unknown.
        position: Option<u32> [""],
        /// Which try of this run, from 1.
        attempt: u32 [""],
        /// What is measured: `internal` (no VPN) or one VPN.
        system: Symbol [""],
        /// Host settings under test.
        tuning: Symbol [""],
        /// Network impairment on the underlay.
        profile: Symbol [""],
        /// What is run.
        workload: Workload [""],
        /// Host that runs the client.
        source: Symbol [""],
        /// Host that runs the server.
        target: Symbol [""],
        /// Runs with the same value were carried out at the same time, on all links of a ring; null for a run on one link alone.
        ring: Option<Symbol> [""],
        /// Set for a run that only serves to see drift: `internal` once more at either end of a block. It belongs to no cell.
        control: Option<Control> [""],
        /// What became of it.
        outcome: Outcome [""],
        /// Why it is not `ok`; null only where it is.
        reason: Option<Reason> [""],
        /// The words of the tool or harness about the reason, shortened.
        detail: Option<String> [""],
        /// Start of the tool, UTC.
        started_at: Option<Timestamp> [""],
        /// Wall-clock time that the harness measured for this result, over all the tries it made for it.
        elapsed_s: Option<f64> ["s"],
        /// Duration that the tool was asked to run for.
        asked_s: Option<f64> ["s"],
        /// Time limit at which the harness stops the tool.
        limit_s: Option<f64> ["s"],
        /// Lower bound of a censored duration, in the terms of the workload's own duration metric; null elsewhere.
        censored_at_s: Option<f64> ["s"],
        /// Number of attempts that the harness says it made for this result; null where it says nothing.
        harness_attempts: Option<u32> ["count"],
        /// Restarts of the system that the harness needed before this run.
        restart_attempts: Option<u32> ["count"],
        /// Time the harness took to restart the system.
        restart_s: Option<f64> ["s"],
        /// Time the harness waited for the restarted system's connectivity.
        connectivity_wait_s: Option<f64> ["s"],
        /// The tool, for example `iperf3`.
        tool: Option<Symbol> [""],
        /// The tool's own version.
        tool_version: Option<Symbol> [""],
        /// Congestion control at the sender, where the tool reports it.
        congestion_control: Option<Symbol> [""],
        /// Whether payload was sent both ways at the same time; null where that has no meaning or is unknown.
        both_directions: Option<bool> [""],
        /// What else the tool was told, in the words of its command line and as its own report has it; null where that says nothing.
        settings: Option<Symbol> [""],
        /// Send buffer of the tool's socket at its start, as the source's kernel gave it; null where the tool does not say.
        send_buffer_byte: Option<u32> ["byte"],
        /// Receive buffer of that socket.
        receive_buffer_byte: Option<u32> ["byte"],
        /// Codes of what was odd in the tool's output and was tolerated, separated by spaces; null where nothing was.
        notes: Option<String> [""],
        /// Whether samples of this attempt were recovered from the text of an error.
        recovered: bool [""],
        /// Mean delay asked of netem, per direction; 0 where no impairment was configured, null where unknown.
        netem_delay_s: Option<f64> ["s"],
        /// Jitter asked of netem, per direction.
        netem_jitter_s: Option<f64> ["s"],
        /// Loss asked of netem, per direction.
        netem_loss: Option<f64> ["ratio"],
        /// Share of packets that netem was asked to reorder, per direction.
        netem_reorder: Option<f64> ["ratio"],
        /// Correlation of that reordering.
        netem_reorder_correlation: Option<f64> ["ratio"],
        /// Rate limit asked of the queueing discipline, per direction; null where there is none.
        netem_rate_bit_s: Option<f64> ["bit/s"],
        /// Everything asked of netem, in the words of its command line; null where nothing was impaired or it is unknown.
        netem: Option<String> [""],
        /// Which way the traffic took, from the bytes that each host's data interface counted; null where it was not looked at.
        path: Option<PathTaken> [""],
        /// How often the carrier of the data interfaces of source and target went or came between the readings before and after; null where it was not counted.
        carrier_changes: Option<u32> ["count"],
        /// Those of these interfaces that were not up before or after, with the kernel's word for their state, as in `h2 after: lowerlayerdown`; null where all were, or nobody looked.
        link_state: Option<String> [""],
        /// Queueing disciplines on these interfaces, before or after, that neither the kernel made by itself nor this campaign, as in `h1 before: tbf 8001:`; null where there was none, or nobody looked.
        foreign_qdisc: Option<String> [""],
        /// CPU time over time, 1 being one core, that programs spent in user mode which were neither measured nor measuring: the larger of source and target; null where it is unknown.
        other_cpu: Option<f64> ["ratio"],
        /// Seconds between this run and the one before that were not its own: setting up, checking, calibrating; null where unknown.
        overhead_s: Option<f64> ["s"],
        /// SHA-256 of the raw output, which is `artifacts/<first two digits>/<hash>.zst`.
        artifact: Option<String> [""],
        /// Where the raw output came from: the path within an imported tree.
        origin: Option<String> [""],
        /// Which of several merged campaigns the run belongs to; null in a dataset of one campaign.
        campaign: Option<Symbol> [""],
    }
}
