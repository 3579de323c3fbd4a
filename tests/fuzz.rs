//! A short run of what `fuzz/` runs for long: the same targets over the same seeds, and mutations that are the same in
//! every run.

#![allow(clippy::panic, clippy::unwrap_used)]

#[path = "../fuzz/mutation.rs"]
mod mutation;
#[path = "../fuzz/targets.rs"]
mod targets;

use mutation::{Random, mutate_bytes, mutate_message};
use std::fs;
use std::path::{Path, PathBuf};

type Target = fn(&[u8]);
type Mutate = fn(&[u8], &mut Random) -> Vec<u8>;

/// Runs a target on its seeds, and on as many mutations of each.
fn run(name: &str, target: Target, mutate: Mutate, mutations: u64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let mut seeds: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    for path in seeds {
        let seed = fs::read(&path).unwrap();
        target(&seed);
        for number in 0..mutations {
            target(&mutate(&seed, &mut Random::new(number)));
        }
    }
}

#[test]
fn manifests() {
    run("manifest", targets::manifest, mutate_bytes, 200);
}

#[test]
fn models() {
    run("model", targets::model, mutate_message, 60);
    run("model", targets::model, mutate_bytes, 10);
}

#[test]
fn pictures() {
    run("picture", targets::picture, mutate_bytes, 100);
}

#[test]
fn preprocessings() {
    run("preprocessing", targets::preprocessing, mutate_bytes, 100);
}
