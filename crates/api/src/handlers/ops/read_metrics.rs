use actix_web::{HttpRequest, HttpResponse, get};
use mockly_domain::ErrorCode;

use crate::extract::principal::bearer_token;
use crate::openapi::problems::problems;
use crate::problem::Problem;
use crate::state::State;

/// The media type of Prometheus's text format.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

problems!(Refusals: &[
    ErrorCode::Unauthenticated,
    ErrorCode::InvalidToken,
    ErrorCode::Forbidden,
    ErrorCode::Internal,
]);

/// Read the metrics
///
/// In Prometheus's text format. Asks for `METRICS_TOKEN` as a bearer token; where none is configured, only loopback may
/// read, and not through a proxy.
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain"), Refusals),
    security((), ("bearer" = []))
)]
#[get("/metrics")]
pub(crate) async fn read_metrics(request: HttpRequest, state: State) -> Result<HttpResponse, Problem> {
    match &state.settings.metrics_token {
        Some(token) if token.matches(bearer_token(request.headers())?) => {}
        Some(_) => return Err(Problem::new(ErrorCode::InvalidToken, "Send METRICS_TOKEN as the bearer token.")),
        None if is_local(&request) => {}
        None => {
            let detail = "Only loopback reads the metrics, and not through a proxy; set METRICS_TOKEN to let others.";
            return Err(Problem::new(ErrorCode::Forbidden, detail));
        }
    }
    let text = state.metrics.as_ref().map(metrics_exporter_prometheus::PrometheusHandle::render).unwrap_or_default();
    Ok(HttpResponse::Ok().content_type(PROMETHEUS_TEXT).body(text))
}

/// Whether the request comes from this machine itself: a proxy on it is loopback too, but says for whom it asks.
fn is_local(request: &HttpRequest) -> bool {
    let loopback = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let forwarded = request.headers().keys().any(|name| {
        let name = name.as_str();
        name == "forwarded" || name == "x-real-ip" || name.starts_with("x-forwarded-")
    });
    loopback && !forwarded
}
