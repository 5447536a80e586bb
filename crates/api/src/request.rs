//! What the edge finds out about a request once and everything below reads.

use std::cell::Cell;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::ops::Deref;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use mockly_domain::ErrorCode;

use crate::problem::Problem;
use crate::rate_limit::{Exceeded, Standing, whole_seconds};

/// Longest `X-Request-Id` that is taken over.
const REQUEST_ID_CHARS_MAX: usize = 64;

/// One request's id, client and standing; kept in its extensions.
#[derive(Debug)]
pub(crate) struct RequestFacts {
    /// What the log and every answer call the request.
    pub(crate) id: String,
    /// The path as it was sent, without its query.
    pub(crate) path: String,
    /// Who asks.
    pub(crate) client: IpAddr,
    standing: Cell<Option<Standing>>,
}

impl RequestFacts {
    pub(crate) fn new(id: String, path: String, client: IpAddr) -> Rc<Self> {
        Rc::new(Self { id, path, client, standing: Cell::new(None) })
    }

    /// The facts of a request that passed the edge.
    pub(crate) fn of(request: &impl HttpMessage) -> Option<Rc<Self>> {
        request.extensions().get::<Rc<Self>>().cloned()
    }

    /// Takes the outcome of a rate limit, and remembers the tightest for `RateLimit-*`.
    pub(crate) fn count(&self, outcome: Result<Option<Standing>, Exceeded>, what: &str) -> Result<(), Problem> {
        let (standing, exceeded) = match outcome {
            Ok(None) => return Ok(()),
            Ok(Some(standing)) => (standing, None),
            Err(exceeded) => (exceeded.standing, Some(exceeded)),
        };
        if self.standing.get().is_none_or(|known| standing.remaining <= known.remaining) {
            self.standing.set(Some(standing));
        }
        let Some(exceeded) = exceeded else { return Ok(()) };
        let wait_sec = whole_seconds(exceeded.retry_after);
        Err(Problem::new(ErrorCode::RateLimited, format!("Too many {what}; try again in {wait_sec} s."))
            .retry_after(exceeded.retry_after))
    }

    /// The tightest limit that the request met.
    pub(crate) fn standing(&self) -> Option<Standing> {
        self.standing.get()
    }
}

/// The facts, for a handler that counts something of its own.
pub(crate) struct Facts(Rc<RequestFacts>);

impl Deref for Facts {
    type Target = RequestFacts;

    fn deref(&self) -> &RequestFacts {
        &self.0
    }
}

impl FromRequest for Facts {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let facts = RequestFacts::of(request);
        ready(facts.map(Self).ok_or_else(|| Problem::hidden(ErrorCode::Internal, "the request passed no edge")))
    }
}

/// The finished answer that a problem is to a request; to be called once for each problem.
pub(crate) fn answer(facts: Option<&RequestFacts>, problem: &Problem) -> HttpResponse {
    let (path, id) = facts.map_or(("", ""), |facts| (facts.path.as_str(), facts.id.as_str()));
    problem.respond(path, id)
}

/// The caller's own request id, where it is one that can be logged and searched for.
pub(crate) fn given_request_id(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get("x-request-id")?.to_str().ok()?;
    let well_formed = (1..=REQUEST_ID_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    well_formed.then_some(text)
}
