//! `mockly user create`: makes an own account, also where registration is closed.

use mockly_domain::UserRole;

use super::password::{Password, PasswordArgs};
use super::{print, with_services};
use crate::config::{Config, Sources};
use crate::failure::Failure;

/// Who the new account is for.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// E-mail address to sign in with.
    #[arg(long)]
    email: String,
    /// Name that others see.
    #[arg(long)]
    display_name: String,
    /// A role beside MEMBER; can be given several times.
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<UserRole>,
    #[command(flatten)]
    password: PasswordArgs,
}

pub(crate) fn run(sources: &Sources, args: Args) -> Result<(), Failure> {
    let Args { email, display_name, roles, password } = args;
    let password = Password::get(&password)?;
    let user = with_services(&Config::load(sources)?, async |services| {
        services.create_account(&email, password.text(), &display_name, roles).await
    })?;
    print(&format!("Created {} ({email}).\n{}", user.id, password.told()))
}
