# Sourced by scripts/try and scripts/check: makes sure that everything they need is here.
# On Debian missing packages are installed with apt-get; elsewhere with Nix the flake's shell is entered.
set -eu
script=$(readlink -f "$0")
cd "$(dirname "$script")/.."

# What is built stays outside of the clone, so that another clone reuses it.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/meshbench/target}"

say() { printf '%s\n' "$*" >&2; }

# The flake's shell has everything; start the calling script again in there.
if ! command -v apt-get >/dev/null && [ -z "${MESHBENCH_IN_NIX:-}" ]; then
    if command -v nix >/dev/null; then
        export MESHBENCH_IN_NIX=1
        exec nix --extra-experimental-features 'nix-command flakes' develop --command "$script" "$@"
    fi
    say "neither apt-get nor nix here: the packages that scripts/setup.sh names have to be here already"
fi

# debian PROGRAM:PACKAGE...: installs the packages of the programs that are not here.
debian() {
    command -v apt-get >/dev/null || return 0
    missing=""
    for pair in "$@"; do
        PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
    done
    [ -n "$missing" ] || return 0
    sudo=""
    if [ "$(id -u)" != 0 ]; then sudo=sudo; fi
    say "installing:$missing"
    $sudo apt-get update -qq
    # shellcheck disable=SC2086 # a list of packages
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# debian_file PACKAGE FILE: the same for what has no program of its own.
debian_file() {
    command -v apt-get >/dev/null || return 0
    [ -e "$2" ] || debian "no-such-program-$1:$1"
}

lab_packages() {
    debian cc:build-essential sshd:openssh-server ssh:openssh-client iperf3:iperf3 ping:iputils-ping tc:iproute2 \
        tincd:tinc wg:wireguard-tools nebula:nebula yggdrasil:yggdrasil ethtool:ethtool unshare:util-linux openssl:openssl
}

# Debian's own Rust is too old in most releases (Cargo.toml says which is needed); rustup brings a new one.
rust() {
    if ! command -v cargo >/dev/null; then
        debian rustup:rustup || true
        command -v rustup >/dev/null || { say "install Rust with rustup (https://rustup.rs), then start this again"; exit 3; }
        rustup default stable >&2
    fi
}

# Where the machine's own kernel has no netem, the lab needs a User-Mode Linux kernel: MESHBENCH_UML,
# `linux.uml` in PATH, or one that lies beside the project.
uml() {
    if [ -z "${MESHBENCH_UML:-}" ] && [ -x ../shared/lab/linux.uml ]; then
        MESHBENCH_UML=$(readlink -f ../shared/lab/linux.uml)
        export MESHBENCH_UML
    fi
}
