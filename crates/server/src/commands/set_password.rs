//! `mockly user set-password`: gives an own account another password, for one who has forgotten theirs.

use super::password::{Password, PasswordArgs};
use super::{print, with_services};
use crate::config::Sources;
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
    let password = Password::get(password)?;
    let user = with_services(sources, async |services| services.set_password(email, password.text()).await)?;
    print(&format!("Changed the password of {} ({email}); its sign-ins have ended.\n{}", user.id, password.told()))
}
