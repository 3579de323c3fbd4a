#!/usr/bin/env bash
# The one entry to building, serving and testing Convscope; `./build.sh help` lists it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source tools/setup.sh

main() {
  local command=${1:-build}
  [ $# -eq 0 ] || shift
  case $command in
    build | dist | conformance) "$command" ;;
    bench | fuzz) "$command" "$@" ;;
    serve) serve "${1:-8080}" ;;
    test) run_tests ;;
    help | -h | --help) usage ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
}

usage() {
  cat <<TEXT
usage: ./build.sh [COMMAND]

  build         build www/, the site, in place (the default)
  serve [PORT]  build www/, serve it to this machine only, and print its address
                (port 8080, or a free one where that is taken)
  test          run every check and test
  dist          make dist/site, the site without debug information, ready for any static host,
                installable and compressed (tools/site/README.md), and
                dist/THIRD-PARTY-NOTICES.txt, the licences of all that the engine is compiled of;
                dist/npm and dist/convscope-VERSION.tgz, the npm package;
                dist/convscope-VERSION-py3-none-any.whl, the Python package with its widget;
                dist/convscope.html, one file with engine, model and picture that needs no server
  bench [--profile] [--write] [MODEL...]
  bench --start [--write]
                measure beside onnxruntime-web and TensorFlow.js, and the page; with --start the
                page's start and its downloads (bench/README.md; downloads packages)
  conformance   run tests of the ONNX backend suite in the browser: single operators, whole networks;
                the Python that pages export; and what the Python package makes of PyTorch's and
                Keras's models (all download packages, the last gigabytes)
  fuzz TARGET [SECONDS]
                feed the engine hostile files (fuzz/README.md), for half an hour if not said;
                with TARGET bundled a thousand mutations of each bundled model, in the browser
  help          print this

Each command first sets up what it needs and the machine lacks. What is built is kept in
  $cache
which CONVSCOPE_CACHE moves, and CARGO_TARGET_DIR for compiled code alone. Tests run in the Chrome
or Chromium that CONVSCOPE_CHROMIUM names and the Firefox that CONVSCOPE_FIREFOX names, or else the
ones that are installed.
TEXT
}

build() {
  setup_node
  setup_node_packages
  setup_rust
  setup_wasm_target
  setup_target_dir
  setup_wasm_bindgen
  build_site
  say 'www is built'
}

serve() {
  build
  exec node tools/serve.mjs www "$1"
}

dist() {
  build
  rm -rf dist/site
  mkdir -p dist/site
  build_published_engine
  node tools/single-file.mjs "$published_engine" "$engine_parts/single-file.txt" dist/convscope.html
  cp www/THIRD-PARTY-NOTICES.txt dist
  node tools/site.mjs dist/site "$engine_parts"
  dist_npm
  dist_python
  say 'dist is ready'
}

# The npm package, as a folder and as what `npm publish` takes.
dist_npm() {
  node tools/npm.mjs dist/npm "$published_engine"
  npm pack --silent --pack-destination dist ./dist/npm
}

dist_python() {
  setup_python
  node tools/python.mjs dist/python "$published_engine"
  python3 -m pip wheel --quiet --no-deps --wheel-dir dist ./dist/python
}

bench() {
  setup_chromium
  setup_python
  build
  if [ "${1:-}" = --start ]; then
    build_published_engine
    npm run --silent bench:start -- "${@:2}" "$published_engine" "$engine_parts"
  else
    CONVSCOPE_CACHE=$cache npm run --silent bench -- "$@"
  fi
}

conformance() {
  setup_chromium
  setup_python
  build
  CONVSCOPE_CACHE=$cache npm run --silent conformance
  setup_python_packages python tests/python/requirements.txt 'that exported scripts use'
  CONVSCOPE_PYTHON=$cache/python/bin/python npm run --silent test:python
  setup_python_packages frameworks tests/frameworks/requirements.txt 'that models are made with'
  CONVSCOPE_PYTHON=$cache/frameworks/bin/python npm run --silent test:frameworks
}

# fuzz TARGET [SECONDS]
fuzz() {
  local target=${1:?a target is missing: manifest, model, picture, preprocessing or bundled} seconds=${2:-1800}
  if [ "$target" = bundled ]; then
    fuzz_bundled
    return
  fi
  setup_rust
  setup_cargo_fuzz
  mkdir -p "fuzz/corpus/$target"
  # The sanitizers look for errors of unsafe code, and need a nightly compiler.
  cargo fuzz run --sanitizer none --target-dir "$CARGO_TARGET_DIR/fuzz" "$target" \
    "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
    -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1
}

fuzz_bundled() {
  setup_chromium
  build
  CONVSCOPE_MUTATIONS=1000 node --test tests/e2e/mutations.test.js
}

# Cheap checks first; types come after the build, which makes the wasm module's.
run_tests() {
  setup_tests
  step 'Formatting of web files' npm run --silent format:check
  step 'ESLint' npm run --silent lint
  step 'Formatting of Rust' cargo fmt --all --check
  step 'Formatting of Rust, tools' cargo fmt "${wasm_tools[@]}" --check
  step 'Clippy' cargo clippy --locked --all-targets -- --deny warnings
  step 'Clippy, tools' cargo clippy --locked "${wasm_tools[@]}" -- --deny warnings
  step 'Clippy, wasm' for_wasm cargo clippy --locked --all-targets --release --target "$wasm" -- --deny warnings
  step 'Rust documentation' env RUSTDOCFLAGS='--deny warnings' cargo doc --locked --no-deps
  step 'Native tests' cargo test --locked
  step 'Build' build_site
  step 'Split of the engine' build_published_engine
  step 'Types' npm run --silent types
  # geckodriver itself looks for a Firefox of that name only.
  step 'Wasm tests' for_wasm env WASM_BINDGEN_TEST_TIMEOUT=300 "GECKODRIVER_ARGS=--binary=$CONVSCOPE_FIREFOX" \
    wasm-pack test --headless --chrome --firefox --release
  step 'Packages' npm run --silent test:package
  step 'Notebooks and documents' env CONVSCOPE_JUPYTER_PYTHON="$cache/jupyter/bin/python" npm run --silent test:integrations
  step 'Browser tests in Chromium' npm run --silent test:e2e
  # Where browsers differ: workers, downloads, canvases and cameras; and what the page is for.
  step 'Browser tests in Firefox' env CONVSCOPE_BROWSER=firefox \
    node --test tests/e2e/{activations,cancel,cells,render,inputs,simd,walk-through}.test.js \
    tests/package/single-file.test.js
  say 'every check and test passed'
}

setup_tests() {
  setup_rust
  setup_rust_checks
  setup_node
  setup_node_packages
  setup_bundlers
  setup_python
  setup_python_packages jupyter tests/integrations/requirements.txt 'that the Python package is tested with'
  setup_pandoc
  setup_chromium
  setup_firefox
  setup_wasm_target
  setup_target_dir
  setup_wasm_bindgen
  setup_wasm_pack
  setup_geckodriver
}

# step TITLE COMMAND...
step() {
  printf '\n== %s\n' "$1"
  shift
  "$@"
}

build_site() {
  build_wasm
  # A site has its models beside it.
  rm -rf www/models
  mkdir www/models
  cp models/*.onnx models/*.json www/models/
  copy_reveal
  node tools/notices.mjs www/THIRD-PARTY-NOTICES.txt
  # What its pages save themselves as.
  node tools/single-file.mjs www/wasm www/wasm/single-file.txt
}

# What the example slides load, with its licence.
copy_reveal() {
  local from=node_modules/reveal.js to=www/examples/reveal
  rm -rf $to
  mkdir $to
  cp $from/dist/{reset,reveal}.css $from/LICENSE $to
  # Under the one name that every host serves as JavaScript.
  cp $from/dist/reveal.mjs $to/reveal.js
}

readonly module=$wasm_target_dir/$wasm/release/convscope.wasm

build_wasm() {
  for_wasm cargo build --locked --release --target "$wasm"
  local relaxed=www/wasm/convscope_relaxed_bg.wasm
  if [ $relaxed -nt "$module" ] && [ -z "$(find tools/wasm/src -newer $relaxed)" ]; then return; fi
  rm -rf www/wasm
  wasm-bindgen --target web --out-dir www/wasm "$module"
  local plain=www/wasm/convscope_bg.wasm
  rewrite construct-once $plain $plain
  rewrite address $plain $plain
  rewrite fuse $plain $relaxed
}

readonly published_engine=$wasm_target_dir/engine
# The same as the site has it, where tests find it.
readonly engine_parts=www/wasm/parts

# Without names for stack traces, a fifth of the module.
build_published_engine() {
  rm -rf "$published_engine" "$engine_parts"
  mkdir "$published_engine" "$engine_parts"
  cp www/wasm/convscope.js www/wasm/convscope.d.ts www/wasm/convscope_bg.wasm.d.ts "$published_engine"
  local name
  for name in convscope_bg convscope_relaxed_bg; do
    rewrite strip www/wasm/$name.wasm "$published_engine/$name.wasm"
  done
  local instrumented=$published_engine/instrumented.wasm profile=$published_engine/profile.txt
  rewrite instrument "$published_engine/convscope_bg.wasm" "$instrumented"
  node tools/wasm/profile.mjs "$instrumented" "$profile"
  # Both engines have one rest: that without relaxed SIMD, which any browser runs.
  for name in convscope_relaxed_bg convscope_bg; do
    rewrite split "$published_engine/$name.wasm" "$profile" "$engine_parts/$name.wasm" "$engine_parts/convscope_rest.wasm"
  done
  cp www/wasm/single-file.txt "$engine_parts"
}

# Rewrites a module with the program of tools/wasm.
rewrite() {
  cargo run --quiet --locked --release "${wasm_tools[@]}" -- "$@"
}

main "$@"
