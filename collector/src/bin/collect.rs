//! `collect`: measures overlay VPNs and imports what others measured.

use std::process::ExitCode;

fn main() -> ExitCode {
    meshbench_collector::cli::main()
}
