#!/usr/bin/env bash
# Builds the wasm32-unknown-unknown standard library from Debian's Rust packages, for machines on
# which `rustup target add` cannot reach its server.
#
#   tools/wasm-sysroot.sh DIRECTORY
#
# needs rustc-web, cargo-web, rust-web-src and lld-22. DIRECTORY becomes a complete sysroot, whose
# bin/rustc and bin/rustdoc are Debian's with that sysroot; link with wasm-ld-22.
set -euo pipefail

readonly target=wasm32-unknown-unknown
readonly sysroot=${1:?usage: tools/wasm-sysroot.sh DIRECTORY}

# Everything is made in a scratch directory beside the sysroot and moved into place last, so an
# interrupted build leaves no half sysroot behind.
mkdir -p "$(dirname "$sysroot")"
scratch=$(mktemp -d "$sysroot.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
mkdir -p "$scratch/crate/src" "$scratch/new/bin" "$scratch/new/lib/rustlib/$target/lib"

# A crate without content, for the standard library that Cargo builds to go with it. `test` is what
# wasm-bindgen-test needs, `proc_macro` what rustdoc does.
cat >"$scratch/crate/Cargo.toml" <<'TOML'
[package]
name = "convscope-sysroot-seed"
edition = "2024"
[workspace]
TOML
touch "$scratch/crate/src/lib.rs"
(
  # Out of the project, so that none of its Cargo configuration applies.
  cd "$scratch/crate"
  env -u RUSTFLAGS -u RUSTC_WRAPPER -u RUSTUP_TOOLCHAIN \
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$scratch/target" \
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22 \
    /usr/bin/cargo build --quiet --release --target "$target" \
    -Zbuild-std=std,panic_abort,test,proc_macro
)
find "$scratch/target/$target/release/deps" -name '*.rlib' ! -name 'libconvscope_sysroot_seed-*' \
  -exec cp {} "$scratch/new/lib/rustlib/$target/lib/" \;
ln -s "$(/usr/bin/rustc --print sysroot)/lib/rustlib/$host" "$scratch/new/lib/rustlib/$host"

for tool in rustc rustdoc; do
  printf '#!/bin/sh\nexec /usr/bin/%s --sysroot "%s" "$@"\n' "$tool" "$sysroot" >"$scratch/new/bin/$tool"
  chmod +x "$scratch/new/bin/$tool"
done

rm -rf "$sysroot"
mv "$scratch/new" "$sysroot"
