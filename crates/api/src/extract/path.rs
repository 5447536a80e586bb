//! Ids in paths.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use mockly_domain::{AnalysisId, ArtifactId, ClassId, ErrorCode, FieldError, InvitationId, SessionId, UserId};
use percent_encoding::percent_decode_str;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::problem::Problem;

/// The session that a path names.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct SessionPath {
    /// Id of the session.
    #[param(example = "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f")]
    pub(crate) id: SessionId,
}

/// A file of the session that a path names.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path, rename_all = "camelCase")]
pub(crate) struct ArtifactPath {
    /// Id of the session.
    #[param(example = "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f")]
    pub(crate) id: SessionId,
    /// Id of the file.
    #[param(example = "0197c1a0-7e5f-7000-8000-000000000003")]
    pub(crate) artifact_id: ArtifactId,
}

/// A user in the session that a path names.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path, rename_all = "camelCase")]
pub(crate) struct ParticipantPath {
    /// Id of the session.
    pub(crate) id: SessionId,
    /// Id of the user, percent-encoded.
    #[param(example = "auth0%7C5f7c8ec7c33c6c004bbafe82")]
    pub(crate) user_id: UserId,
}

/// The analysis that a path names.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct AnalysisPath {
    /// Id of the analysis.
    #[param(example = "0197c1a0-7e60-7000-8000-000000000004")]
    pub(crate) id: AnalysisId,
}

/// The class that a path names.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ClassPath {
    /// Id of the class.
    #[param(example = "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e60")]
    pub(crate) id: ClassId,
}

/// A student of the class that a path names.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path, rename_all = "camelCase")]
pub(crate) struct StudentPath {
    /// Id of the class.
    pub(crate) id: ClassId,
    /// Id of the user, percent-encoded.
    #[param(example = "auth0%7C5f7c8ec7c33c6c004bbafe82")]
    pub(crate) user_id: UserId,
}

/// An invitation to the class that a path names.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path, rename_all = "camelCase")]
pub(crate) struct InvitationPath {
    /// Id of the class.
    pub(crate) id: ClassId,
    /// Id of the invitation.
    pub(crate) invitation_id: InvitationId,
}

/// The user that a path names.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct UserPath {
    /// Id of the user, percent-encoded.
    #[param(example = "auth0%7C5f7c8ec7c33c6c004bbafe82")]
    pub(crate) id: UserId,
}

/// Something else that a path names by its UUID.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct IdPath {
    /// Its id.
    #[param(example = "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e61")]
    id: Uuid,
}

impl IdPath {
    /// The id as one of a kind.
    pub(crate) fn of<T>(&self, kind: impl FnOnce(Uuid) -> T) -> T {
        kind(self.id)
    }
}

impl FromRequest for UserPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request, "id").map(|id| Self { id }))
    }
}

impl FromRequest for IdPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Every id has the form of this one.
        ready(parse::<SessionId>(request, "id").map(|id| Self { id: id.0 }))
    }
}

impl FromRequest for ClassPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request, "id").map(|id| Self { id }))
    }
}

impl FromRequest for AnalysisPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request, "id").map(|id| Self { id }))
    }
}

impl FromRequest for StudentPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request, "id").and_then(|id| Ok(Self { id, user_id: parse(request, "userId")? })))
    }
}

impl FromRequest for InvitationPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request, "id").and_then(|id| Ok(Self { id, invitation_id: parse(request, "invitationId")? })))
    }
}

impl FromRequest for SessionPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request, "id").map(|id| Self { id }))
    }
}

impl FromRequest for ArtifactPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request, "id").and_then(|id| Ok(Self { id, artifact_id: parse(request, "artifactId")? })))
    }
}

impl FromRequest for ParticipantPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request, "id").and_then(|id| Ok(Self { id, user_id: parse(request, "userId")? })))
    }
}

/// Reads one id.
///
/// The router has decoded everything but `%`, `/` and `+` already; what it left is decoded here.
fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(request: &HttpRequest, name: &str) -> Result<T, Problem> {
    let refuse = |message: String| {
        Problem::new(ErrorCode::InvalidId, format!("`{name}` in the path {message}."))
            .fields(vec![FieldError::new(name, message)])
    };
    let raw = request.match_info().get(name).unwrap_or_default();
    let text = percent_decode_str(raw).decode_utf8().map_err(|_malformed| refuse("is not UTF-8".to_owned()))?;
    text.parse().map_err(|error: T::Err| refuse(error.to_string()))
}
