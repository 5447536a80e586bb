//! `/api/sessions/{id}/livekit/*`: the media room for clients that want an envelope around every answer. Commands are
//! those of the session; refusals are problem documents with `success: false`.

mod create_livekit_room;
mod end_livekit_room;
mod read_livekit_access_token;

use crate::handlers::endpoints::Endpoints;

pub(super) fn configure(config: &mut impl Endpoints) {
    config
        .service(create_livekit_room::create_livekit_room)
        .service(read_livekit_access_token::read_livekit_access_token)
        .service(end_livekit_room::end_livekit_room);
}
