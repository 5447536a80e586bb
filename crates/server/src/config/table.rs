//! The one table of all settings: environment name, place in the file, default, kind, meaning.
//!
//! `.env.example` and `docs/configuration.md` are generated from it, and the section files read by its rows, so that a
//! setting cannot be read without being documented. To add one: a row here, a field and a line in its section's file,
//! and `make gen`.

use super::setting::{Kind, Section, Setting};

macro_rules! settings {
    ($($section:ident: $about:literal { $($name:ident { $($field:ident: $value:expr),+ $(,)? })+ })+) => {
        $($(
            pub(crate) const $name: Setting = Setting {
                name: stringify!($name),
                section: stringify!($section),
                $($field: $value,)+
                ..Setting::BASE
            };
        )+)+

        /// All sections in the order of the reference page.
        pub(crate) const SECTIONS: &[Section] = &[$(
            Section { name: stringify!($section), doc: $about, settings: &[$(&$name),+] },
        )+];
    };
}

settings! {
    server: "Where the server listens, what it calls itself, and how it stops." {
        ENVIRONMENT {
            key: "environment", kind: Kind::Choice(&["production", "development"]), default: Some("production"),
            doc: "In `production` weak or missing secrets and `*` origins are refused. \
                  In `development` missing secrets are made once and kept beside the database.",
        }
        HOST {
            key: "host", default: Some("127.0.0.1"),
            doc: "The address to listen on; `0.0.0.0` or `::` for all of them, as in a container.",
        }
        PORT {
            key: "port", kind: Kind::Number, default: Some("8080"),
            doc: "The port to listen on; 0 takes a free one, which the log names.",
        }
        PUBLIC_URL {
            key: "public_url", aliases: &["NEXT_PUBLIC_APP_URL"], kind: Kind::Url, otherwise: "`http://localhost:PORT`",
            doc: "Where people reach the server: links, `websocketUrl` and the server's own origin come from it.",
        }
        ALLOWED_ORIGINS {
            key: "allowed_origins", aliases: &["CORS_ORIGIN"], kind: Kind::List, otherwise: "the own origin only",
            doc: "Other origins whose pages may call the API and open sockets, for example \
                  `https://app.example.org`. `*` is for development only.",
        }
        EMBED_ORIGINS {
            key: "embed_origins", kind: Kind::List, otherwise: "none",
            doc: "Origins whose pages may show the live page in an iframe (`?embed=1`) and hear what happens in it, for \
                  example `https://school.example.org`.",
        }
        TRUSTED_PROXIES {
            key: "trusted_proxies", kind: Kind::List, otherwise: "none",
            doc: "Addresses or networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` is believed. \
                  Without it a client's address is that of its connection.",
        }
        METRICS_TOKEN {
            key: "metrics_token", secret: true, otherwise: "`/metrics` answers loopback only",
            doc: "The bearer token that `/metrics` asks for, at least 32 bytes.",
        }
        WORKERS {
            key: "workers", kind: Kind::Number, otherwise: "the number of CPU cores",
            doc: "Threads that serve HTTP and sockets, 1 to 256.",
        }
        CONNECTIONS_MAX {
            key: "connections_max", kind: Kind::Number, default: Some("20000"),
            doc: "Most open connections and sockets of this node; further ones wait to be accepted.",
        }
        REQUEST_HEAD_TIMEOUT {
            key: "request_head_timeout", kind: Kind::Duration, default: Some("5s"),
            doc: "How long a client may take to send the head of a request, 100ms to 1m; then 408.",
        }
        REQUEST_BODY_TIMEOUT {
            key: "request_body_timeout", kind: Kind::Duration, default: Some("10s"),
            doc: "How long it may take to send the body, 100ms to 10m; then 408.",
        }
        KEEP_ALIVE {
            key: "keep_alive", kind: Kind::Duration, default: Some("75s"),
            doc: "How long a connection without a request is kept, 1s to 1h. \
                  Keep it longer than a load balancer's in front, so that the balancer closes first.",
        }
        DRAIN_DELAY {
            key: "drain_delay", kind: Kind::Duration, default: Some("500ms"),
            doc: "How long, after SIGTERM, `/readyz` says 503 while requests are still accepted, so that a load \
                  balancer looks away first. At most 5s, and longer than a balancer keeps idle connections (400ms \
                  in `deploy/nginx.conf`), or a write may meet the end of one.",
        }
        SHUTDOWN_TIMEOUT {
            key: "shutdown_timeout", kind: Kind::Duration, default: Some("15s"),
            doc: "How long, after that, requests under way may take to finish, 1s to 15s, so that the whole stop \
                  stays within 30s.",
        }
    }
    database: "Where everything is kept." {
        DATABASE_URL {
            key: "url", default: Some("sqlite://data/mockly.db"), secret: true,
            doc: "`sqlite://<file>` for one node, `postgres://<user>:<password>@<host>/<name>` (PostgreSQL 15 or \
                  newer) for more. A SQLite file and its folder are made where they are missing.",
        }
        DATABASE_CONNECTIONS_MAX {
            key: "connections_max", kind: Kind::Number, default: Some("10"),
            doc: "Most database connections of this node, 1 to 1000.",
        }
        DATABASE_TIMEOUT {
            key: "timeout", kind: Kind::Duration, default: Some("5s"),
            doc: "How long a statement or a transaction may take and a connection may be waited for; then the request is 503.",
        }
        MIGRATE_ON_START {
            key: "migrate_on_start", kind: Kind::Switch, otherwise: "`true` on SQLite and in development, else `false`",
            doc: "Whether `mockly serve` brings the schema up to date by itself. \
                  Where it does not, run `mockly migrate` before a new version starts.",
        }
    }
    redis: "What nodes tell each other by, so that a change on one is heard on all at once. One node needs none." {
        REDIS_URL {
            key: "url", secret: true, otherwise: "`REDIS_HOST`, else nodes find each other's changes by looking",
            doc: "`redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS (Redis 7). \
                  Only beside PostgreSQL: SQLite is for one node.",
        }
        REDIS_HOST {
            key: "host", otherwise: "no Redis",
            doc: "The host, instead of `REDIS_URL`; the next four go with it.",
        }
        REDIS_PORT {
            key: "port", kind: Kind::Number, otherwise: "6379",
            doc: "The port.",
        }
        REDIS_PASSWORD {
            key: "password", secret: true,
            doc: "The password, where it asks for one.",
        }
        REDIS_DB {
            key: "database", kind: Kind::Number, otherwise: "0",
            doc: "The number of the database. Nothing is kept there, and what is told reaches all of them.",
        }
        REDIS_TLS {
            key: "tls", kind: Kind::Switch, otherwise: "`false`",
            doc: "Whether to connect by TLS.",
        }
    }
    identity: "Who may come in: own accounts, tokens of a service that shares the secret, and one OIDC issuer." {
        ACCESS_TOKEN_SECRET {
            key: "access_token_secret", secret: true, required: true, otherwise: "made once in development",
            doc: "Signs own access tokens and verifies those of services that share it (HS256). \
                  At least 32 bytes, for example from `openssl rand -hex 32`.",
        }
        ACCESS_TOKEN_SECRET_FALLBACK {
            key: "access_token_secret_fallback", secret: true, otherwise: "only ACCESS_TOKEN_SECRET is taken",
            doc: "A further secret whose tokens are taken and which signs none: the next one, then the former one, while \
                  the secret is changed. At least 32 bytes.",
        }
        ACCESS_TOKEN_ISSUER {
            key: "access_token_issuer", otherwise: "any `iss` is taken",
            doc: "The `iss` that another service's HS256 tokens must have, where they have one.",
        }
        ACCESS_TOKEN_AUDIENCE {
            key: "access_token_audience", otherwise: "any `aud` is taken",
            doc: "The `aud` that another service's HS256 tokens must have, where they have one.",
        }
        ACCESS_TOKEN_LIFETIME {
            key: "access_token_lifetime", kind: Kind::Duration, default: Some("15m"),
            doc: "How long an access token of an own account is good, 1m to 24h.",
        }
        REFRESH_TOKEN_LIFETIME {
            key: "refresh_token_lifetime", kind: Kind::Duration, default: Some("30d"),
            doc: "How long a sign-in lasts without being used, 1h to 365d.",
        }
        ROLES_CLAIM {
            key: "roles_claim", otherwise: "`roles`, else `role`",
            doc: "The claim that carries a user's roles, for example `https://example.org/roles`.",
        }
        REGISTRATION {
            key: "registration", kind: Kind::Choice(&["open", "closed"]), default: Some("open"),
            doc: "Whether anyone may register an own account. With `closed`, `mockly user create` makes them.",
        }
        OIDC_ISSUER {
            key: "oidc_issuer", kind: Kind::Url,
            doc: "The OIDC issuer whose RS256 and ES256 access tokens are taken, exactly as its tokens say it.",
        }
        OIDC_AUDIENCE {
            key: "oidc_audience",
            doc: "The `aud` that the issuer's tokens must have; needed with `OIDC_ISSUER`.",
        }
        OIDC_CLIENT_ID {
            key: "oidc_client_id",
            doc: "The public client id that `/api/config` gives to web pages that sign in with the issuer.",
        }
        AUTH0_DOMAIN {
            key: "auth0_domain",
            doc: "Short for `OIDC_ISSUER=https://<domain>/`.",
        }
        AUTH0_AUDIENCE {
            key: "auth0_audience",
            doc: "Short for `OIDC_AUDIENCE`, beside `AUTH0_DOMAIN`.",
        }
    }
    livekit: "The media server. Without a key everything but media works." {
        LIVEKIT_URL {
            key: "url", kind: Kind::Url, otherwise: "`LIVEKIT_WS_URL`, else `http://localhost:7880`",
            doc: "Where this server reaches LiveKit; `http`, `https`, `ws` and `wss` all do.",
        }
        LIVEKIT_WS_URL {
            key: "ws_url", aliases: &["NEXT_PUBLIC_LIVEKIT_WS_URL"], kind: Kind::Url, otherwise: "`LIVEKIT_URL`",
            doc: "Where browsers reach LiveKit.",
        }
        LIVEKIT_API_KEY {
            key: "api_key", otherwise: "no media: `/token` answers 503 `livekit-not-configured`",
            doc: "The name of the key.",
        }
        LIVEKIT_API_SECRET {
            key: "api_secret", secret: true,
            doc: "The key's secret, at least 32 bytes; needed with `LIVEKIT_API_KEY`.",
        }
        LIVEKIT_WEBHOOK_SECRET {
            key: "webhook_secret", secret: true, otherwise: "webhooks are signed with the API secret",
            doc: "A further secret that webhooks may be signed with, at least 32 bytes.",
        }
        LIVEKIT_TIMEOUT {
            key: "timeout", kind: Kind::Duration, default: Some("5s"),
            doc: "How long a request to LiveKit may take, 100ms to 30s.",
        }
    }
    sessions: "When sessions can be joined, and how long they live by themselves." {
        EMPTY_ROOM_TIMEOUT {
            key: "empty_room_timeout", kind: Kind::Duration, default: Some("10m"),
            doc: "An active session in which nobody is left ends after this time, 1s to 24h. \
                  LiveKit's rooms get the same.",
        }
        HOST_ABSENCE_TIMEOUT {
            key: "host_absence_timeout", kind: Kind::Duration, default: Some("10m"),
            doc: "An active class ends after its host was away for this time, 2m to 24h. \
                  The doors are told after one minute.",
        }
        CHAT_HISTORY_LIMIT {
            key: "chat_history_limit", kind: Kind::Number, default: Some("100"),
            doc: "The most messages that `get_recent_chats` answers with at a room's door, 1 to 500.",
        }
        MENTORING_OPENS_BEFORE {
            key: "mentoring_opens_before", kind: Kind::Duration, default: Some("15m"),
            doc: "How long before its planned start a mentoring can be joined, 0s to 24h.",
        }
        MENTORING_CLOSES_AFTER {
            key: "mentoring_closes_after", kind: Kind::Duration, default: Some("2h"),
            doc: "How long after its planned start a mentoring can be joined, 1m to 24h. \
                  One of more than 90 minutes can be joined until 30 minutes after its planned end instead.",
        }
    }
    artifacts: "Files of sessions: where they are kept, and how much." {
        ARTIFACTS_DIR {
            key: "dir", otherwise: "`artifacts` beside the SQLite file, else `data/artifacts`",
            doc: "The folder that uploaded files are kept in; it is made where it is missing. \
                  Several nodes need the same one, on a file system that they share. Not used with `S3_BUCKET`.",
        }
        S3_BUCKET {
            key: "s3_bucket", otherwise: "files are kept in `ARTIFACTS_DIR`",
            doc: "The bucket that uploaded files are kept in instead; it must be there. \
                  Give it a rule that ends incomplete multipart uploads after a day.",
        }
        S3_REGION {
            key: "s3_region", default: Some("us-east-1"),
            doc: "The bucket's region; servers other than Amazon's mostly take any.",
        }
        S3_ENDPOINT {
            key: "s3_endpoint", kind: Kind::Url, otherwise: "Amazon's of the region",
            doc: "The server that has the bucket, for example `https://minio.example.org:9000`.",
        }
        S3_PATH_STYLE {
            key: "s3_path_style", kind: Kind::Switch, otherwise: "`true` with `S3_ENDPOINT`, else `false`",
            doc: "Whether the bucket's name stands in the path of requests, and not before the host.",
        }
        S3_PREFIX {
            key: "s3_prefix", otherwise: "none",
            doc: "What the names of the objects begin with, for example `mockly/`.",
        }
        S3_ACCESS_KEY_ID {
            key: "s3_access_key_id",
            doc: "The name of a key that may put, get and delete the bucket's objects; needed with `S3_BUCKET`.",
        }
        S3_SECRET_ACCESS_KEY {
            key: "s3_secret_access_key", secret: true,
            doc: "That key; needed with `S3_BUCKET`.",
        }
        ARTIFACT_BYTES_MAX {
            key: "bytes_max", kind: Kind::Bytes, default: Some("5GiB"),
            doc: "The largest file, 1KiB to 1024GiB; more is 413.",
        }
        ARTIFACT_SESSION_BYTES_MAX {
            key: "session_bytes_max", kind: Kind::Bytes, default: Some("20GiB"),
            doc: "Most bytes of all files of one session, 1KiB to 1048576GiB; more is 507 `quota-exceeded`.",
        }
        ARTIFACT_USER_BYTES_MAX {
            key: "user_bytes_max", kind: Kind::Bytes, default: Some("50GiB"),
            doc: "Most bytes of all files that one user uploaded, 1KiB to 1048576GiB; more is 507 `quota-exceeded`.",
        }
        UPLOAD_STALL_TIMEOUT {
            key: "stall_timeout", kind: Kind::Duration, default: Some("30s"),
            doc: "An upload that brings less than 64KiB in this time is cut off, 1s to 10m; then 408. \
                  However long it takes as a whole, an upload that moves on may go on.",
        }
    }
    analyses: "Who listens to recordings: this server, or the analyser of another service." {
        ANALYSER_URL {
            key: "analyser_url", kind: Kind::Url, secret: true, otherwise: "this server analyses by itself",
            doc: "Where the webhook goes that gives an analysis to another service. It leads wherever this says, also \
                  inside your network; redirects are not followed.",
        }
        ANALYSER_SECRET {
            key: "analyser_secret", secret: true,
            doc: "The key that the webhook is signed with, at least 32 bytes; needed with `ANALYSER_URL`.",
        }
        ANALYSER_TIMEOUT {
            key: "analyser_timeout", kind: Kind::Duration, default: Some("1h"),
            doc: "How long an analysis may take there, 1m to 24h; then it has failed.",
        }
    }
    sockets: "Bounds of STOMP and SockJS connections." {
        SOCKETS_PER_USER_MAX {
            key: "per_user_max", kind: Kind::Number, default: Some("20"),
            doc: "Most sockets of one user on this node.",
        }
        SOCKET_OUTBOX_BYTES_MAX {
            key: "outbox_bytes_max", kind: Kind::Bytes, default: Some("1MiB"),
            doc: "Most bytes that wait for one slow reader; then it is cut off, alone.",
        }
        SOCKET_WRITE_TIMEOUT {
            key: "write_timeout", kind: Kind::Duration, default: Some("30s"),
            doc: "How long a socket may take nothing of what waits for it; then it is cut off. A download, or any other \
                  answer, is cut off when its reader holds it up for as long within 64KiB.",
        }
        STOMP_HEART_BEAT {
            key: "heart_beat", kind: Kind::Duration, default: Some("10s"),
            doc: "The heart-beat that STOMP connections are offered, both ways, 1s to 10m.",
        }
        SOCKJS_SCRIPT_URL {
            key: "sockjs_script_url", otherwise: "none, and the transports in iframes are off",
            doc: "Where sockjs-client's script is, an `https` address or a path (`/…`) of the proxy in front, for SockJS's \
                  transports in iframes. It runs as a page of this server, so whoever can change it can do here what its \
                  users can: prefer a path. Only browsers older than CORS need it.",
        }
    }
    limits: "Rates per node. A rate's burst is its count where none is named." {
        RATE_LIMIT_SESSION_CREATION {
            key: "session_creation", kind: Kind::Rate, default: Some("10/min"),
            doc: "Sessions that one user creates.",
        }
        RATE_LIMIT_SIGN_IN {
            key: "sign_in", kind: Kind::Rate, default: Some("5/min"),
            doc: "Attempts to sign in or to change the password, per account and address.",
        }
        RATE_LIMIT_SIGN_IN_ADDRESS {
            key: "sign_in_address", kind: Kind::Rate, default: Some("60/min"),
            doc: "Attempts to sign in, register, refresh or change a password, per address.",
        }
        RATE_LIMIT_API {
            key: "api", kind: Kind::Rate, default: Some("50/s burst 100"),
            doc: "API requests of one user.",
        }
        RATE_LIMIT_API_ADDRESS {
            key: "api_address", kind: Kind::Rate, default: Some("500/s"),
            doc: "API requests and upgrades to WebSocket from one address.",
        }
        RATE_LIMIT_SOCKET_MESSAGES {
            key: "socket_messages", kind: Kind::Rate, default: Some("20/s burst 40"),
            doc: "Commands that one socket sends. What comes faster over STOMP is read later, and nothing is dropped; at the \
                  doors of rooms it is refused by one error, and then closes the socket; over Socket.IO it ends the session, \
                  and every frame or packet counts.",
        }
        RATE_LIMIT_DOORS {
            key: "doors", kind: Kind::Rate, default: Some("2/s burst 40"),
            doc: "Sockets that one user opens at the doors of rooms; each is a join that everybody in the room hears of.",
        }
    }
    logging: "What is written to standard error." {
        LOG_LEVEL {
            key: "level", default: Some("info"),
            doc: "`error`, `warn`, `info`, `debug` or `trace`, also per module: `info,mockly_service=debug`.",
        }
        LOG_FORMAT {
            key: "format", kind: Kind::Choice(&["json", "text"]), otherwise: "`json` in production, `text` in development",
            doc: "One JSON object a line, or lines for people.",
        }
    }
}

/// All settings, section by section.
pub(crate) fn all() -> impl Iterator<Item = &'static Setting> {
    SECTIONS.iter().flat_map(|section| section.settings.iter().copied())
}
