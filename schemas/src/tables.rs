//! The tables of a dataset, format 1: a file each, and the list of them. The prose about them is in the project's
//! `FORMAT.md`.

use crate::list::list_tables;

list_tables! {
    run::Run,
    summary::Summary,
    host::Host,
    system::System,
    phase::Phase,
    sample::Sample,
}
