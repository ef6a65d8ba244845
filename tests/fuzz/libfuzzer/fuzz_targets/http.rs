#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tim_fuzz::run("http", bytes));
