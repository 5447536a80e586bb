//! `/api/webhooks`.

mod receive_livekit_webhook;

use crate::handlers::endpoints::Endpoints;

pub(super) fn configure(config: &mut impl Endpoints) {
    config.service(receive_livekit_webhook::receive_livekit_webhook);
}
