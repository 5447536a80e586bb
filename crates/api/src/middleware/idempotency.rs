//! `Idempotency-Key`: a POST that is sent again is answered again, not done again.
//!
//! The first request with a key claims it. Its answer is kept for 24 h and given to whoever repeats the key with the
//! same body; failures of ours and refusals by rate are not kept, since a retry should try.

use actix_web::body::{BoxBody, MessageBody, to_bytes_limited};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse};
use mockly_domain::ErrorCode;
use mockly_service::{Claim, ClaimedKey, IdempotencyKey, KeyOwner, Principal, StoredAnswer, under_key};
use sha2::{Digest as _, Sha256};
use tracing::Instrument as _;

use crate::extract::{body, principal};
use crate::problem::Problem;
use crate::request::{self, RequestFacts};
use crate::state::State;

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
static IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Longest key.
const KEY_CHARS_MAX: usize = 255;
/// Largest answer that is kept; a session with 50 participants has 30 KiB.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Where tokens are handed out or taken.
const TOKENS: [&str; 4] = ["/api/auth/", "/api/ws/", "/api/webhooks/", "/api/admin/"];
/// Where links are handed out, which are as good as tokens.
const LINKS: &str = "/api/sessions/{id}/artifacts/{artifactId}/content-link";
/// Where files are uploaded.
const UPLOADS: &str = "/api/sessions/{id}/artifacts";
/// Headers that belong to an answer; all others belong to the request that it answers.
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// Claims the request's key, or repeats its answer.
pub(crate) async fn idempotency<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !applies(&request) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let facts = RequestFacts::of(&request);
    let (state, token) = match claim(&mut request).await {
        Ok(Claimed::Fresh(state, token)) => (state, token),
        Ok(Claimed::Replay(answer)) => return Ok(request.into_response(replay(answer))),
        Err(problem) => return Ok(request.into_response(request::answer(facts.as_deref(), &problem))),
    };
    // A task of its own: a client that goes away drops this future, but must not leave a key claimed for ever, nor a
    // change without its answer.
    let tasks = state.tasks.clone();
    let answer = async move {
        let response = under_key(next.call(request)).await?.map_into_boxed_body();
        Ok::<_, Error>(keep(&state, token, response).await)
    };
    // What it logs belongs to the request all the same.
    let run = tasks.spawn_local(answer.in_current_span());
    match run.await {
        Ok(result) => result,
        Err(failed) => Err(Problem::hidden(ErrorCode::Internal, failed).into()),
    }
}

/// The key of a request that goes without this layer, checked; `None` where it has none.
///
/// # Errors
/// `invalid-parameter` where it is malformed.
pub(crate) fn key_of(request: &HttpRequest, principal: &Principal) -> Result<Option<IdempotencyKey>, Problem> {
    if !request.headers().contains_key(&IDEMPOTENCY_KEY) {
        return Ok(None);
    }
    let (owner, path) = (KeyOwner::User(principal.user_id().clone()), request.uri().path().to_owned());
    Ok(Some(IdempotencyKey { owner, path, key: key(request.headers())? }))
}

/// Does something once for a key, whose body the caller has read by itself: an upload is known only once it has come as a
/// whole, and is too large to be gathered here. Only success is kept.
///
/// # Errors
/// `idempotency-key-reused`, `request-in-progress`, and what `act` refuses.
pub(crate) async fn answer_once(
    state: &State,
    key: Option<IdempotencyKey>,
    body_sha256: [u8; 32],
    act: impl Future<Output = Result<HttpResponse, Problem>> + 'static,
) -> Result<HttpResponse, Problem> {
    let token = match key {
        Some(key) => match state.services.claim_key(&key, body_sha256).await? {
            Claim::Fresh(token) => Some(token),
            Claim::Replay(answer) => return Ok(replay(answer)),
        },
        None => None,
    };
    let tasks = state.tasks.clone();
    let state = state.clone();
    let answer = async move {
        let answer = if token.is_some() { under_key(act).await } else { act.await };
        match (answer, token) {
            (Ok(response), Some(token)) => keep_answer(&state, token, response).await,
            (Err(problem), Some(token)) => {
                release(&state, token).await;
                Err(problem)
            }
            (answer, None) => answer,
        }
    };
    match tasks.spawn_local(answer.in_current_span()).await {
        Ok(answer) => answer,
        Err(failed) => Err(Problem::hidden(ErrorCode::Internal, failed)),
    }
}

/// Every POST below `/api/` but those that hand out or take tokens: what they answer is never stored; and uploads, which
/// see to it themselves.
fn applies(request: &ServiceRequest) -> bool {
    // By the route, not by how its path is spelled.
    request.method() == Method::POST
        && request.headers().contains_key(&IDEMPOTENCY_KEY)
        && request.match_pattern().is_some_and(|pattern| {
            let exempt = pattern == UPLOADS || pattern == LINKS || TOKENS.iter().any(|at| pattern.starts_with(at));
            pattern.starts_with("/api/") && !exempt
        })
}

enum Claimed {
    Fresh(State, ClaimedKey),
    Replay(StoredAnswer),
}

async fn claim(request: &mut ServiceRequest) -> Result<Claimed, Problem> {
    let state = request.app_data::<State>().cloned();
    let state = state.ok_or_else(|| Problem::hidden(ErrorCode::Internal, "no state"))?;
    let key = key(request.headers())?;
    let caller = principal::identify(request.request()).await?;
    let mut payload = request.take_payload();
    let bytes = body::read(request.headers(), &mut payload, &state.settings).await?;
    let body_sha256: [u8; 32] = Sha256::digest(&bytes).into();
    request.set_payload(Payload::from(bytes));
    let key = IdempotencyKey { owner: caller.key_owner(), path: request.uri().path().to_owned(), key };
    Ok(match state.services.claim_key(&key, body_sha256).await? {
        Claim::Fresh(token) => Claimed::Fresh(state, token),
        Claim::Replay(answer) => Claimed::Replay(answer),
    })
}

fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let mut values = headers.get_all(&IDEMPOTENCY_KEY);
    let text = values.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let well_formed =
        (1..=KEY_CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if well_formed && values.next().is_none() {
        return Ok(text.to_owned());
    }
    Err(Problem::parameter("Idempotency-Key", format!("must be 1 to {KEY_CHARS_MAX} printable ASCII characters, once")))
}

fn replay(answer: StoredAnswer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::with_body(status, BoxBody::new(answer.body));
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(IDEMPOTENT_REPLAYED.clone(), HeaderValue::from_static("true"));
    response
}

/// Stores the answer under its key, or gives the key back where the answer is not to be kept.
async fn keep(state: &State, token: ClaimedKey, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let (request, response) = response.into_parts();
    let response = keep_answer(state, token, response).await;
    let response = response.unwrap_or_else(|problem| request::answer(RequestFacts::of(&request).as_deref(), &problem));
    ServiceResponse::new(request, response)
}

async fn keep_answer(state: &State, token: ClaimedKey, response: HttpResponse) -> Result<HttpResponse, Problem> {
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        release(state, token).await;
        return Ok(response);
    }
    let (response, body) = response.into_parts();
    let Ok(Ok(bytes)) = to_bytes_limited(body, ANSWER_BYTES_MAX).await else {
        release(state, token).await;
        return Err(Problem::hidden(ErrorCode::Internal, "the answer is too large to be kept"));
    };
    let answer = StoredAnswer { status: status.as_u16(), headers: kept(response.headers()), body: bytes.to_vec() };
    if let Err(error) = state.services.complete_key(token, answer).await {
        // The change is made and its caller is told; only a repeat would not be recognised.
        tracing::warn!(error.cause = %error, "an answer could not be kept under its idempotency key");
    }
    Ok(response.set_body(BoxBody::new(bytes)))
}

async fn release(state: &State, token: ClaimedKey) {
    if let Err(error) = state.services.release_key(token).await {
        tracing::warn!(error.cause = %error, "an idempotency key could not be given back");
    }
}

fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |name: &HeaderName| Some((name.to_string(), headers.get(name)?.to_str().ok()?.to_owned()));
    KEPT_HEADERS.iter().filter_map(text).collect()
}
