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
        tincd:tinc wg:wireguard-tools nebula:nebula yggdrasil:yggdrasil ethtool:ethtool unshare:util-linux openssl:openssl nft:nftables
}

# Debian's own Rust is too old in most releases (Cargo.toml says which is needed); rustup brings a new one.
rust() {
    if ! command -v cargo >/dev/null; then
        debian rustup:rustup || true
        command -v rustup >/dev/null || { say "install Rust with rustup (https://rustup.rs), then start this again"; exit 3; }
        rustup default stable >&2
    fi
}

# DuckDB, which `analyze query` links. To compile it takes most of an hour, so a built one is used, and exported as
# DUCKDB_LIB_DIR: the folder that this variable names already (the flake's shell does so); else the one of npm's package
# `@duckdb/node-bindings-linux-*`, the version that the documents and tests know, verified by its pinned hash and kept
# outside of the clone; else Debian's `libduckdb-dev`.
duckdb_library() {
    [ -z "${DUCKDB_LIB_DIR:-}" ] || return 0
    version=1.5.6-r.1
    case "$(uname -m)" in
        x86_64)
            package=node-bindings-linux-x64
            sha512=21772b64913a904a8cd19e30c1d5671811d7fdface4b7dd53cd0300d743f43e16cf386f4e7c41ef78721ac208870d2651bc6375072145387817824315b998dd5
            ;;
        aarch64)
            package=node-bindings-linux-arm64
            sha512=de39d46838a5d41ac5ffabc067055a227275c6805a5861c1e0f0e2527cc958a0a8f1af132f1f63eff80fc8f97f5064417edad822e4e28516527c5e2658c82d58
            ;;
        *) package="" ;;
    esac
    folder="${XDG_CACHE_HOME:-$HOME/.cache}/meshbench/duckdb-$version-$(uname -m)"
    if [ -n "$package" ] && [ ! -e "$folder/libduckdb.so" ]; then
        say "fetching @duckdb/$package $version"
        mkdir -p "$folder.partial"
        archive="$folder.partial/package.tgz"
        if command -v npm >/dev/null; then
            name=$(cd "$folder.partial" && npm pack --silent "@duckdb/$package@$version") &&
                mv "$folder.partial/$name" "$archive" || true
        else
            debian curl:curl
            registry="${npm_config_registry:-https://registry.npmjs.org}"
            curl -fsSL -o "$archive" "${registry%/}/@duckdb/$package/-/$package-$version.tgz" || true
        fi
        if [ -e "$archive" ]; then
            echo "$sha512  $archive" | sha512sum --check --quiet >&2 ||
                { say "@duckdb/$package $version is not the package that is pinned here"; rm -r "$folder.partial"; exit 3; }
            tar -xzf "$archive" -C "$folder.partial" --strip-components=1 package/libduckdb.so package/LICENSE
            rm "$archive"
            # Another clone may have been faster.
            mv -T "$folder.partial" "$folder" 2>/dev/null || rm -r "$folder.partial"
        else
            rm -r "$folder.partial"
        fi
    fi
    if [ -e "$folder/libduckdb.so" ]; then
        export DUCKDB_LIB_DIR="$folder"
        return 0
    fi
    # In a folder that the linker and the loader look into by themselves.
    if ! ldconfig_knows_duckdb; then debian "no-such-program-duckdb:libduckdb-dev" || true; fi
    ldconfig_knows_duckdb || { say "no libduckdb.so here: set DUCKDB_LIB_DIR to the folder of one (README, DuckDB)"; exit 3; }
}

ldconfig_knows_duckdb() {
    PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null | grep -q 'libduckdb\.so'
}

# Where the machine's own kernel has no netem, the lab needs a User-Mode Linux kernel: MESHBENCH_UML,
# `linux.uml` in PATH, or one that lies beside the project.
uml() {
    if [ -z "${MESHBENCH_UML:-}" ] && [ -x ../shared/lab/linux.uml ]; then
        MESHBENCH_UML=$(readlink -f ../shared/lab/linux.uml)
        export MESHBENCH_UML
    fi
}
