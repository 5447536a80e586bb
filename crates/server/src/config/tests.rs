//! The configuration as a whole.

use std::collections::BTreeSet;

use super::*;

const STRONG: &str = "9f2b7c0d4e8a11365f0c9be27d4418a3";

/// The faults of an environment, or none.
fn faults(environment: &[(&str, &str)]) -> String {
    Config::check(&Sources::of(environment)).err().map(|faults| faults.to_string()).unwrap_or_default()
}

/// That an environment is refused for a reason that has all these parts.
fn check_refused(environment: &[(&str, &str)], parts: &[&str]) {
    let text = faults(environment);
    for part in parts {
        assert!(text.contains(part), "{environment:?} gives {text:?}, without {part:?}");
    }
}

fn with_file(text: &str, environment: &[(&str, &str)]) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mockly.toml");
    std::fs::write(&path, text).unwrap();
    let mut sources = Sources::of(environment);
    sources.file = Some(path);
    (folder, sources)
}

#[test]
fn every_setting_has_one_name_and_one_place() {
    let mut names = BTreeSet::new();
    let mut paths = BTreeSet::new();
    for setting in table::all() {
        for name in std::iter::once(&setting.name).chain(setting.aliases) {
            assert!(names.insert(*name), "{name} stands twice");
        }
        assert!(paths.insert(setting.path()), "{} stands twice", setting.path());
        assert!(setting.doc.ends_with('.'), "{} is explained in full sentences", setting.name);
    }
}

#[test]
fn production_needs_nothing_but_a_secret() {
    let config = Config::check(&Sources::of(&[("ACCESS_TOKEN_SECRET", STRONG)])).unwrap();
    assert_eq!(config.server.environment, Environment::Production);
    assert_eq!(config.server.listen, ListenConfig { host: "127.0.0.1".to_owned(), port: 8080 });
    assert_eq!(config.logging.format, LogFormat::Json);
    assert!(config.database.migrate_on_start, "SQLite migrates by itself");
    assert!(config.livekit.is_none());
    check_refused(&[], &["ACCESS_TOKEN_SECRET is missing", "openssl rand -hex 32"]);
}

#[test]
fn development_needs_nothing() {
    assert_eq!(faults(&[("ENVIRONMENT", "Development")]), "");
}

#[test]
fn all_faults_are_told_at_once() {
    let environment = [
        ("ACCESS_TOKEN_SECRET", "short"),
        ("PORT", "80a"),
        ("EMPTY_ROOM_TIMEOUT", "10 minutes"),
        ("ALLOWED_ORIGINS", "*, app.example.org"),
        ("EMBED_ORIGINS", "*"),
        ("RATE_LIMIT_API", "fast"),
        ("REGISTRATION", "maybe"),
        ("TRUSTED_PROXIES", "proxy"),
        ("DATABASE_URL", "mysql://u:hush@h"),
        ("LIVEKIT_API_KEY", "devkey"),
        ("PUBLIC_URL", "mockly"),
        ("LOG_LEVEL", "mockly=loud"),
        ("SOCKET_OUTBOX_BYTES_MAX", "1B"),
        ("SOCKJS_SCRIPT_URL", "//cdn.example.org/sockjs.js"),
        ("WORKERS", "0"),
        ("MIGRATE_ON_START", "perhaps"),
    ];
    let text = faults(&environment);
    for (name, _) in environment {
        assert!(text.contains(&format!("- {name} ")), "{name} is not among {text}");
    }
    assert!(text.contains("LIVEKIT_API_SECRET is missing"), "{text}");
    assert!(!text.contains("hush") && !text.contains("short\""), "{text}");
}

/// It would be taken for the name of what to tell of, and the log be empty.
#[test]
fn a_word_that_is_no_level_is_refused() {
    for level in ["inof", "info,blah", "mockly_service"] {
        check_refused(&[("LOG_LEVEL", level)], &["LOG_LEVEL", "info,mockly_service=debug"]);
    }
    for level in ["warn", "off", "info,mockly_service=debug", "INFO"] {
        let text = faults(&[("LOG_LEVEL", level)]);
        assert!(!text.contains("LOG_LEVEL"), "{text}");
    }
}

#[test]
fn weak_settings_are_for_development_only() {
    let weak = [("ACCESS_TOKEN_SECRET", "short"), ("ALLOWED_ORIGINS", "*"), ("METRICS_TOKEN", "metrics")];
    let mut development = weak.to_vec();
    development.push(("ENVIRONMENT", "development"));
    assert_eq!(faults(&development), "");
    check_refused(&weak, &["- ACCESS_TOKEN_SECRET has only 5", "- ALLOWED_ORIGINS is `*`", "- METRICS_TOKEN has only"]);
    let strong = ("ACCESS_TOKEN_SECRET", STRONG);
    check_refused(&[strong, ("TRUSTED_PROXIES", "0.0.0.0/0")], &["which is everybody"]);
    check_refused(&[strong, ("OIDC_ISSUER", "http://id.example.org"), ("OIDC_AUDIENCE", "a")], &["https"]);
}

#[test]
fn contradictions_are_faults() {
    let base = ("ACCESS_TOKEN_SECRET", STRONG);
    check_refused(
        &[base, ("OIDC_ISSUER", "https://id.example.org")],
        &["- OIDC_AUDIENCE is missing beside OIDC_ISSUER"],
    );
    check_refused(&[base, ("AUTH0_DOMAIN", "t.auth0.com")], &["- AUTH0_AUDIENCE is missing beside AUTH0_DOMAIN"]);
    check_refused(&[base, ("OIDC_AUDIENCE", "a")], &["- OIDC_AUDIENCE is set without an issuer"]);
    check_refused(
        &[base, ("OIDC_ISSUER", "https://a.example.org"), ("AUTH0_DOMAIN", "b.example.org"), ("OIDC_AUDIENCE", "a")],
        &["- AUTH0_DOMAIN means the issuer https://b.example.org/"],
    );
    check_refused(&[base, ("LIVEKIT_API_SECRET", STRONG)], &["- LIVEKIT_API_SECRET is set without LIVEKIT_API_KEY"]);
    check_refused(&[base, ("LIVEKIT_WEBHOOK_SECRET", STRONG)], &["- LIVEKIT_WEBHOOK_SECRET is set without"]);
    check_refused(&[base, ("AUTH0_DOMAIN", "https://t.auth0.com"), ("AUTH0_AUDIENCE", "a")], &["the bare domain"]);
}

#[test]
fn redis_is_for_several_nodes_and_its_password_is_shown_nowhere() {
    let secret = ("ACCESS_TOKEN_SECRET", STRONG);
    let postgres = ("DATABASE_URL", "postgres://mockly@db/mockly");
    let url = ("REDIS_URL", "redis://mockly:hush@cache:6380/2");
    for given in [vec![url], vec![("REDIS_HOST", "cache"), ("REDIS_PASSWORD", "hush"), ("REDIS_TLS", "true")]] {
        let config = Config::check(&Sources::of(&[&[secret, postgres], &given[..]].concat())).unwrap();
        let shown = format!("{:?}", config.redis.unwrap());
        assert!(shown.contains("cache") && !shown.contains("hush"), "{shown}");
    }
    assert!(Config::check(&Sources::of(&[secret, postgres])).unwrap().redis.is_none());
    check_refused(&[secret, url], &["- REDIS_URL is set beside a SQLite database", "DATABASE_URL to a PostgreSQL"]);
    check_refused(&[secret, ("REDIS_HOST", "cache")], &["- REDIS_HOST is set beside a SQLite database"]);
    check_refused(&[secret, postgres, url, ("REDIS_DB", "1")], &["- REDIS_DB is set beside REDIS_URL"]);
    check_refused(&[secret, postgres, ("REDIS_PORT", "7000")], &["- REDIS_PORT is set without REDIS_HOST"]);
    check_refused(&[secret, postgres, ("REDIS_PORT", "70000"), ("REDIS_HOST", "h")], &["- REDIS_PORT is \"70000\""]);
    for wrong in ["cache:6379", "http://:hush@cache", "redis://:hush@"] {
        let text = faults(&[secret, postgres, ("REDIS_URL", wrong)]);
        assert!(text.contains("- REDIS_URL has a wrong form") && !text.contains("hush"), "{wrong}: {text}");
    }
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let environment = [("ACCESS_TOKEN_SECRET", STRONG), ("PORT", ""), ("PUBLIC_URL", " "), ("LIVEKIT_API_KEY", "")];
    let config = Config::check(&Sources::of(&environment)).unwrap();
    assert_eq!(config.server.listen.port, 8080);
    assert_eq!(config.server.public_url, None);
}

#[test]
fn earlier_names_are_read_too() {
    let environment = [
        ("ACCESS_TOKEN_SECRET", STRONG),
        ("NEXT_PUBLIC_APP_URL", "https://mockly.example.org/"),
        ("CORS_ORIGIN", "https://app.example.org"),
        ("NEXT_PUBLIC_LIVEKIT_WS_URL", "wss://media.example.org"),
        ("LIVEKIT_API_KEY", "key"),
        ("LIVEKIT_API_SECRET", STRONG),
        ("AUTH0_DOMAIN", "t.auth0.com"),
        ("AUTH0_AUDIENCE", "https://api.example.org"),
    ];
    let config = Config::check(&Sources::of(&environment)).unwrap();
    assert_eq!(config.server.public_url.as_deref(), Some("https://mockly.example.org"));
    assert_eq!(config.server.allowed_origins, Origins::These(vec!["https://app.example.org".to_owned()]));
    let livekit = config.livekit.unwrap();
    assert_eq!(livekit.api_url, "https://media.example.org");
    assert_eq!(livekit.client_url, "wss://media.example.org");
    assert_eq!(config.identity.oidc.unwrap().issuer, "https://t.auth0.com/");
    // The own name goes first.
    let both = [
        ("ACCESS_TOKEN_SECRET", STRONG),
        ("PUBLIC_URL", "https://a.example"),
        ("NEXT_PUBLIC_APP_URL", "https://b.example"),
    ];
    assert_eq!(Config::check(&Sources::of(&both)).unwrap().server.public_url.as_deref(), Some("https://a.example"));
}

#[test]
fn livekit_is_given_in_either_form() {
    let base = [("ACCESS_TOKEN_SECRET", STRONG), ("LIVEKIT_API_KEY", "key"), ("LIVEKIT_API_SECRET", STRONG)];
    let check = |url: Option<&str>, api: &str, client: &str| {
        let mut environment = base.to_vec();
        environment.extend(url.map(|url| ("LIVEKIT_URL", url)));
        let livekit = Config::check(&Sources::of(&environment)).unwrap().livekit.unwrap();
        assert_eq!((livekit.api_url.as_str(), livekit.client_url.as_str()), (api, client));
    };
    check(None, "http://localhost:7880", "ws://localhost:7880");
    check(Some("ws://livekit:7880/"), "http://livekit:7880", "ws://livekit:7880");
    check(Some("https://livekit.example.org"), "https://livekit.example.org", "wss://livekit.example.org");
}

#[test]
fn the_environment_goes_before_the_file() {
    let text = "[server]\nport = 9090\nallowed_origins = [\"https://a.example\", \"https://b.example\"]\n\
                [sessions]\nempty_room_timeout = \"90s\"\n[database]\nmigrate_on_start = false\n";
    let (_folder, sources) = with_file(text, &[("ACCESS_TOKEN_SECRET", STRONG), ("PORT", "9091")]);
    let config = Config::check(&sources).unwrap();
    assert_eq!(config.server.listen.port, 9091);
    assert_eq!(config.sessions.empty_room_timeout.as_secs(), 90);
    assert!(!config.database.migrate_on_start);
    let origins = ["https://a.example", "https://b.example"].map(str::to_owned).to_vec();
    assert_eq!(config.server.allowed_origins, Origins::These(origins));
}

#[test]
fn unknown_keys_of_the_file_are_refused() {
    let text = "prot = 1\n[server]\nprot = 9090\nhost = []\n[servre]\nport = 1\n";
    let (_folder, sources) = with_file(text, &[("ACCESS_TOKEN_SECRET", STRONG)]);
    let text = Config::check(&sources).unwrap_err().to_string();
    for part in
        ["`prot` in", "`server.prot` in", "`[servre]` in", "`server.host` in", "[server] has environment, host, port"]
    {
        assert!(text.contains(part), "{text:?} is without {part:?}");
    }
}

#[test]
fn a_broken_or_missing_file_is_told_without_its_text() {
    let (_folder, sources) = with_file("[identity]\naccess_token_secret = \"hush\n", &[]);
    let text = Config::check(&sources).unwrap_err().to_string();
    assert!(text.contains("is not TOML") && text.contains("line 2") && !text.contains("hush"), "{text}");
    let missing = Sources { file: Some("/nowhere/mockly.toml".into()), ..Sources::default() };
    assert!(Config::check(&missing).unwrap_err().to_string().contains("cannot be read"));
}

#[test]
fn commands_that_need_less_ask_for_less() {
    assert!(StorageConfig::load(&Sources::of(&[])).is_ok());
    assert!(ListenConfig::load(&Sources::of(&[("DATABASE_URL", "nonsense")])).is_ok());
    assert!(StorageConfig::load(&Sources::of(&[("DATABASE_URL", "nonsense")])).is_err());
    let postgres = [("DATABASE_URL", "postgres://u:p@h/d")];
    assert!(!StorageConfig::load(&Sources::of(&postgres)).unwrap().database.migrate_on_start);
}

#[test]
fn debug_shows_no_secret() {
    let environment = [("ACCESS_TOKEN_SECRET", STRONG), ("DATABASE_URL", "postgres://u:hush@h/d")];
    let text = format!("{:?}", Config::check(&Sources::of(&environment)).unwrap());
    assert!(!text.contains(STRONG) && !text.contains("hush"), "{text}");
}
