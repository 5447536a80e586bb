use actix_web::{HttpResponse, post};
use mockly_domain::ErrorCode;
use mockly_service::RefusedEntry;
use serde::Serialize;
use utoipa::ToSchema;

use super::newcomers::{EnrolStudentsRequest, Newcomers};
use crate::extract::{Authenticated, ClassPath};
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, BODY, CLASS, KEYED, problems};
use crate::problem::Problem;
use crate::state::State;

/// What became of the entries. Those who were enrolled or invited before are counted nowhere.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnrolStudentsResponse {
    /// How many were enrolled.
    added: u64,
    /// How many addresses were invited: each is enrolled when an account signs in whose issuer has confirmed it.
    invited: u64,
    /// Which entries were left out, and why.
    refused: Vec<RefusedEntryResponse>,
}

/// An entry that was left out.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusedEntryResponse {
    /// The line of the CSV; in JSON the place among `userIds` and then `emails`. From 1.
    line: u32,
    /// `unknown-user`, `invalid-id`, `invalid-email`, or `same-user` for the teacher.
    #[schema(example = "unknown-user")]
    code: &'static str,
}

impl From<RefusedEntry> for RefusedEntryResponse {
    fn from(refused: RefusedEntry) -> Self {
        Self { line: refused.line, code: refused.code.as_str() }
    }
}

problems!(Refusals: BODY, KEYED, CLASS, AUTHED, ANY, &[ErrorCode::NotTheTeacher, ErrorCode::LimitExceeded]);

/// Enrol many students
///
/// For the teacher and admins: at most 1,000 by user id or e-mail address, as JSON or as CSV with one a line. Entries
/// that cannot be right are left out and told; the others are enrolled.
#[utoipa::path(
    tag = "classes",
    params(ClassPath, KeyHeader),
    request_body(content(
        (EnrolStudentsRequest = "application/json", example = json!({
            "userIds": ["auth0|5f7c8ec7c33c6c004bbafe82"],
            "emails": ["ada@example.org"]
        })),
        (String = "text/csv", example = "email\r\nada@example.org\r\ngrace@example.org\r\n")
    )),
    responses(
        (status = 200, description = "What became of them", body = EnrolStudentsResponse,
            example = json!({ "added": 1, "invited": 1, "refused": [{ "line": 3, "code": "unknown-user" }] })),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/classes/{id}/students")]
pub(crate) async fn enrol_students(
    principal: Authenticated,
    path: ClassPath,
    Newcomers(entries): Newcomers,
    state: State,
) -> Result<HttpResponse, Problem> {
    let report = state.services.enrol_students(&principal, path.id, entries).await?;
    Ok(HttpResponse::Ok().json(EnrolStudentsResponse {
        added: report.added,
        invited: report.invited,
        refused: report.refused.into_iter().map(RefusedEntryResponse::from).collect(),
    }))
}
