//! What every HTTP request of a socket passes first, whatever is spoken behind it, and what its page may read of the
//! answer.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use mockly_sockjs::headers;

use crate::address::rate_key;
use crate::origin::check_origin;
use crate::problem::Problem;
use crate::request::RequestFacts;
use crate::socket::iframe::in_a_year;
use crate::socket::sockets::Sockets;
use crate::state::State;

/// Counts a request against its address like any other, be it an upgrade or one of a transport that goes by plain HTTP,
/// and checks where its page is from. What a socket carries has limits of its own.
pub(crate) fn pass(request: &HttpRequest, sockets: &Sockets) -> Result<(), Problem> {
    if let (Some(facts), Some(state)) = (RequestFacts::of(request), request.app_data::<State>()) {
        let outcome = state.limits.api_per_address.check(rate_key(facts.client));
        facts.count(outcome, "requests from one address")?;
    }
    check_origin(request, &sockets.http)
}

/// Answers the question of a browser whether a page may ask what its request says (as SockJS has it).
pub(crate) fn preflight(request: &HttpRequest, sockets: &Sockets, methods: &'static str) -> HttpResponse {
    let status = StatusCode::from_u16(headers::PREFLIGHT_STATUS).unwrap_or(StatusCode::NO_CONTENT);
    let mut response = HttpResponse::build(status);
    insert_cors(request, &mut response);
    response
        .insert_header((header::CACHE_CONTROL, headers::CACHE_FOR_A_YEAR))
        .insert_header((header::EXPIRES, in_a_year(sockets.clock.now())))
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, methods))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, headers::PREFLIGHT_MAX_AGE))
        .finish()
}

/// Lets the page read the answer; its origin has been checked.
pub(crate) fn insert_cors(request: &HttpRequest, response: &mut HttpResponseBuilder) {
    let value = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let cors = headers::Cors::new(value(header::ORIGIN), value(header::ACCESS_CONTROL_REQUEST_HEADERS));
    for (name, value) in cors.headers() {
        response.insert_header((name, value));
    }
}
