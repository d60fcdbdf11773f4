//! How many instructions the hot paths take, held against `benches/counts.txt`: unlike times they are the same on a busy
//! machine, so speed cannot rot unseen. `benches/counts.sh` runs it; `--accept` writes the new figures down.
//!
//! The program runs itself under `valgrind --tool=callgrind`, once for each path, and collects only inside
//! `the_measured_part`.

#![allow(clippy::print_stdout, reason = "the table is what it is for")]

mod paths;

use std::collections::HashMap;
use std::fs;
use std::process::{Command, ExitCode};

use comfy_table::Table;

/// Enough that a hash table's random order does not show.
const CALLS: u64 = 200;
/// Compilers, and the C library's choice of instructions for the processor, differ by a few per cent.
const TOLERANCE: f64 = 0.15;
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/counts.txt");
const ACCEPT: &str = "benches/counts.sh --accept";

fn main() -> Result<ExitCode, String> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [only, path] = args.as_slice()
        && only == "--only"
    {
        return run(path).map(|()| ExitCode::SUCCESS);
    }
    let counted =
        paths::all().iter().map(|(name, _)| Ok((*name, count(name)?))).collect::<Result<Vec<(&str, u64)>, String>>()?;
    if args.iter().any(|arg| arg == "--accept") {
        let text: String = counted.iter().map(|(name, count)| format!("{count:>8} {name}\n")).collect();
        fs::write(KEPT, text).map_err(|error| format!("{KEPT} cannot be written: {error}"))?;
        println!("{} figures are written to {KEPT}.", counted.len());
        return Ok(ExitCode::SUCCESS);
    }
    compare(&counted)
}

/// Runs one path, for callgrind to watch.
fn run(path: &str) -> Result<(), String> {
    let paths = paths::all();
    let (_, prepare) =
        paths.iter().find(|(name, _)| *name == path).ok_or_else(|| format!("There is no path {path}."))?;
    let mut call = prepare();
    // What is done only once, in the first call, is not measured.
    call();
    the_measured_part(&mut *call);
    Ok(())
}

/// Callgrind knows it by this name.
#[inline(never)]
fn the_measured_part(call: &mut dyn FnMut()) {
    for _ in 0..CALLS {
        call();
    }
}

/// Instructions for each call of a path.
fn count(path: &str) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| format!("This program cannot be found: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*the_measured_part*"])
        .arg(program)
        .args(["--only", path])
        .output()
        .map_err(|error| format!("valgrind cannot be run: {error}. Install it (Debian: apt-get install valgrind)."))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse::<u64>().ok());
    match collected {
        Some(collected) if output.status.success() && collected > CALLS => Ok(collected / CALLS),
        _ => Err(format!("callgrind counted nothing of `{path}` ({}):\n{said}", output.status)),
    }
}

fn compare(counted: &[(&str, u64)]) -> Result<ExitCode, String> {
    let kept = fs::read_to_string(KEPT).map_err(|error| format!("{KEPT} cannot be read: {error}. Run `{ACCEPT}`."))?;
    let kept: HashMap<&str, u64> = kept
        .lines()
        .filter_map(|line| line.trim_start().split_once(' '))
        .filter_map(|(count, name)| Some((name, count.parse().ok()?)))
        .collect();
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["instructions a call", "was", "is", "ratio", ""]);
    let mut out_of_bounds = kept.keys().filter(|name| !counted.iter().any(|(is, _)| is == *name)).count();
    if out_of_bounds > 0 {
        println!("{KEPT} has paths that are not counted any more.");
    }
    for (name, is) in counted {
        let was = kept.get(name);
        let ratio = was.map(|was| *is as f64 / *was as f64);
        let verdict = match ratio {
            None => "new",
            Some(ratio) if ratio > 1.0 + TOLERANCE => "slower",
            Some(ratio) if ratio < 1.0 - TOLERANCE => "faster",
            Some(_) => "",
        };
        out_of_bounds += usize::from(!verdict.is_empty());
        table.add_row([
            (*name).to_owned(),
            was.map_or_else(String::new, u64::to_string),
            is.to_string(),
            ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
            verdict.to_owned(),
        ]);
    }
    println!("{table}");
    if out_of_bounds == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{out_of_bounds} of the figures are not within {:.0} % of those in benches/counts.txt. If the change is meant to cost \
         or save that, run `{ACCEPT}` and commit the file; else find out why.",
        TOLERANCE * 100.0
    );
    Ok(ExitCode::FAILURE)
}
