use actix_web::{HttpResponse, post};
use mockly_domain::view::SessionView;
use mockly_domain::{ErrorCode, Timestamp, UserId};
use mockly_service::CreateSession;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::answer;
use crate::extract::{Authenticated, ValidJson};
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, BODY, KEYED, problems};
use crate::problem::Problem;
use crate::request::Facts;
use crate::state::State;
use crate::validate::{many_lines, single_line, zone_name};

/// A mentor's time.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateBookingRequest {
    /// Whose; the caller is the mentee.
    mentor_id: UserId,
    /// When it is planned to start.
    scheduled_at: Timestamp,
    /// Heading.
    #[schema(min_length = 1, max_length = 200)]
    #[validate(length(max = 200, message = "must have at most 200 characters"), custom(function = single_line))]
    title: String,
    /// Planned length in minutes; 60 where left out.
    #[schema(minimum = 1, maximum = 1440)]
    #[validate(range(min = 1, max = 1440, message = "must be from 1 to 1440 minutes"))]
    duration: Option<u32>,
    /// Text below the heading.
    #[schema(max_length = 4000)]
    #[validate(length(max = 4000, message = "must have at most 4000 characters"), custom(function = many_lines))]
    description: Option<String>,
    /// IANA time zone of the caller, which the calendar file has; UTC where left out.
    #[schema(min_length = 1, max_length = 64, example = "Europe/Berlin")]
    #[validate(length(max = 64, message = "must have at most 64 characters"), custom(function = zone_name))]
    time_zone: Option<String>,
}

impl From<CreateBookingRequest> for CreateSession {
    fn from(body: CreateBookingRequest) -> Self {
        Self {
            mentor_id: Some(body.mentor_id),
            scheduled_at: Some(body.scheduled_at),
            title: Some(body.title),
            duration_min: body.duration,
            description: body.description,
            time_zone: body.time_zone,
            ..Self::default()
        }
    }
}

problems!(Refusals: BODY, KEYED, AUTHED, ANY, &[
    ErrorCode::NotAMentor,
    ErrorCode::SameUser,
    ErrorCode::UnknownUser,
    ErrorCode::TimeConflict,
]);

/// Book a mentor
///
/// The same as creating a session with `mentorId`. Neither of the two may have another MENTORING at that time. Works
/// while LiveKit is away: the room is made at once if that is possible, and again when the session opens.
#[utoipa::path(
    tag = "bookings",
    params(KeyHeader),
    request_body(
        content = CreateBookingRequest,
        example = json!({
            "mentorId": "0197c19f-3333-7000-8000-000000000003",
            "scheduledAt": "2026-01-15T11:00:00+01:00",
            "title": "System design",
            "duration": 45
        })
    ),
    responses(
        (status = 201, description = "The MENTORING session, with its `meetingUrl`", body = SessionView, headers(
            ("Location" = String, description = "Where the session is"),
            ("ETag" = String, description = "Its version")
        )),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/bookings")]
pub(crate) async fn create_booking(
    principal: Authenticated,
    facts: Facts,
    ValidJson(body): ValidJson<CreateBookingRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    facts.count(state.limits.session_creation.check(principal.rate_key()), "new sessions")?;
    let view = state.services.create_session(&principal, body.into()).await?;
    Ok(answer::created_session(&view))
}
