#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbench_collector::parse::rist;

fuzz_target!(|bytes: &[u8]| {
    let _ = rist::parse(bytes);
});
