#![expect(clippy::option_option, reason = "left out, `null` and a value are three things")]

use actix_web::{HttpRequest, HttpResponse, patch};
use mockly_domain::view::SessionView;
use mockly_domain::{Admission, ErrorCode, MediaPatch, Timestamp};
use mockly_service::PatchSession;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::answer;
use crate::extract::json::given;
use crate::extract::precondition::if_match;
use crate::extract::{Authenticated, SessionPath, ValidJson};
use crate::openapi::headers::IfMatchHeader;
use crate::openapi::problems::{ANY, AUTHED, BODY, OWN_STATUS, QUERY, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;
use crate::validate::{many_lines, single_line, zone_name};

/// What changes; what is left out, or `null`, stays (but `description: null` takes the description away).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdateSessionRequest {
    /// Heading.
    #[schema(min_length = 1, max_length = 200)]
    #[validate(length(max = 200, message = "must have at most 200 characters"), custom(function = single_line))]
    title: Option<String>,
    /// Text below it; `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 4000, value_type = Option<String>)]
    #[validate(length(max = 4000, message = "must have at most 4000 characters"), custom(function = many_lines))]
    description: Option<Option<String>>,
    /// When it is planned to start.
    scheduled_at: Option<Timestamp>,
    /// Planned length in minutes.
    #[schema(minimum = 1, maximum = 1440)]
    #[validate(range(min = 1, max = 1440, message = "must be from 1 to 1440 minutes"))]
    duration: Option<u32>,
    /// How many distinct users may be in at once.
    #[schema(minimum = 2, maximum = 10_000)]
    #[validate(range(min = 2, max = 10_000, message = "must be from 2 to 10000"))]
    max_participants: Option<u32>,
    /// IANA time zone of the organiser.
    #[schema(min_length = 1, max_length = 64, example = "Europe/Berlin")]
    #[validate(length(max = 64, message = "must have at most 64 characters"), custom(function = zone_name))]
    time_zone: Option<String>,
    /// Who gets in without being asked for; OPEN lets in everyone who waits.
    admission: Option<Admission>,
    /// What those who are not host may publish; what is left out stays.
    media: Option<MediaPatch>,
}

impl From<UpdateSessionRequest> for PatchSession {
    fn from(body: UpdateSessionRequest) -> Self {
        Self {
            title: body.title,
            description: body.description,
            scheduled_at: body.scheduled_at,
            duration_min: body.duration,
            max_participants: body.max_participants,
            time_zone: body.time_zone,
            admission: body.admission,
            media: body.media,
        }
    }
}

problems!(Refusals: BODY, QUERY, SESSION, OWN_STATUS, AUTHED, ANY, &[
    ErrorCode::SessionClosed,
    ErrorCode::ActiveSessionExists,
    ErrorCode::Forbidden,
    ErrorCode::Waiting,
    ErrorCode::StaleVersion,
]);

/// Change a session
///
/// For its host and for whoever made it. With `If-Match`, only where nobody has changed it in between.
#[utoipa::path(
    tag = "sessions",
    params(SessionPath, IfMatchHeader),
    request_body(content = UpdateSessionRequest, example = json!({ "title": "Second round", "duration": 90 })),
    responses(
        (status = 200, description = "The session as it is now", body = SessionView,
            headers(("ETag" = String, description = "Its version"))),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[patch("/api/sessions/{id}")]
pub(crate) async fn update_session(
    principal: Authenticated,
    path: SessionPath,
    request: HttpRequest,
    ValidJson(body): ValidJson<UpdateSessionRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let version = if_match(request.headers())?;
    let view = state.services.patch_session(&principal, path.id, version, body.into()).await?;
    Ok(answer::session(&view))
}
