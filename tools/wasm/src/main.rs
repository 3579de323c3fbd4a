//! What the compiler does not do to the engine's WebAssembly module.
//!
//! ```text
//! convscope-wasm construct-once MODULE CONSTRUCTED
//! convscope-wasm address MODULE ADDRESSED
//! convscope-wasm fuse MODULE FUSED
//! convscope-wasm strip MODULE STRIPPED
//! convscope-wasm instrument MODULE INSTRUMENTED
//! convscope-wasm split MODULE PROFILE ENGINE REST
//! ```
//!
//! `construct-once` has constructors called once, `address` makes the kernels' loads cheaper, `fuse` makes the module for
//! browsers with relaxed SIMD, `strip` leaves out the names of functions. `split` makes two: the engine, with the functions that
//! a profile names, and the rest, which is loaded when one of its functions is first called. All keep the indices of functions.
//!
//! An instrumented module exports a global `ran N` for each of its functions, which is 1 once the function of index N has
//! been called. A profile is a text of such indices, one a line.

mod address;
mod constructors;
mod fuse;
mod instrument;
mod kernels;
mod module;
mod split;

use module::Module;
use std::collections::BTreeSet;
use std::error::Error;
use std::{env, fs};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["split", module, profile, engine, rest] => {
            let profile =
                fs::read_to_string(profile)?.lines().map(str::parse).collect::<std::result::Result<_, _>>()?;
            let parts = split::split(&fs::read(module)?, &profile)?;
            fs::write(engine, parts.engine)?;
            fs::write(rest, parts.rest)?;
        }
        [command, module, rewritten] => fs::write(rewritten, rewrite(command, &fs::read(module)?)?)?,
        _ => return Err("usage: COMMAND MODULE REWRITTEN | split MODULE PROFILE ENGINE REST".into()),
    }
    Ok(())
}

/// What a command makes of a module.
fn rewrite(command: &str, module: &[u8]) -> Result<Vec<u8>> {
    match command {
        "construct-once" => constructors::construct_once(module),
        "address" => address::address(module),
        "fuse" => fuse::fuse(module),
        "strip" => Ok(Module::parse(module)?.stripped()),
        "instrument" => instrument::instrument(module),
        _ => Err(format!("there is no command “{command}”").into()),
    }
}

/// Indices of functions.
type Profile = BTreeSet<u32>;
