//! For whoever runs the server: health, metrics, the document itself.

mod check_health;
mod check_readiness;
mod read_config;
mod read_metrics;
mod read_openapi;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(read_config::read_config)
        .service(check_health::check_health)
        .service(check_readiness::check_readiness)
        .service(read_metrics::read_metrics)
        .service(read_openapi::read_openapi);
}
