#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbench_collector::parse::hyperfine;

fuzz_target!(|bytes: &[u8]| {
    let _ = hyperfine::parse(bytes);
});
