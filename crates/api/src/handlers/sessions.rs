//! `/api/sessions`.

mod cancel_session;
mod create_session;
mod delete_session;
mod end_session;
mod join_session;
mod leave_session;
mod list_events;
mod list_messages;
mod list_participants;
mod list_sessions;
mod livekit;
mod read_active_session;
mod read_analytics;
mod read_attendance;
mod read_calendar;
mod read_can_join;
mod read_media_token;
mod read_session;
mod remove_participant;
mod start_session;
mod update_session;

pub(super) use list_sessions::{ListSessionsQuery, SessionListResponse};

#[cfg(test)]
pub(super) use {
    create_session::CreateSessionRequest, join_session::JoinSessionRequest, update_session::UpdateSessionRequest,
};

use crate::handlers::endpoints::Endpoints;

pub(super) fn configure(config: &mut impl Endpoints) {
    config
        .service(create_session::create_session)
        .service(list_sessions::list_sessions)
        // Before `/{id}`, which would take `me` for an id.
        .service(read_active_session::read_active_session)
        .service(read_session::read_session)
        .service(update_session::update_session)
        .service(delete_session::delete_session)
        .service(join_session::join_session)
        .service(leave_session::leave_session)
        .service(start_session::start_session)
        .service(end_session::end_session)
        .service(cancel_session::cancel_session)
        .service(read_media_token::read_media_token)
        .service(list_participants::list_participants)
        .service(remove_participant::remove_participant)
        .service(list_events::list_events)
        .service(list_messages::list_messages)
        .service(read_analytics::read_analytics)
        .service(read_can_join::read_can_join)
        .service(read_attendance::read_attendance)
        .service(read_calendar::read_calendar);
    livekit::configure(config);
}
