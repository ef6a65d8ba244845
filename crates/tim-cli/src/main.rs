//! The program `tim`; everything is in the library target.

use std::process::ExitCode;

fn main() -> ExitCode {
    tim_cli::main()
}
