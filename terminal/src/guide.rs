//! What a program says of itself: its version, completions for shells, and man pages.

use crate::one_of::OneOf;
use clap::{Args, Command};
use clap_complete::Shell;
use std::io;
use std::path::{Path, PathBuf};

/// The command line of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_parser = OneOf::<Shell>::of())]
    shell: Shell,
}

impl CompletionsArgs {
    /// The script for the shell, to be put where it looks for completions.
    pub fn script(&self, mut command: Command) -> String {
        let name = command.get_name().to_owned();
        let mut bytes = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The command line of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Folder for the pages, such as ~/.local/share/man/man1; it is made where there is none
    #[arg(short, long, value_name = "FOLDER")]
    pub output: PathBuf,
}

/// Writes a man page for the program and one for each of its commands.
pub fn write_man_pages(command: Command, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command, folder)
}

/// The first line of `--version`, and what else there is to know, a line each.
pub fn version(first: &str, more: &[(&str, String)]) -> String {
    let width = more.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
    let line = |(what, value): &(&str, String)| format!("{what:<width$}  {value}\n");
    std::iter::once(format!("{first}\n")).chain(more.iter().map(line)).collect()
}
