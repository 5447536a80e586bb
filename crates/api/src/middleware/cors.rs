//! Which pages of other origins may call.

use std::sync::Arc;

use actix_cors::Cors;
use actix_web::http::{Method, header};

use crate::state::ApiState;

/// How long a browser may remember a preflight; Chromium takes no more than two hours.
const PREFLIGHT_MAX_AGE_SEC: usize = 7_200;

/// CORS by the settings. An origin that is not allowed gets an answer without the headers that would let its page read
/// it; refusing the request itself would only break clients that are no browsers.
pub(crate) fn cors(state: Arc<ApiState>) -> Cors {
    Cors::default()
        .allowed_origin_fn(move |origin, _| origin.to_str().is_ok_and(|origin| state.settings.allows_origin(origin)))
        .allowed_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allowed_headers([
            "accept",
            "authorization",
            "content-type",
            "idempotency-key",
            "if-match",
            "if-none-match",
            "if-range",
            "range",
            "x-request-id",
        ])
        .expose_headers([
            header::ACCEPT_RANGES.as_str(),
            header::CONTENT_DISPOSITION.as_str(),
            header::CONTENT_RANGE.as_str(),
            header::ETAG.as_str(),
            header::LOCATION.as_str(),
            header::RETRY_AFTER.as_str(),
            "idempotent-replayed",
            "ratelimit-limit",
            "ratelimit-remaining",
            "ratelimit-reset",
            "x-request-id",
        ])
        .supports_credentials()
        .block_on_origin_mismatch(false)
        .max_age(PREFLIGHT_MAX_AGE_SEC)
}
