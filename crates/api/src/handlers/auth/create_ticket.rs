use actix_web::{HttpResponse, post};
use mockly_domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::OwnToken;
use crate::openapi::problems::{ANY, TOKEN, problems};
use crate::problem::Problem;
use crate::state::State;

/// A ticket for one socket.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketResponse {
    /// What a socket's URL takes as `?ticket=`.
    ticket: String,
    /// When it can no longer be used.
    expires_at: Timestamp,
}

problems!(Refusals: TOKEN, ANY);

/// Get a socket ticket
///
/// For browsers, which can send no header with a socket: works once, for 30 s. The socket then lives as long as the
/// access token that bought the ticket.
#[utoipa::path(
    tag = "auth",
    responses((status = 200, description = "The ticket", body = TicketResponse), Refusals),
    security(("bearer" = []))
)]
#[post("/api/ws/ticket")]
pub(crate) async fn create_ticket(principal: OwnToken, state: State) -> Result<HttpResponse, Problem> {
    let issued = state.services.issue_ticket(&principal).await?;
    Ok(HttpResponse::Ok().json(TicketResponse { ticket: issued.ticket, expires_at: issued.expires_at }))
}
