use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, get};
use mockly_domain::{ErrorCode, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::OwnToken;
use crate::openapi::problems::{ANY, TOKEN, problems};
use crate::problem::Problem;
use crate::socket::Sockets;
use crate::state::State;

/// What there is, and who is connected.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "users": 1204,
    "sessions": { "SCHEDULED": 31, "ACTIVE": 4, "ENDED": 902, "CANCELED": 57 },
    "jobs": { "WAITING": 66, "RUNNING": 1, "RETRYING": 0, "DEAD": 0 },
    "nodes": 1,
    "connections": {
        "total": 92, "users": 80, "byTransport": { "websocket": 60, "socketio-websocket": 32 }, "socketio": 32
    },
    "timestamp": "2026-01-15T10:00:00Z"
}))]
pub(crate) struct StatsResponse {
    /// Users.
    users: u64,
    /// How many sessions are in each status; ACTIVE ones are live.
    sessions: BTreeMap<&'static str, u64>,
    /// How many jobs are in each state.
    jobs: BTreeMap<&'static str, u64>,
    /// Nodes that give signs of life.
    nodes: u64,
    /// Who is connected.
    connections: ConnectionsResponse,
    /// When it was counted.
    timestamp: Timestamp,
}

/// Who is connected, summed over all nodes; what other nodes have is at most a second old.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionsResponse {
    /// Open sockets.
    total: usize,
    /// Different users on them.
    users: u64,
    /// Open sockets by transport.
    by_transport: BTreeMap<String, usize>,
    /// Socket.IO clients, on whichever transport.
    socketio: usize,
}

problems!(Refusals: TOKEN, ANY, &[ErrorCode::Forbidden]);

/// Count what there is
///
/// For admins. Everything is counted over all nodes.
#[utoipa::path(
    tag = "admin",
    responses((status = 200, description = "The numbers", body = StatsResponse), Refusals),
    security(("bearer" = []))
)]
#[get("/api/admin/stats")]
pub(crate) async fn read_stats(
    principal: OwnToken,
    request: HttpRequest,
    state: State,
) -> Result<HttpResponse, Problem> {
    let stats = state.services.read_stats(&principal, Sockets::count_of(&request)).await?;
    Ok(HttpResponse::Ok().json(StatsResponse {
        users: stats.users,
        sessions: stats.sessions.into_iter().map(|(status, count)| (status.as_str(), count)).collect(),
        jobs: stats.jobs.into_iter().map(|(state, count)| (state.as_str(), count)).collect(),
        nodes: stats.nodes,
        connections: ConnectionsResponse {
            total: stats.sockets.total,
            users: stats.connected_users,
            by_transport: stats.sockets.by_transport,
            socketio: stats.sockets.socketio,
        },
        timestamp: state.services.now(),
    }))
}
