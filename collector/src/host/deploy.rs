//! Bringing the agent to a host: this very program, once, to a folder of the user's own.

use super::{Access, HostError, HostName, excerpt};
use meshbench_schemas::dataset::hash;
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, FileKind, elf};
use openssh::{Session, Stdio};
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// Time for a short command on a host.
const PROMPT: Duration = Duration::from_secs(20);
/// Time for sending the program over a slow line.
const SENDING: Duration = Duration::from_secs(600);

/// Says the machine's architecture, and where the program is or could be put. Constant: the name of the
/// program's file comes in as an argument. A folder counts only if it is ours and nobody else can write to it.
const FIND: &str = r#"uname -m
umask 077
for dir in "${HOME:-/nonexistent}/.cache/meshbench" "/var/tmp/meshbench-$(id -u)" "/dev/shm/meshbench-$(id -u)"; do
  mkdir -p -m 0700 "$dir" 2>/dev/null
  [ -d "$dir" ] && [ ! -L "$dir" ] && [ -O "$dir" ] && [ -w "$dir" ] || continue
  [ -z "$(find "$dir" -prune -perm /022)" ] || continue
  # A file system on which nothing may be executed is of no use.
  probe="$dir/.probe.$$"
  printf '#!/bin/sh\n' > "$probe" && chmod 700 "$probe" && "$probe" 2>/dev/null && usable=yes || usable=no
  rm -f "$probe"
  [ "$usable" = yes ] || continue
  if [ -x "$dir/$1" ] && [ -O "$dir/$1" ]; then echo "have $dir/$1"; else echo "put $dir/$1"; fi
  exit 0
done
echo none"#;

/// Receives the program, whose length comes in as an argument, and tries it. Ends with [`NOT_WRITTEN`] where the
/// program could not be written, which says nothing about the program.
const RECEIVE: &str = r#"umask 077
export LC_ALL=C
new="$1.$$"
trap 'rm -f "$new"' EXIT
cat > "$new" || exit 74
[ "$(wc -c < "$new")" -eq "$2" ] || { echo "only a part of it arrived" >&2; exit 75; }
chmod 700 "$new" && mv -f "$new" "$1" || exit 74
exec "$1" --version"#;
/// The exit code of [`RECEIVE`] where the disk did not take the program.
const NOT_WRITTEN: i32 = 74;
/// Where the connection did not bring all of it.
const CUT_OFF: i32 = 75;

/// Where on the host the agent's program is. Sends it there if need be.
pub(super) async fn find_or_send(
    session: &Arc<Session>,
    host: &HostName,
    access: &Access,
) -> Result<String, HostError> {
    if let Some(path) = access.agents.get(host) {
        return Ok(path.display().to_string());
    }
    let unfit = |message: String| HostError::Unfit { host: host.clone(), kind: None, message };
    let path = access.program.as_deref().unwrap_or(Path::new("/proc/self/exe"));
    let program = std::fs::read(path).map_err(|error| unfit(format!("cannot read {}: {error}", path.display())))?;
    let digest = hash::sha256_hex(&program);
    let file = format!("collect-{}", digest.get(..16).unwrap_or(&digest));
    let found = shell(session, host, FIND, &[&file], &[], PROMPT).await?;
    let found = succeeded(&found).map_err(|message| HostError::Deploy { host: host.clone(), kind: None, message })?;
    let mut lines = found.lines();
    let machine = lines.next().unwrap_or_default().trim().to_owned();
    let ours = std::env::consts::ARCH;
    if machine != ours {
        return Err(unfit(format!(
            "it is a {machine} machine and this `collect` was built for {ours}; build `collect` for {machine}, put it on the \
             host, and say where with `agent = \"/path/to/collect\"` at this host in the matrix"
        )));
    }
    match lines.next().unwrap_or_default().split_once(' ') {
        Some(("have", path)) => Ok(path.to_owned()),
        Some(("put", path)) => send(session, host, path, &program).await,
        _ => Err(unfit(
            "none of ~/.cache/meshbench, /var/tmp and /dev/shm is writable, has room and may hold programs; make one of them so"
                .to_owned(),
        )),
    }
}

/// Sends the program to `path` on the host, and tries it there.
async fn send(session: &Arc<Session>, host: &HostName, path: &str, program: &[u8]) -> Result<String, HostError> {
    let fail = |message: String| HostError::Deploy { host: host.clone(), kind: None, message };
    let unfit = |message: String| HostError::Unfit { host: host.clone(), kind: None, message };
    let output = shell(session, host, RECEIVE, &[path, &program.len().to_string()], program, SENDING).await?;
    match (succeeded(&output), output.status.code()) {
        (Ok(version), _) if version.starts_with("collect ") => Ok(path.to_owned()),
        (Ok(other), _) => Err(unfit(format!("the program that was sent says `{}`", excerpt(other.as_bytes())))),
        (Err(why), Some(NOT_WRITTEN)) => Err(unfit(format!(
            "{} bytes could not be written to {path}: {why}; make room there, or make the folder writable",
            program.len()
        ))),
        (Err(why), Some(CUT_OFF)) => Err(fail(why)),
        (Err(why), Some(_)) if is_dynamic(program) => Err(unfit(format!(
            "{why}. This `collect` needs the C library of the machine that it was built on, which the host may not have: use \
             the static one that scripts/static builds"
        ))),
        (Err(why), _) => Err(fail(why)),
    }
}

/// What a script wrote if it succeeded, else how it ended.
fn succeeded(output: &Output) -> Result<String, String> {
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{} ({})", excerpt(&output.stderr), output.status))
    }
}

/// Runs a constant script with some arguments and some input.
async fn shell(
    session: &Arc<Session>,
    host: &HostName,
    script: &str,
    arguments: &[&str],
    input: &[u8],
    within: Duration,
) -> Result<Output, HostError> {
    let fail = |message: String| HostError::Deploy { host: host.clone(), kind: None, message };
    let work = async {
        let mut command = Session::to_command(Arc::clone(session), "sh");
        command.args(["-c", script, "meshbench"]).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().await.map_err(|error| fail(super::chain(&error)))?;
        if let Some(mut stdin) = child.stdin().take() {
            // A script that fails early says more itself.
            let _ = stdin.write_all(input).await;
        }
        child.wait_with_output().await.map_err(|error| fail(super::chain(&error)))
    };
    match tokio::time::timeout(within, work).await {
        Ok(done) => done,
        Err(_) => Err(fail(format!("it did not answer for {within:?}"))),
    }
}

/// Whether a program needs a dynamic loader: its ELF file has a `PT_INTERP` header.
fn is_dynamic(program: &[u8]) -> bool {
    match FileKind::parse(program) {
        Ok(FileKind::Elf32) => has_loader::<elf::FileHeader32<Endianness>>(program),
        Ok(FileKind::Elf64) => has_loader::<elf::FileHeader64<Endianness>>(program),
        _ => Ok(false),
    }
    .unwrap_or(false)
}

fn has_loader<Header: FileHeader<Endian = Endianness>>(program: &[u8]) -> object::Result<bool> {
    let header = Header::parse(program)?;
    let endian = header.endian()?;
    Ok(header.program_headers(endian, program)?.iter().any(|header| header.p_type(endian) == elf::PT_INTERP))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_program_with_a_loader_is_told_from_none() {
        let own = std::fs::read("/proc/self/exe").unwrap();
        assert!(super::is_dynamic(&own), "tests are linked dynamically");
        for length in 0..own.len().min(4096) {
            // Cut anywhere: no panic, and no loader where its header is not there.
            let cut = super::is_dynamic(&own[..length]);
            assert!(!cut || length > 64, "{length}");
        }
        assert!(!super::is_dynamic(b"\x7fELF"));
        assert!(!super::is_dynamic(b"#!/bin/sh\n"));
    }
}
