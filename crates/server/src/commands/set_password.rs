//! `mockly user set-password`: gives an own account another password, for one who has forgotten theirs.

use super::password::{Password, PasswordArgs};
use super::{print, with_services};
use crate::config::{Config, Sources};
use crate::failure::Failure;

/// Whose password it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// E-mail address of the account.
    #[arg(long)]
    email: String,
    #[command(flatten)]
    password: PasswordArgs,
}

pub(crate) fn run(sources: &Sources, args: &Args) -> Result<(), Failure> {
    let Args { email, password } = args;
    let config = Config::load(sources)?;
    if let Some(missing) = config.database.file().filter(|file| !file.exists()) {
        return Err(Failure::Run(format!("there is no database at {} (see DATABASE_URL)", missing.display())));
    }
    let password = Password::get(password)?;
    let user = with_services(&config, async |services| services.set_password(email, password.text()).await)?;
    print(&format!("Changed the password of {} ({email}); its sign-ins have ended.\n{}", user.id, password.told()))
}
