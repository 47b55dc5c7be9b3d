//! Lets `collect` know its commit.

include!("../build/commit.rs");

fn main() {
    tell_commit(&[
        "collector/src",
        "schemas/src",
        "stats/src",
        "terminal/src",
        "data/matrices",
        "data/systems",
        "Cargo.lock",
    ]);
}
