//! The tables that one command prints and that no folder holds: a file each, and the list of them.

use crate::list::list_tables;

list_tables! {
    change::Change,
    planned::Planned,
    verdict::Verdict,
}
