use actix_web::{HttpResponse, delete};
use mockly_domain::ErrorCode;

use crate::extract::{Authenticated, InvitationPath};
use crate::openapi::problems::{ANY, AUTHED, CLASS, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: CLASS, AUTHED, ANY, &[ErrorCode::NotTheTeacher]);

/// Withdraw an invitation to a class
///
/// For the teacher and admins. One that is not there any more changes nothing: whoever has come with it stays enrolled.
#[utoipa::path(
    tag = "classes",
    params(InvitationPath),
    responses((status = 204, description = "The address is not invited"), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[delete("/api/classes/{id}/invitations/{invitationId}")]
pub(crate) async fn withdraw_invitation(
    principal: Authenticated,
    path: InvitationPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    state.services.withdraw_invitation(&principal, path.id, path.invitation_id).await?;
    Ok(HttpResponse::NoContent().finish())
}
