//! One file per endpoint, by area.

mod admin;
mod analyses;
mod artifacts;
mod auth;
mod bookings;
mod classes;
mod endpoints;
mod envelope;
mod notifications;
mod ops;
mod sessions;
mod users;
mod webhooks;

#[cfg(test)]
mod bodies;

use endpoints::Endpoints;

/// Adds every endpoint, and its part of the OpenAPI document where one is gathered.
pub(crate) fn configure(config: &mut impl Endpoints) {
    sessions::configure(config);
    artifacts::configure(config);
    analyses::configure(config);
    bookings::configure(config);
    classes::configure(config);
    auth::configure(config);
    users::configure(config);
    notifications::configure(config);
    admin::configure(config);
    webhooks::configure(config);
    ops::configure(config);
}
