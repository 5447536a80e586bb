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

/// Not in the place of C's (ADR 0015). A request allocates some thousand small things, and with it takes two thirds of the
/// CPU, an idle connection two thirds of the memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
