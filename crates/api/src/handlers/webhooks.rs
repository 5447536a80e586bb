//! `/api/webhooks`.

mod receive_livekit_webhook;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(receive_livekit_webhook::receive_livekit_webhook);
}
