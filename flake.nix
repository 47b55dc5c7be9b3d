{
  description = "meshbench: measures peer-to-peer overlay VPNs and says, honestly, how they compare";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      each = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
      package = pkgs: crate: bin: pkgs.rustPlatform.buildRustPackage {
        pname = bin;
        version = (nixpkgs.lib.importTOML ./Cargo.toml).workspace.package.version;
        src = self;
        cargoLock.lockFile = ./Cargo.lock;
        cargoBuildFlags = [ "-p" crate "--bin" bin ];
        # `analyze query` links DuckDB.
        buildInputs = nixpkgs.lib.optional (bin == "analyze") (nixpkgs.lib.getLib pkgs.duckdb);
        DUCKDB_LIB_DIR = nixpkgs.lib.optionalString (bin == "analyze") "${nixpkgs.lib.getLib pkgs.duckdb}/lib";
        # There is no clone in a build of the flake.
        MESHBENCH_COMMIT = self.shortRev or self.dirtyShortRev or "unknown";
        # The tests need a lab and a LaTeX; scripts/check runs them in the dev shell.
        doCheck = false;
        meta.mainProgram = bin;
      };
    in
    {
      packages = each (pkgs: rec {
        collect = package pkgs "meshbench-collector" "collect";
        analyze = package pkgs "meshbench-analysis" "analyze";
        default = pkgs.symlinkJoin { name = "meshbench"; paths = [ collect analyze ]; };
      });

      devShells = each (pkgs: {
        default = pkgs.mkShell {
          DUCKDB_LIB_DIR = "${nixpkgs.lib.getLib pkgs.duckdb}/lib";
          # For scripts/bundle; the package does not bring its licence along.
          DUCKDB_LICENCE = "${pkgs.duckdb.src}/LICENSE";
          packages = with pkgs; [
            cargo rustc clippy rustfmt
            openssh iperf3 iputils iproute2 nftables ethtool tinc wireguard-tools nebula yggdrasil util-linux openssl
            poppler-utils xz duckdb patchelf binutils glibc.static
            (texlive.combine { inherit (texlive) scheme-small latexmk booktabs siunitx threeparttable; })
          ];
        };
      });
    };
}
