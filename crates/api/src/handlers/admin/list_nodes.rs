use actix_web::{HttpRequest, HttpResponse, get};
use mockly_domain::{ErrorCode, NodeId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{OwnToken, PageQuery, ValidQuery};
use crate::openapi::problems::{ANY, QUERY, TOKEN, problems};
use crate::problem::Problem;
use crate::socket::Sockets;
use crate::state::State;

/// One run of one server process.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeResponse {
    /// Id; new with every start.
    id: NodeId,
    /// When it started.
    started_at: Timestamp,
    /// When it last gave a sign of life, which it does every second.
    seen_at: Timestamp,
    /// Whether it is the one that answers.
    answers: bool,
    /// Sockets that are open on it, as it noted within the last second.
    sockets: usize,
}

/// A page of nodes.
#[derive(Serialize, ToSchema)]
pub(crate) struct NodeListResponse {
    /// This page.
    items: Vec<NodeResponse>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

problems!(Refusals: QUERY, TOKEN, ANY, &[ErrorCode::Forbidden]);

/// List nodes
///
/// For admins. The server processes that share this database, oldest first; one that is silent for 5 s is taken out.
#[utoipa::path(
    tag = "admin",
    params(PageQuery),
    responses((status = 200, description = "A page of nodes", body = NodeListResponse), Refusals),
    security(("bearer" = []))
)]
#[get("/api/admin/nodes")]
pub(crate) async fn list_nodes(
    principal: OwnToken,
    ValidQuery(page): ValidQuery<PageQuery>,
    request: HttpRequest,
    state: State,
) -> Result<HttpResponse, Problem> {
    let found = state.services.list_nodes(&principal, page.into(), Sockets::count_of(&request)).await?;
    let own = state.services.node_id();
    let items = found.items.into_iter().map(|(node, sockets)| NodeResponse {
        id: node.id,
        started_at: node.started_at,
        seen_at: node.seen_at,
        answers: node.id == own,
        sockets: sockets.total,
    });
    Ok(HttpResponse::Ok().json(NodeListResponse {
        items: items.collect(),
        total: found.total,
        page: found.page,
        size: found.size,
    }))
}
