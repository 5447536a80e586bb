//! The members of a problem document.

use mockly_domain::{ErrorCode, FieldError, SessionId, Timestamp};
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::Problem;

/// What every refusal answers (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Names the kind of problem; `urn:mockly:problem:` and the code.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// A short text that does not change from case to case.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong this time and what to do.
    pub detail: String,
    /// The path of the request.
    pub instance: String,
    /// The stable identifier to decide by.
    #[schema(value_type = ErrorCodeSchema)]
    #[serde(serialize_with = "as_text")]
    pub code: ErrorCode,
    /// What the server's log calls the request.
    pub request_id: String,
    /// The text of `title` again.
    pub error: String,
    /// The text of `detail` again.
    pub message: String,
    /// `false` below `/livekit/`, whose answers stand in an envelope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    /// The wrong fields, where fields are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// `false` where a join was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<bool>,
    /// When the session opens, where a join was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>, required = false)]
    pub opens_at: Option<Option<Timestamp>>,
    /// When the session closes, where a join was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>, required = false)]
    pub closes_at: Option<Option<Timestamp>>,
    /// The session that stands in the way, with `active-session-exists`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_session_id: Option<SessionId>,
}

impl ProblemDocument {
    pub(super) fn new(problem: &Problem, instance: &str, request_id: &str) -> Self {
        let inner = &problem.0;
        let told = |time: Option<Timestamp>| (inner.refused_join || time.is_some()).then_some(time);
        Self {
            problem_type: format!("urn:mockly:problem:{}", inner.code),
            title: inner.code.title().to_owned(),
            status: inner.code.status(),
            detail: inner.detail.clone(),
            instance: instance.to_owned(),
            code: inner.code,
            request_id: request_id.to_owned(),
            error: inner.code.title().to_owned(),
            message: inner.detail.clone(),
            success: is_enveloped(instance).then_some(false),
            errors: inner.fields.clone(),
            allowed: inner.refused_join.then_some(false),
            opens_at: told(inner.opens_at),
            closes_at: told(inner.closes_at),
            active_session_id: inner.active_session_id,
        }
    }
}

/// Whether answers at this path are `{success, data}`: those of `/api/sessions/{id}/livekit/*`, whatever refuses there.
fn is_enveloped(path: &str) -> bool {
    let below = path.strip_prefix("/api/sessions/").and_then(|rest| rest.split_once('/'));
    below.is_some_and(|(_, rest)| rest.starts_with("livekit/"))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
fn as_text<S: Serializer>(code: &ErrorCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

/// The schema of [`ErrorCode`], which lists every code.
#[derive(Debug)]
pub struct ErrorCodeSchema;

impl PartialSchema for ErrorCodeSchema {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Every code there is, on any protocol."))
            .enum_values(Some(ErrorCode::ALL.iter().map(|code| code.as_str())))
            .into()
    }
}

impl ToSchema for ErrorCodeSchema {
    fn name() -> std::borrow::Cow<'static, str> {
        "ErrorCode".into()
    }
}
