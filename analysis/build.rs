//! Lets `analyze` and the tests of this package find the DuckDB that they were linked with, and know their commit.

include!("../build/commit.rs");

fn main() {
    println!("cargo::rerun-if-env-changed=DUCKDB_LIB_DIR");
    if let Some(folder) = std::env::var_os("DUCKDB_LIB_DIR") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
    tell_commit(&[
        "analysis/src",
        "analysis/query/src",
        "reports/src",
        "schemas/src",
        "stats/src",
        "terminal/src",
        "data/claims",
        "Cargo.lock",
    ]);
}
