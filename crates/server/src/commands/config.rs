//! `mockly config`: checks and shows the configuration, or prints what is generated from its table.

use super::print;
use crate::config::{Config, Sources, effective, env_example, reference};
use crate::failure::Failure;

/// What to print.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Args {
    /// Print .env.example.
    #[arg(long)]
    env_example: bool,
    /// Print the reference page.
    #[arg(long)]
    reference: bool,
}

pub(crate) fn run(sources: &Sources, args: &Args) -> Result<(), Failure> {
    if args.env_example {
        return print(&env_example());
    }
    if args.reference {
        return print(&reference());
    }
    print(&effective(sources))?;
    Config::check(sources)?;
    Ok(())
}
