#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbench_collector::parse::qperf;

fuzz_target!(|bytes: &[u8]| {
    let _ = qperf::parse(bytes);
});
