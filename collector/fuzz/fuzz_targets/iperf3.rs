#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbench_collector::parse::iperf3;

fuzz_target!(|bytes: &[u8]| {
    let _ = iperf3::parse(bytes);
});
