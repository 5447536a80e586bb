//! Where endpoints are added.

use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::service_config::ServiceConfig;

/// What takes endpoints in: the router of a worker, or the document and a router beside it.
///
/// Gathering the document takes 6 MiB for a moment, which the allocator keeps. A worker that did so only to throw it
/// away would cost that much more: a release build with 8 workers was 73 MB idle, and is 27 MB.
pub(crate) trait Endpoints {
    /// Adds one.
    fn service<E: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, endpoint: E) -> &mut Self;
}

impl Endpoints for web::ServiceConfig {
    fn service<E: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, endpoint: E) -> &mut Self {
        Self::service(self, endpoint)
    }
}

impl Endpoints for ServiceConfig<'_> {
    fn service<E: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, endpoint: E) -> &mut Self {
        Self::service(self, endpoint)
    }
}
