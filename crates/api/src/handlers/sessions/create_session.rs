use actix_web::{HttpResponse, post};
use mockly_domain::view::SessionView;
use mockly_domain::{Admission, ClassId, ClassType, ErrorCode, MediaPatch, Timestamp, UserId};
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

/// A new session. An INTERVIEW names its interviewer, or, where the interviewer makes it, its candidate; a MENTORING names
/// its mentor, or, where the mentor makes it, its mentee.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateSessionRequest {
    /// Who interviews; the caller is then the candidate.
    interviewer_id: Option<UserId>,
    /// Who is interviewed; the caller is then the interviewer.
    candidate_id: Option<UserId>,
    /// Who is booked as mentor, which needs the role MENTOR; the caller is then the mentee.
    mentor_id: Option<UserId>,
    /// Who gets the caller's time as mentor; the caller needs the role MENTOR.
    mentee_id: Option<UserId>,
    /// The class that it is of; needs `title` and `type`.
    class_id: Option<ClassId>,
    /// Of a class: what it is.
    #[serde(rename = "type")]
    class_type: Option<ClassType>,
    /// When it is planned to start. An INTERVIEW starts now where it is left out; it may be in the past. Every other kind
    /// needs it.
    scheduled_at: Option<Timestamp>,
    /// Heading.
    #[schema(min_length = 1, max_length = 200)]
    #[validate(length(max = 200, message = "must have at most 200 characters"), custom(function = single_line))]
    title: Option<String>,
    /// Text below it.
    #[schema(max_length = 4000)]
    #[validate(length(max = 4000, message = "must have at most 4000 characters"), custom(function = many_lines))]
    description: Option<String>,
    /// Planned length in minutes; 60 where left out.
    #[schema(minimum = 1, maximum = 1440)]
    #[validate(range(min = 1, max = 1440, message = "must be from 1 to 1440 minutes"))]
    duration: Option<u32>,
    /// How many distinct users may be in at once; 2 where left out, 100 for a class.
    #[schema(minimum = 2, maximum = 10_000)]
    #[validate(range(min = 2, max = 10_000, message = "must be from 2 to 10000"))]
    max_participants: Option<u32>,
    /// IANA time zone of the organiser; UTC where left out.
    #[schema(min_length = 1, max_length = 64, example = "Europe/Berlin")]
    #[validate(length(max = 64, message = "must have at most 64 characters"), custom(function = zone_name))]
    time_zone: Option<String>,
    /// Who gets in without being asked for; OPEN where left out.
    admission: Option<Admission>,
    /// What those who are not host may publish; everything that is left out, but no screen share in a class.
    media: Option<MediaPatch>,
}

impl From<CreateSessionRequest> for CreateSession {
    fn from(body: CreateSessionRequest) -> Self {
        Self {
            interviewer_id: body.interviewer_id,
            candidate_id: body.candidate_id,
            mentor_id: body.mentor_id,
            mentee_id: body.mentee_id,
            class_id: body.class_id,
            class_type: body.class_type,
            scheduled_at: body.scheduled_at,
            title: body.title,
            description: body.description,
            duration_min: body.duration,
            max_participants: body.max_participants,
            time_zone: body.time_zone,
            admission: body.admission,
            media: body.media,
        }
    }
}

problems!(Refusals: BODY, KEYED, AUTHED, ANY, &[
    ErrorCode::AmbiguousKind,
    ErrorCode::SameUser,
    ErrorCode::UnknownUser,
    ErrorCode::ActiveSessionExists,
    ErrorCode::NotAMentor,
    ErrorCode::TimeConflict,
    ErrorCode::NotTheTeacher,
    ErrorCode::ClassNotFound,
]);

/// Create a session
///
/// Exactly one of the ids decides the kind. The caller holds a new INTERVIEW until it is over, and may hold only one. No
/// two MENTORING sessions of one user overlap in time. A session of a class is made by its teacher or an admin, for
/// everyone who is enrolled.
#[utoipa::path(
    tag = "sessions",
    params(KeyHeader),
    request_body(
        content = CreateSessionRequest,
        examples(
            ("As candidate" = (value = json!({
                "interviewerId": "0197c19f-2222-7000-8000-000000000002",
                "scheduledAt": "2026-01-15T10:00:00Z"
            }))),
            ("As interviewer" = (value = json!({
                "candidateId": "0197c19f-1111-7000-8000-000000000001",
                "scheduledAt": "2026-01-15T11:00:00+01:00",
                "title": "Back-end interview",
                "duration": 45,
                "timeZone": "Europe/Berlin",
                "admission": "KNOCK"
            }))),
            ("As mentee" = (value = json!({
                "mentorId": "0197c19f-3333-7000-8000-000000000003",
                "scheduledAt": "2026-01-15T10:00:00Z",
                "title": "System design",
                "duration": 45
            }))),
            ("Of a class" = (value = json!({
                "classId": "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e60",
                "title": "Fractions",
                "scheduledAt": "2026-01-15T10:00:00Z",
                "type": "lecture",
                "duration": 45,
                "maxParticipants": 30
            })))
        )
    ),
    responses(
        (status = 201, description = "The session", body = SessionView, headers(
            ("Location" = String, description = "Where the session is"),
            ("ETag" = String, description = "Its version")
        )),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/sessions")]
pub(crate) async fn create_session(
    principal: Authenticated,
    facts: Facts,
    ValidJson(body): ValidJson<CreateSessionRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    facts.count(state.limits.session_creation.check(principal.rate_key()), "new sessions")?;
    let view = state.services.create_session(&principal, body.into()).await?;
    Ok(answer::created_session(&view))
}
