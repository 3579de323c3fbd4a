//! Splits a WebAssembly module in two: the engine, with the functions that a profile names, and the rest, which is loaded
//! when one of its functions is first called.
//!
//! ```text
//! convscope-split instrument MODULE INSTRUMENTED
//! convscope-split split MODULE PROFILE ENGINE REST
//! ```
//!
//! An instrumented module exports a global `ran N` for each of its functions, which is 1 once the function of index N has
//! been called. A profile is a text of such indices, one a line.

mod instrument;
mod module;
mod split;

use std::collections::BTreeSet;
use std::error::Error;
use std::{env, fs};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["instrument", module, instrumented] => {
            fs::write(instrumented, instrument::instrument(&fs::read(module)?)?)?;
        }
        ["split", module, profile, engine, rest] => {
            let profile =
                fs::read_to_string(profile)?.lines().map(str::parse).collect::<std::result::Result<_, _>>()?;
            let parts = split::split(&fs::read(module)?, &profile)?;
            fs::write(engine, parts.engine)?;
            fs::write(rest, parts.rest)?;
        }
        _ => return Err("usage: instrument MODULE INSTRUMENTED | split MODULE PROFILE ENGINE REST".into()),
    }
    Ok(())
}

/// Indices of functions.
type Profile = BTreeSet<u32>;
