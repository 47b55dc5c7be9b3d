#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbench_collector::parse::ffmpeg;

fuzz_target!(|bytes: &[u8]| {
    let _ = ffmpeg::parse(bytes);
});
