//! What end-to-end tests share: running the programs, and a small made-up campaign in the format of
//! vpn-bench. All of its numbers are invented for the tests and mean nothing.

pub mod campaign;
pub mod here;
pub mod program;
