//! The tasks of this repository. `cargo xtask help` lists them; each is a file.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod cargo;
mod console;
mod contract;
mod deny;
mod external_types;
mod fixtures;
mod fuzz;
mod headers;
mod layers;
mod lint;
mod markdown;
mod redis;
mod roundtrip;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <task>

  test                 everything that proves the workspace: fixtures --check, then all tests
  roundtrip            property tests: every wire type survives parse(serialize(x))
  contract             the commands against literal paths, keys and bodies, both backends
  lint                 formatting, layers, endpoint headers, words, circles of modules, unused dependencies, clippy for sets of
                       features and for the fuzz targets, docs
  fixtures [--check]   what is generated: tests/fixtures, the tables of codes, hosts and crates; --check only compares
  ci                   test, then lint
  bench [<what>]       calls, decoding and signing beside other ways to do it, and the emulator under load: commits, import,
                       responsive; fails when a gate is missed
  console [--screenshots DIR]
                       the console of the emulator in a browser, or pictures of its views; needs chromium,
                       chromedriver and npm
  deny                 bans, licences and sources of dependencies; needs the program cargo-deny
  external-types       types of other crates in public signatures; needs nightly Rust and cargo-check-external-types
  redis                the rate limiter that processes share; needs the program redis-server
  fuzz                 a minute of noise for each fuzz target of tim-sig; needs nightly Rust and cargo-fuzz";

/// What a task ends with; the error is shown to the person who ran it.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args[..] {
        ["fixtures"] => fixtures::write(),
        ["fixtures", "--check"] => fixtures::check(),
        ["roundtrip"] => roundtrip::run(),
        ["contract"] => contract::run(),
        ["test"] => test::run(),
        ["lint"] => lint::run(),
        ["bench", ref what @ ..] => bench::run(what),
        ["console", ref options @ ..] => console::run(options),
        ["deny"] => deny::run(),
        ["external-types"] => external_types::run(),
        ["redis"] => redis::run(),
        ["fuzz"] => fuzz::run(),
        ["ci"] => test::run().and_then(|()| lint::run()),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => {
            eprintln!("there is no task `{}`\n\n{HELP}", args.join(" "));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
