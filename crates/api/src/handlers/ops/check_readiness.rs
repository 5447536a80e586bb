use actix_web::http::header;
use actix_web::{HttpResponse, get};
use mockly_domain::ErrorCode;
use mockly_service::{LivekitReadiness, RedisReadiness};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::problems::problems;
use crate::state::State;

/// Whether this node should get requests.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReadinessResponse {
    /// Whether it should.
    status: Status,
    /// Whether the database answers.
    database: Part,
    /// Whether LiveKit does; never a reason not to be ready.
    livekit: Part,
    /// Whether Redis does, which has nodes tell each other at once; never a reason not to be ready.
    redis: Part,
}

/// The answer in a word.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReadinessStatus)]
pub(crate) enum Status {
    /// It should.
    Ready,
    /// The database is away.
    Unavailable,
    /// It is about to stop.
    Draining,
}

/// One thing that the node depends on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReadinessPart)]
pub(crate) enum Part {
    /// It answers.
    Up,
    /// It does not, and everything stops.
    Down,
    /// It does not, and everything else goes on.
    Degraded,
    /// The server has none.
    NotConfigured,
}

problems!(Refusals: &[ErrorCode::Internal]);

/// Ask whether the node can take requests
#[utoipa::path(
    tag = "operations",
    responses(
        (status = 200, description = "It can", body = ReadinessResponse),
        (status = 503, description = "It cannot: the database is away, or it is about to stop", body = ReadinessResponse,
            headers(("Retry-After" = String, description = "Seconds to wait"))),
        Refusals
    ),
    security(())
)]
#[get("/readyz")]
pub(crate) async fn check_readiness(state: State) -> HttpResponse {
    let readiness = state.services.readiness().await;
    let status = match (state.is_draining(), readiness.database) {
        (true, _) => Status::Draining,
        (false, false) => Status::Unavailable,
        (false, true) => Status::Ready,
    };
    let mut response = match status {
        Status::Ready => HttpResponse::Ok(),
        Status::Unavailable | Status::Draining => HttpResponse::ServiceUnavailable(),
    };
    if !matches!(status, Status::Ready) {
        response.insert_header((header::RETRY_AFTER, "5"));
    }
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(ReadinessResponse {
        status,
        database: if readiness.database { Part::Up } else { Part::Down },
        livekit: match readiness.livekit {
            LivekitReadiness::Up => Part::Up,
            LivekitReadiness::Degraded => Part::Degraded,
            LivekitReadiness::NotConfigured => Part::NotConfigured,
        },
        redis: match readiness.redis {
            RedisReadiness::Up => Part::Up,
            RedisReadiness::Degraded => Part::Degraded,
            RedisReadiness::NotConfigured => Part::NotConfigured,
        },
    })
}
