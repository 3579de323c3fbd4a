//! Draws a layer's feature maps from the command line, as a grid in a PNG file:
//!
//! ```sh
//! cargo run --release --example grid -- models/cats-vs-dogs.onnx www/samples/kitten.jpg conv2d_5 grid.png
//! ```
//!
//! A fifth argument, JSON, says how it is drawn: `'{"view": "layer", "colormap": "magma"}'`. The manifest is the `.json`
//! file beside the model, if there is one.

use convscope::{RenderOptions, Scope};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Draws what the arguments name, and says what it has drawn.
pub fn run(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let (model, picture, output, png, options) = match *arguments {
        [model, picture, output, png] => (model, picture, output, png, "{}"),
        [model, picture, output, png, options] => (model, picture, output, png, options),
        _ => return Err("usage: grid MODEL PICTURE OUTPUT PNG [OPTIONS]".into()),
    };
    let options = RenderOptions::from_json(options)?;
    let manifest = Path::new(model).with_extension("json");
    let manifest = if manifest.exists() { Some(fs::read_to_string(manifest)?) } else { None };

    let mut scope = Scope::default();
    scope.open_model(&fs::read(model)?, model, manifest.as_deref())?;
    scope.open_image(&fs::read(picture)?)?;
    scope.start_pass()?;
    scope.step(f64::INFINITY, || 0.0)?;
    let drawing = scope.draw(output, &options)?;
    fs::write(png, drawing.to_png()?)?;

    let answer = scope.prediction()?.and_then(|prediction| prediction.classes.into_iter().next());
    let answer = answer.map(|class| format!("; the answer is '{}' at {:.1}%", class.label, class.probability * 100.0));
    Ok(format!(
        "{png}: '{output}', {} feature maps of {} x {}{}",
        drawing.channels,
        drawing.tile_height,
        drawing.tile_width,
        answer.unwrap_or_default()
    ))
}
