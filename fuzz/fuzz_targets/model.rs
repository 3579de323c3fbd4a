#![no_main]

#[path = "../mutation.rs"]
#[allow(dead_code)]
mod mutation;
#[path = "../targets.rs"]
#[allow(dead_code)]
mod targets;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use mutation::{Random, mutate_message};

// The engine catches tract's panics, at which libfuzzer's own hook would end the run.
fuzz_target!(init: std::panic::set_hook(Box::new(|panic| eprintln!("{panic}"))), |bytes: &[u8]| targets::model(bytes));

// Bytes changed at random seldom make a model that decodes: every other time a field is changed instead.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random::new(seed.into());
    if random.below(2) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let mutated = mutate_message(&data[..size], &mut random);
    let len = mutated.len().min(max_size);
    data[..len].copy_from_slice(&mutated[..len]);
    len
});
