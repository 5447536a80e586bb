//! The HTTP edge of Mockly: REST with its OpenAPI document, problem documents, limits, and what goes with them.
//!
//! A handler translates: it takes a request apart, calls one use case of `mockly-service` and writes the answer. It must
//! never decide a rule, touch the database or know LiveKit; whatever it would decide, a socket would have to decide too.
//!
//! To add an endpoint: a file with one handler in `handlers/<area>/`, named like its `operationId`, with its body's type,
//! its codes (`problems!`) and a line in the area's `configure`; then `make gen` for `docs/openapi.json`, and a test in
//! `tests/`. To add an error code: one line in `mockly_domain::ErrorCode`; its problem document follows from there.

pub mod socket;

mod address;
mod answer;
mod app;
mod asyncapi;
mod csv;
mod download;
mod extract;
mod handlers;
mod middleware;
mod openapi;
mod origin;
mod problem;
mod rate_limit;
mod request;
mod routes;
mod server;
mod settings;
mod state;
mod validate;
mod web_ui;

pub use app::build_app;
pub use asyncapi::asyncapi_text;
pub use ipnet::IpNet;
pub use openapi::{openapi, openapi_text};
pub use problem::{ErrorCodeSchema, PROBLEM_JSON, Problem, ProblemDocument};
pub use server::http_server;
pub use settings::{AllowedOrigins, HttpSettings, OidcClient, PublicConfig, Rate, Rates, Secret, origin_of};
pub use socket::{SocketSettings, Sockets};
pub use state::ApiState;
