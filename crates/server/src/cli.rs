//! The command line: what can be asked for, and which command answers.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands;
use crate::config::Sources;
use crate::failure::Failure;

/// Self-hosted server for live sessions.
#[derive(Debug, Parser)]
#[command(name = "mockly", version, about, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    /// TOML file with settings; the environment goes before it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or Ctrl-C.
    Serve,
    /// Bring the database's schema up to date.
    Migrate,
    /// Manage accounts.
    #[command(subcommand)]
    User(UserCommand),
    /// Print the OpenAPI document.
    Openapi,
    /// Print the AsyncAPI document.
    Asyncapi,
    /// Ask the running server whether it is alive; the exit code answers.
    Healthcheck,
    /// Make the demo accounts and print them; for development only.
    Demo,
    /// Check the configuration and show what is in effect.
    Config(commands::config::Args),
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make an account, also where registration is closed.
    ///
    /// A password is made and shown once, unless one comes by standard input.
    Create(commands::create_user::Args),
    /// Give an account another password and end all its sign-ins.
    ///
    /// A password is made and shown once, unless one comes by standard input.
    SetPassword(commands::set_password::Args),
}

/// Runs what this process was called for.
///
/// The exit code is 0 on success, 2 where the command line or the configuration is wrong, and 1 for anything else.
pub(crate) fn run() -> ExitCode {
    // clap itself ends the process with 2 at a wrong command line, and with 0 after --help and --version.
    let cli = Cli::parse();
    let sources = Sources::of_process(cli.config);
    match dispatch(cli.command, &sources) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn dispatch(command: Command, sources: &Sources) -> Result<(), Failure> {
    match command {
        Command::Serve => commands::serve::run(sources),
        Command::Migrate => commands::migrate::run(sources),
        Command::User(UserCommand::Create(args)) => commands::create_user::run(sources, args),
        Command::User(UserCommand::SetPassword(args)) => commands::set_password::run(sources, &args),
        Command::Openapi => commands::openapi::run(),
        Command::Asyncapi => commands::asyncapi::run(),
        Command::Healthcheck => commands::healthcheck::run(sources),
        Command::Demo => commands::demo::run(sources),
        Command::Config(args) => commands::config::run(sources, &args),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn roles_are_taken_in_any_case() {
        let create = ["mockly", "user", "create", "--email", "a@b.c", "--display-name", "A", "--role"];
        let with_role = |role| Cli::try_parse_from(create.into_iter().chain([role]));
        assert!(with_role("admin").is_ok());
        assert!(with_role("king").unwrap_err().to_string().contains("TEACHER"));
    }

    #[test]
    fn the_file_can_stand_behind_the_command() {
        let cli = Cli::try_parse_from([
            "mockly",
            "user",
            "create",
            "--config",
            "m.toml",
            "--email",
            "a@b.c",
            "--display-name",
            "A",
        ]);
        assert_eq!(cli.unwrap().config, Some(PathBuf::from("m.toml")));
        assert!(Cli::try_parse_from(["mockly", "config", "--env-example", "--reference"]).is_err());
    }
}
