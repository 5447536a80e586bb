//! `mockly config`: checks and shows the configuration, or prints what is generated from its table.

use super::print;
use crate::cli::ConfigArgs;
use crate::config::{Config, Sources, effective, env_example, reference};
use crate::failure::Failure;

pub(crate) fn run(sources: &Sources, args: &ConfigArgs) -> Result<(), Failure> {
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
