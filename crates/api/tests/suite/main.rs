//! The API over HTTP and its sockets. One binary for all of it, so that it is linked once; each test has a database of its
//! own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should say where"
)]

mod support;

mod accounts;
mod admin;
mod artifacts;
mod asyncapi;
mod attacks;
mod bookings;
mod classes;
mod framework;
mod idempotency;
mod notifications;
mod openapi;
mod ops;
mod rights;
mod security_headers;
mod server;
mod service_keys;
mod sessions;
mod socket_io;
mod socket_link;
mod socket_room;
mod socket_sockjs;
mod socket_stomp;
