#!/usr/bin/env bash
# Builds the wasm32-unknown-unknown standard library from Debian's Rust packages, for machines on
# which `rustup target add` cannot reach its server.
#
#   tools/wasm-sysroot.sh DIRECTORY
#
# Needs rustc-web, cargo-web, rust-web-src, rust-web-llvm and the lld that it calls; clippy is
# rust-web-clippy's. DIRECTORY becomes a sysroot, and DIRECTORY/bin, put first on PATH, the toolchain
# that has it.
set -euo pipefail

readonly target=wasm32-unknown-unknown
readonly sysroot=${1:?usage: tools/wasm-sysroot.sh DIRECTORY}

# Everything is made in a scratch directory beside the sysroot and moved into place last, so an
# interrupted build leaves no half sysroot behind.
mkdir -p "$(dirname "$sysroot")"
scratch=$(mktemp -d "$sysroot.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# A crate without content, for the standard library that Cargo builds to go with it. `test` is what
# wasm-bindgen-test needs, `proc_macro` what rustdoc does.
build_standard_library() {
  mkdir -p "$scratch/crate/src"
  cat >"$scratch/crate/Cargo.toml" <<'TOML'
[package]
name = "convscope-sysroot-seed"
edition = "2024"

[workspace]
TOML
  touch "$scratch/crate/src/lib.rs"
  # Away from the project, so that none of its Cargo configuration applies; RUSTC_BOOTSTRAP lets a
  # stable compiler take -Zbuild-std.
  (
    cd "$scratch/crate"
    env -u RUSTFLAGS -u RUSTC_WRAPPER RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
      CARGO_TARGET_DIR="$scratch/target" \
      /usr/bin/cargo build --quiet --release --target "$target" \
      -Zbuild-std=std,panic_abort,test,proc_macro
  )
}

assemble_sysroot() {
  local host libraries=$1/lib/rustlib
  host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
  mkdir -p "$libraries/$target/lib"
  find "$scratch/target/$target/release/deps" -name '*.rlib' ! -name 'libconvscope_*' \
    -exec cp {} "$libraries/$target/lib/" \;
  ln -s "$(/usr/bin/rustc --print sysroot)/lib/rustlib/$host" "$libraries/$host"
}

# Names the final directory, not the scratch one.
write_toolchain() {
  local bin=$1/bin tool
  mkdir -p "$bin"
  for tool in rustc rustdoc; do
    # shellcheck disable=SC2016 # "$@" is the wrapper's
    printf '#!/bin/sh\nexec /usr/bin/%s --sysroot "%s" "$@"\n' "$tool" "$sysroot" >"$bin/$tool"
  done
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nSYSROOT="%s" exec /usr/bin/cargo-clippy "$@"\n' "$sysroot" >"$bin/cargo-clippy"
  chmod +x "$bin"/*
  ln -s /usr/bin/cargo "$bin/cargo"
}

build_standard_library
assemble_sysroot "$scratch/new"
write_toolchain "$scratch/new"
rm -rf "$sysroot"
mv "$scratch/new" "$sysroot"
