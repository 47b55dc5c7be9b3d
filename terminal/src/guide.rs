//! What a program says of itself: its version, completions for shells, and man pages.

use crate::one_of::OneOf;
use clap::{Args, Command, Error};
use clap_complete::Shell;
use std::io::{self, ErrorKind, IsTerminal};
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
    /// Folder for the pages, such as ~/.local/share/man/man1; it is made where there is none, in a folder that is there
    #[arg(short, long, value_name = "FOLDER")]
    pub output: PathBuf,
}

/// Writes a man page for the program and one for each of its commands into a folder, which is made where there is none and
/// goes again where the pages could not be written.
///
/// # Errors
/// What the system says. The folder that this one is to stand in has to be there.
pub fn write_man_pages(command: Command, folder: &Path) -> io::Result<()> {
    let made = match std::fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => false,
        made => made.map(|()| true)?,
    };
    let written = clap_mangen::generate_to(command, folder);
    if made && written.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_dir_all(folder);
    }
    written
}

/// The help that somebody asked for, as clap hands it over: with colours where it goes to a terminal.
pub fn help(asked: &Error) -> String {
    let text = asked.render();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if io::stdout().is_terminal() && !plain { text.ansi().to_string() } else { text.to_string() }
}

/// The first line of `--version`, and what else there is to know, a line each.
pub fn version(first: &str, more: &[(&str, String)]) -> String {
    let width = more.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
    let line = |(what, value): &(&str, String)| format!("{what:<width$}  {value}\n");
    std::iter::once(format!("{first}\n")).chain(more.iter().map(line)).collect()
}
