//! One file per endpoint, by area.

mod auth;
mod ops;
mod sessions;
mod users;
mod webhooks;

#[cfg(test)]
mod bodies;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds every endpoint, and its part of the OpenAPI document.
pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    sessions::configure(config);
    auth::configure(config);
    users::configure(config);
    webhooks::configure(config);
    ops::configure(config);
}
