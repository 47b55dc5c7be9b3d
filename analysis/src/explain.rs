//! `analyze explain`: what a code means.

pub mod code;
