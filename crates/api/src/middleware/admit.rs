//! What is refused before anything is done for it: too much from one address, answers that nobody would read.

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use mockly_domain::ErrorCode;

use crate::address::rate_key;
use crate::extract::accept;
use crate::extract::principal::refuse_keys;
use crate::problem::{PROBLEM_JSON, Problem};
use crate::rate_limit::whole_seconds;
use crate::request::{self, RequestFacts};
use crate::state::State;

/// Where no service key reaches. The handlers that would take one refuse it by themselves; this is for the others, which
/// look at no caller.
const KEYLESS: [&str; 3] = ["/api/auth/", "/api/ws/", "/api/admin/"];

/// Counts the request against its address, refuses keys where none reaches, checks `Accept`, and tells where the caller stands.
pub(crate) async fn admit<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let facts = RequestFacts::of(&request);
    let facts = facts.as_deref();
    let mut response = match check(&request, facts) {
        Ok(()) => next.call(request).await?.map_into_left_body(),
        Err(problem) => request.into_response(request::answer(facts, &problem)).map_into_right_body(),
    };
    if let Some(facts) = facts {
        add_standing(response.headers_mut(), facts);
    }
    Ok(response)
}

fn check(request: &ServiceRequest, facts: Option<&RequestFacts>) -> Result<(), Problem> {
    // Whoever watches the server must not be shut out by what it watches.
    if matches!(request.path(), "/healthz" | "/readyz" | "/metrics") {
        return Ok(());
    }
    if let (Some(facts), Some(state)) = (facts, request.app_data::<State>()) {
        let outcome = state.limits.api_per_address.check(rate_key(facts.client));
        facts.count(outcome, "requests from one address")?;
    }
    if KEYLESS.iter().any(|prefix| request.path().starts_with(prefix)) {
        refuse_keys(request.headers())?;
    }
    if request.path().starts_with("/api/") {
        check_accept(request)?;
    }
    Ok(())
}

/// Everything below `/api/` is JSON; attendance is CSV too, a calendar nothing but a calendar, and a file whatever it is.
fn check_accept(request: &ServiceRequest) -> Result<(), Problem> {
    let offered: &[&str] = match request.match_pattern().as_deref() {
        Some("/api/sessions/{id}/artifacts/{artifactId}/content" | "/api/analyses/{id}/content") => return Ok(()),
        Some("/api/sessions/{id}/attendance") => &["application/json", "text/csv", PROBLEM_JSON],
        Some("/api/sessions/{id}/calendar.ics") => &["text/calendar", PROBLEM_JSON],
        _ => &["application/json", PROBLEM_JSON],
    };
    if accept::choose(request.headers(), offered).is_some() {
        return Ok(());
    }
    let detail = format!("This is answered as {}; let Accept allow that.", offered.join(" or "));
    Err(Problem::new(ErrorCode::NotAcceptable, detail))
}

/// `RateLimit-Limit`, `-Remaining` and `-Reset` (seconds) of the tightest limit that the request met.
fn add_standing(headers: &mut HeaderMap, facts: &RequestFacts) {
    let Some(standing) = facts.standing() else { return };
    let values = [
        ("ratelimit-limit", u64::from(standing.limit)),
        ("ratelimit-remaining", u64::from(standing.remaining)),
        ("ratelimit-reset", whole_seconds(standing.reset)),
    ];
    for (name, value) in values {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}
