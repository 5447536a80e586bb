//! The binary: configuration, command line, log, wiring and signals.
//!
//! It decides nothing about sessions. What it reads becomes the plain settings of the other crates, which it puts
//! together in `wiring.rs` and runs in `commands/serve.rs`. To add a command: a file in `commands/` and a line in
//! `cli.rs`; to add a setting: see `config/table.rs`.

mod cli;
mod commands;
mod config;
mod failure;
mod listener;
mod logging;
mod metrics;
mod open_files;
mod signals;
mod tasks;
mod wiring;

fn main() -> std::process::ExitCode {
    cli::run()
}
