//! `mockly user create`: makes an own account, also where registration is closed.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use mockly_domain::UserRole;
use mockly_service::{IdSource, SystemIds};

use super::{block_on, print};
use crate::config::{Config, Sources};
use crate::failure::Failure;
use crate::{logging, wiring};

/// Longer than any password that is accepted: what is read is bounded.
const LINE_BYTES_MAX: u64 = 4096;

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
    /// Read the password from the first line of standard input.
    #[arg(long)]
    password_stdin: bool,
}

pub(crate) fn run(sources: &Sources, args: Args) -> Result<(), Failure> {
    let config = Config::load(sources)?;
    logging::start(&config.logging);
    let (password, made) =
        if args.password_stdin { (read_password()?, false) } else { (make_password(&SystemIds), true) };
    let roles = args.roles.into_iter().filter(|role| *role != UserRole::Member).collect();
    let user = block_on(async {
        let database = wiring::open_ready_database(&config).await?;
        let services = wiring::build_services(&config, config.server.listen.port, database.clone())?;
        let created = services.create_account(&args.email, &password, &args.display_name, roles).await;
        let user = created.map_err(|error| Failure::Run(wiring::describe(&error)))?;
        database.close().await.map_err(|error| Failure::because("the database does not close", &error))?;
        Ok(user)
    })?;
    print(&format!("Created {} ({}).\n", user.id, args.email))?;
    if made { print(&format!("Password, shown this once: {password}\n")) } else { Ok(()) }
}

/// The first line of standard input. A password in an argument would stand in the list of processes.
fn read_password() -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        // Typing it here would show it; a pipe from a password tool does not.
        return Err(Failure::Usage("--password-stdin wants the password from a pipe or a file".to_owned()));
    }
    let mut line = String::new();
    let read = io::stdin().lock().take(LINE_BYTES_MAX).read_line(&mut line);
    read.map_err(|error| Failure::because("the password cannot be read", &error))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        Err(Failure::Usage("standard input has no password".to_owned()))
    } else {
        Ok(password.to_owned())
    }
}

/// 120 random bits in letters that cannot be taken for one another.
fn make_password(ids: &dyn IdSource) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letters = ids.secret().into_iter().take(24);
    letters.filter_map(|byte| LETTERS.get(usize::from(byte % 32)).copied().map(char::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_passwords_are_long_and_differ() {
        let (one, two) = (make_password(&SystemIds), make_password(&SystemIds));
        assert_eq!(one.len(), 24);
        assert_ne!(one, two);
    }
}
