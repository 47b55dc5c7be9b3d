#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbench_collector::parse::ping;

fuzz_target!(|bytes: &[u8]| {
    let _ = ping::parse(bytes).map(|report| report.outcomes());
});
