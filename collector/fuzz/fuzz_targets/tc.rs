#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbench_collector::parse::tc;

fuzz_target!(|bytes: &[u8]| {
    let _ = tc::parse(bytes);
});
