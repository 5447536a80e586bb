//! `/api/sessions/{id}/livekit/*`: the media room for clients that want an envelope around every answer. Commands are
//! those of the session; refusals are problem documents with `success: false`.

mod create_livekit_room;
mod end_livekit_room;
mod read_livekit_access_token;

use serde::Serialize;
use utoipa::ToSchema;

use crate::handlers::Endpoints;

pub(super) fn configure(config: &mut impl Endpoints) {
    config
        .service(create_livekit_room::create_livekit_room)
        .service(read_livekit_access_token::read_livekit_access_token)
        .service(end_livekit_room::end_livekit_room);
}

/// Says that it worked, around what came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Envelope<T> {
    /// Always `true`; a refusal has `false`.
    #[schema(example = true)]
    success: bool,
    /// What came of it.
    data: T,
}

impl<T> Envelope<T> {
    fn of(data: T) -> Self {
        Self { success: true, data }
    }
}
