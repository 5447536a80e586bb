use actix_web::{HttpRequest, HttpResponse, get};
use mockly_domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::Identified;
use crate::handlers::envelope::Envelope;
use crate::openapi::problems::{ANY, AUTHED, problems};
use crate::problem::Problem;
use crate::socket::Sockets;
use crate::state::State;

/// Who is connected.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebsocketStatsResponse {
    /// Socket.IO clients that are connected, summed over all nodes; what other nodes have is at most a second old.
    #[schema(example = 42)]
    connected: usize,
    /// When they were counted.
    timestamp: Timestamp,
}

problems!(Refusals: AUTHED, ANY);

/// Count Socket.IO clients
///
/// For every valid token and every service key.
#[utoipa::path(
    tag = "notifications",
    responses((status = 200, description = "How many there are", body = Envelope<WebsocketStatsResponse>), Refusals),
    security(("bearer" = []), ("apiKey" = []))
)]
#[get("/api/v1/websocket/stats")]
pub(crate) async fn read_websocket_stats(
    _caller: Identified,
    request: HttpRequest,
    state: State,
) -> Result<HttpResponse, Problem> {
    let connected = state.services.sum_sockets(Sockets::count_of(&request)).await?.socketio;
    let data = WebsocketStatsResponse { connected, timestamp: state.services.now() };
    Ok(HttpResponse::Ok().json(Envelope::of(data)))
}
