//! For whoever runs the server: health, metrics, the documents themselves.

mod check_health;
mod check_readiness;
mod read_asyncapi;
mod read_config;
mod read_metrics;
mod read_openapi;

use crate::handlers::endpoints::Endpoints;

pub(super) fn configure(config: &mut impl Endpoints) {
    config
        .service(read_config::read_config)
        .service(check_health::check_health)
        .service(check_readiness::check_readiness)
        .service(read_metrics::read_metrics)
        .service(read_openapi::read_openapi)
        .service(read_asyncapi::read_asyncapi);
}
