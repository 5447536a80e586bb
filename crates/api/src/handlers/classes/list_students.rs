use actix_web::{HttpResponse, get};
use mockly_domain::{ErrorCode, Timestamp, UserId};
use mockly_service::StudentRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Authenticated, ClassPath, PageQuery, ValidQuery};
use crate::openapi::problems::{ANY, AUTHED, CLASS, QUERY, problems};
use crate::problem::Problem;
use crate::state::State;

/// One student of a class.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StudentResponse {
    /// User.
    user_id: UserId,
    /// The user's name.
    user_display_name: String,
    /// The user's picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_avatar_url: Option<String>,
    /// Since when.
    enrolled_at: Timestamp,
}

impl From<StudentRow> for StudentResponse {
    fn from(row: StudentRow) -> Self {
        Self {
            user_id: row.user_id,
            user_display_name: row.user_display_name,
            user_avatar_url: row.user_avatar_url,
            enrolled_at: row.enrolled_at,
        }
    }
}

/// A page of students.
#[derive(Serialize, ToSchema)]
pub(crate) struct StudentListResponse {
    /// This page.
    items: Vec<StudentResponse>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

problems!(Refusals: QUERY, CLASS, AUTHED, ANY, &[ErrorCode::NotTheTeacher]);

/// List a class's students
///
/// In the order of their enrolment; for the teacher and admins.
#[utoipa::path(
    tag = "classes",
    params(ClassPath, PageQuery),
    responses((status = 200, description = "A page of students", body = StudentListResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/classes/{id}/students")]
pub(crate) async fn list_students(
    principal: Authenticated,
    path: ClassPath,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let found = state.services.list_students(&principal, path.id, page.into()).await?;
    Ok(HttpResponse::Ok().json(StudentListResponse {
        items: found.items.into_iter().map(StudentResponse::from).collect(),
        total: found.total,
        page: found.page,
        size: found.size,
    }))
}
