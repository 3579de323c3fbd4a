# shellcheck shell=bash
# What a machine must have before Convscope can be built: sourced by build.sh, run from the top
# folder. Each setup_ function finds what is there, installs what is missing, and where it cannot,
# says what to install and ends.

readonly wasm=wasm32-unknown-unknown
readonly node_major=20
readonly wasm_pack_version=0.15.1
readonly cargo_fuzz_version=0.13.2
readonly geckodriver_version=0.37.1
# The first extended support release with the commands that playwright-core drives it by.
readonly firefox_major=153
readonly debian_rust=(rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy)

cache=${CONVSCOPE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/convscope}
# Compilers run in other folders too.
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac
readonly cache
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
# rustup's own change to PATH reaches login shells only, and its compiler goes before a system's.
export PATH=$cache/bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH

# Two compilers in one target directory would build over each other's work.
readonly wasm_target_dir=$CARGO_TARGET_DIR/wasm
# The program that rewrites modules, which is a workspace of its own.
readonly wasm_tools=(--manifest-path tools/wasm/Cargo.toml)
# The folder of the toolchain that builds for wasm, where it is not the machine's ordinary one.
wasm_toolchain=

say() { printf 'convscope: %s\n' "$*"; }

die() {
  printf 'convscope: %s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null; }

setup_rust() {
  has cargo || die 'Rust is missing: install it from https://rustup.rs'
  require_rust_version rustc "run 'rustup update stable'"
  has cc || apt_install gcc libc6-dev ||
    die "a C compiler, which Rust links with, is missing: install gcc (on macOS run 'xcode-select --install')"
}

# require_rust_version RUSTC REMEDY
require_rust_version() {
  local required version
  required=$(sed -n 's/^rust-version = "1\.\([0-9]*\)"$/\1/p' Cargo.toml)
  version=$("$1" --version) || die "$1 does not run: $2"
  version=${version#rustc 1.}
  [ "${version%%.*}" -ge "$required" ] ||
    die "Rust 1.$version is too old, 1.$required or newer is needed: $2"
}

setup_rust_checks() {
  if cargo fmt --version && cargo clippy --version; then return; fi >/dev/null 2>&1
  say 'adding rustfmt and clippy to the Rust toolchain'
  { has rustup && rustup --quiet component add rustfmt clippy; } ||
    die "rustfmt or clippy is missing: run 'rustup component add rustfmt clippy'"
}

# The standard library for wasm: the Rust toolchain's own, or else one built from Debian's packages.
setup_wasm_target() {
  if has_wasm_target; then return; fi
  local sysroot
  sysroot=$(debian_sysroot)
  if [ ! -d "$sysroot" ]; then
    if add_wasm_target; then return; fi
    say "rustup cannot: building the $wasm standard library from Debian's packages"
    install_debian_rust || die "Rust's $wasm target is missing: run 'rustup target add $wasm' with rustup's server in reach, or on Debian install ${debian_rust[*]} and the lld that rust-lld links to"
    sysroot=$(debian_sysroot)
    tools/wasm-sysroot.sh "$sysroot"
  fi
  wasm_toolchain=$sysroot/bin
}

has_wasm_target() {
  local libraries
  libraries=$(rustc --print target-libdir --target "$wasm" 2>/dev/null) && [ -d "$libraries" ]
}

add_wasm_target() {
  has rustup || return 1
  say "adding the $wasm target to the Rust toolchain"
  # A server that never answers must not hold up the other way.
  local limit=(env)
  if has timeout; then limit=(timeout 300); fi
  "${limit[@]}" rustup --quiet target add "$wasm" </dev/null && has_wasm_target
}

# Named by the version of Debian's compiler, the only one that can use the libraries inside.
debian_sysroot() {
  printf '%s/sysroot-%s' "$cache" "$(dpkg-query -W -f '${Version}' rustc-web 2>/dev/null)"
}

install_debian_rust() {
  apt_install "${debian_rust[@]}" || return 1
  # rust-lld is a link to the lld of its LLVM version, which no package depends on.
  apt_install "$(readlink /usr/bin/rust-lld)" || return 1
  require_rust_version /usr/bin/rustc 'enable the security archive of this Debian release, update, and run this again'
}

# Runs a command with the compiler and the target directory for wasm.
for_wasm() {
  env PATH="${wasm_toolchain:+$wasm_toolchain:}$PATH" CARGO_TARGET_DIR="$wasm_target_dir" "$@"
}

# Cargo tells two checkouts with one target directory apart by their files' times alone, and takes
# what the other has built since for its own: what was built elsewhere goes.
setup_target_dir() {
  local owner=$CARGO_TARGET_DIR/checkout
  if [ "$(cat "$owner" 2>/dev/null)" = "$PWD" ]; then return; fi
  mkdir -p "$CARGO_TARGET_DIR"
  local packages=(--package convscope --package convscope-kernels)
  cargo clean --quiet "${packages[@]}"
  cargo clean --quiet --release "${wasm_tools[@]}" --package convscope-wasm
  for_wasm cargo clean --quiet --release --target "$wasm" "${packages[@]}"
  printf '%s' "$PWD" >"$owner"
}

setup_wasm_bindgen() {
  # The command and the crate must be of the very same version.
  local version
  version=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' Cargo.lock)
  [ "$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $version" ] ||
    cargo_install wasm-bindgen-cli "$version"
}

setup_wasm_pack() {
  has wasm-pack || cargo_install wasm-pack "$wasm_pack_version"
}

setup_cargo_fuzz() {
  has cargo-fuzz || cargo_install cargo-fuzz "$cargo_fuzz_version"
}

# cargo_install CRATE VERSION
cargo_install() {
  say "building $1 $2, a few minutes, once"
  env -u CARGO_TARGET_DIR cargo install --quiet --force --root "$cache" --version "=$2" "$1"
}

setup_node() {
  has npm || apt_install nodejs npm || true
  has npm || die "Node.js is missing: install version $node_major or newer, with npm, from https://nodejs.org"
  node -e "process.exit(parseInt(process.versions.node) < $node_major ? 1 : 0)" ||
    die "Node.js $(node --version) is too old: install version $node_major or newer from https://nodejs.org"
}

setup_node_packages() {
  if [ node_modules/.package-lock.json -nt package-lock.json ]; then return; fi
  say 'installing the npm packages that the build and tests need'
  npm ci --ignore-scripts --no-audit --no-fund
}

setup_bundlers() {
  local folder=tests/package/bundlers
  if [ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]; then return; fi
  say 'installing the bundlers that the npm package is tested with'
  npm ci --prefix $folder --ignore-scripts --no-audit --no-fund
}

setup_python() {
  python3 -c 'import ensurepip, pip, venv' 2>/dev/null ||
    apt_install python3 python3-pip python3-venv ||
    die 'pip, which downloads packages for tests, or venv is missing: install Python 3 with both'
}

# setup_python_packages NAME REQUIREMENTS PURPOSE
# A Python with packages, in the cache under that name.
setup_python_packages() {
  local folder=$cache/$1 requirements=$2
  if cmp -s "$requirements" "$folder/installed.txt"; then return; fi
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$(python3 --version) is too old for the packages $3: install version 3.11 or newer"
  say "installing the Python packages $3"
  python3 -m venv --clear "$folder"
  "$folder/bin/python" -m pip install --quiet --requirement "$requirements"
  cp "$requirements" "$folder/installed.txt"
}

# pandoc, which Quarto calls the shortcode in.
setup_pandoc() {
  has pandoc || apt_install pandoc ||
    die 'pandoc is missing: install version 2.17 or newer from https://pandoc.org'
}

# Chrome or Chromium for the browser tests, as CONVSCOPE_CHROMIUM. wasm-pack finds or downloads the
# chromedriver that goes with it; Debian's comes with Debian's Chromium.
setup_chromium() {
  find_chromium || { apt_install chromium chromium-driver fonts-liberation && find_chromium; } ||
    die 'a browser for the tests is missing: install Chrome or Chromium, or set CONVSCOPE_CHROMIUM to its path'
  if [ "$CONVSCOPE_CHROMIUM" = /usr/bin/chromium ] && ! has chromedriver; then
    apt_install chromium-driver || true
  fi
}

find_chromium() {
  find_program CONVSCOPE_CHROMIUM chromium google-chrome-stable google-chrome chromium-browser \
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' \
    /Applications/Chromium.app/Contents/MacOS/Chromium
}

# Firefox for the browser tests, as CONVSCOPE_FIREFOX.
setup_firefox() {
  find_firefox || { apt_install firefox-esr && find_firefox; } ||
    die 'a browser for the tests is missing: install Firefox, or set CONVSCOPE_FIREFOX to its path'
  firefox_is_new || { apt_upgrade firefox-esr && firefox_is_new; } ||
    die "$("$CONVSCOPE_FIREFOX" --version) is too old for the tests: install version $firefox_major or newer, or set CONVSCOPE_FIREFOX to its path"
}

firefox_is_new() {
  local version
  version=$("$CONVSCOPE_FIREFOX" --version 2>/dev/null) && version=${version##* }
  [ "${version%%.*}" -ge "$firefox_major" ]
}

find_firefox() {
  find_program CONVSCOPE_FIREFOX firefox firefox-esr \
    /Applications/Firefox.app/Contents/MacOS/firefox
}

setup_geckodriver() {
  has geckodriver || cargo_install geckodriver "$geckodriver_version"
}

# find_program VARIABLE NAME...
# Sets and exports VARIABLE to the path of the first program there is, if it does not name one.
find_program() {
  local variable=$1 name path
  shift
  if [ -n "${!variable:-}" ]; then
    has "${!variable}" || die "$variable names no program: ${!variable}"
    return
  fi
  for name; do
    if path=$(command -v "$name"); then
      export "$variable=$path"
      return
    fi
  done
  return 1
}

# Installs Debian packages and removes none; false where that cannot be done.
apt_install() {
  has apt-get || return 1
  # Of packages that were removed dpkg knows, too.
  [ "$(dpkg -s "$@" 2>/dev/null | grep -c '^Status: install ok installed$')" != $# ] || return 0
  apt_upgrade "$@"
}

# As apt_install, and in the newest version where there is another one.
apt_upgrade() {
  has apt-get || return 1
  [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || return 1
  say "installing from Debian: $*"
  # A fresh machine's package lists are empty, an old one's name versions that are old or gone. Without a server,
  # they are what there is.
  apt_get update || true
  apt_get install -y --no-install-recommends --no-remove "$@"
}

apt_get() {
  local as_root=(env)
  [ "$(id -u)" = 0 ] || as_root=(sudo -n env)
  "${as_root[@]}" DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@" </dev/null >/dev/null
}
