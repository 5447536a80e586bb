//! `mockly demo`: three accounts to try things with.
//!
//! Their passwords stand here for everyone to read, which is why production refuses the command.

use std::fmt::Write as _;

use mockly_data::{Database, Store as _};
use mockly_domain::{ErrorCode, UserId, UserRole};
use mockly_service::Services;

use super::{block_on, print};
use crate::config::{Config, Environment, Sources};
use crate::failure::Failure;
use crate::{logging, wiring};

struct DemoAccount {
    email: &'static str,
    password: &'static str,
    display_name: &'static str,
    roles: &'static [UserRole],
}

const ACCOUNTS: &[DemoAccount] = &[
    DemoAccount {
        email: "alice@example.org",
        password: "alice-demo-2026",
        display_name: "Alice Adams",
        roles: &[UserRole::Teacher, UserRole::Mentor],
    },
    DemoAccount { email: "bob@example.org", password: "bob-demo-2026", display_name: "Bob Brown", roles: &[] },
    DemoAccount {
        email: "carol@example.org",
        password: "carol-demo-2026",
        display_name: "Carol Clark",
        roles: &[UserRole::Admin],
    },
];

/// Prints one line an account: e-mail, password, display name, roles, user id, with tabs between them. What is there
/// already stays as it is.
pub(crate) fn run(sources: &Sources) -> Result<(), Failure> {
    let config = Config::load(sources)?;
    logging::start(&config.logging);
    if config.server.environment == Environment::Production {
        let text = "demo accounts have known passwords: they are for ENVIRONMENT=development only; \
                    `mockly user create` makes accounts for production";
        return Err(Failure::Usage(text.to_owned()));
    }
    let lines = block_on(async {
        let database = wiring::open_ready_database(&config).await?;
        let services = wiring::build_services(&config, config.server.listen.port, database.clone())?;
        let mut lines = String::new();
        for account in ACCOUNTS {
            let id = ensure(&services, &database, account).await?;
            let roles = std::iter::once(&UserRole::Member).chain(account.roles).map(|role| role.as_str());
            let roles = roles.collect::<Vec<_>>().join(",");
            let DemoAccount { email, password, display_name, .. } = account;
            // Writing into a String cannot fail.
            let _ = writeln!(lines, "{email}\t{password}\t{display_name}\t{roles}\t{id}");
        }
        database.close().await.map_err(|error| Failure::because("the database does not close", &error))?;
        Ok(lines)
    })?;
    print(&lines)
}

/// The account's id, whether it is there or is made now.
async fn ensure(services: &Services, database: &Database, account: &DemoAccount) -> Result<UserId, Failure> {
    if let Some(id) = find(database, account).await? {
        return Ok(id);
    }
    let DemoAccount { email, password, display_name, roles } = account;
    match services.create_account(email, password, display_name, roles.to_vec()).await {
        Ok(user) => Ok(user.id),
        // Another process was faster.
        Err(error) if error.code() == ErrorCode::EmailTaken => {
            find(database, account).await?.ok_or_else(|| Failure::Run(format!("{email} is taken by another account")))
        }
        Err(error) => Err(Failure::Run(wiring::describe(&error))),
    }
}

async fn find(database: &Database, account: &DemoAccount) -> Result<Option<UserId>, Failure> {
    let found = database.credentials().find_by_email(account.email).await;
    let found = found.map_err(|error| Failure::because("the accounts cannot be read", &error))?;
    Ok(found.map(|credential| credential.user_id))
}
