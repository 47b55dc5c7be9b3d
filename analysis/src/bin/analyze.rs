//! `analyze`: estimates, tables and figures of a meshbench dataset.

use std::process::ExitCode;

fn main() -> ExitCode {
    meshbench_analysis::cli::main()
}
