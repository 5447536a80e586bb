use actix_web::{HttpResponse, get};
use mockly_domain::{ErrorCode, InvitationId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Authenticated, ClassPath, PageQuery, ValidQuery};
use crate::openapi::problems::{ANY, AUTHED, CLASS, QUERY, problems};
use crate::problem::Problem;
use crate::state::State;

/// One address that is invited to a class and has not come.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationResponse {
    /// Id, by which it is withdrawn.
    id: InvitationId,
    /// The address, in lower case.
    email: String,
    /// Since when.
    invited_at: Timestamp,
}

/// A page of invitations.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitationListResponse {
    /// This page.
    items: Vec<InvitationResponse>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

problems!(Refusals: QUERY, CLASS, AUTHED, ANY, &[ErrorCode::NotTheTeacher]);

/// List the invitations to a class
///
/// Those that nobody has come with yet, in the order of their making; for the teacher and admins.
#[utoipa::path(
    tag = "classes",
    params(ClassPath, PageQuery),
    responses((status = 200, description = "A page of invitations", body = InvitationListResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/classes/{id}/invitations")]
pub(crate) async fn list_invitations(
    principal: Authenticated,
    path: ClassPath,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let found = state.services.list_invitations(&principal, path.id, page.into()).await?;
    let items = found.items.into_iter().map(|invitation| InvitationResponse {
        id: invitation.id,
        email: invitation.email,
        invited_at: invitation.invited_at,
    });
    Ok(HttpResponse::Ok().json(InvitationListResponse {
        items: items.collect(),
        total: found.total,
        page: found.page,
        size: found.size,
    }))
}
