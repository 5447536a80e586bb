//! Who asks.

use std::ops::Deref;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use mockly_domain::ErrorCode;
use mockly_service::Principal;

use crate::problem::Problem;
use crate::request::RequestFacts;
use crate::state::State;

/// The verified caller. A handler that takes one answers nobody else.
#[derive(Clone)]
pub(crate) struct Authenticated(Rc<Principal>);

impl Deref for Authenticated {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.0
    }
}

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { authenticate(&request).await })
    }
}

/// Verifies the request's token once, and counts the request against the user's limit once.
pub(crate) async fn authenticate(request: &HttpRequest) -> Result<Authenticated, Problem> {
    let known = request.extensions().get::<Authenticated>().cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let state = request.app_data::<State>().ok_or_else(|| Problem::hidden(ErrorCode::Internal, "no state"))?;
    let token = bearer_token(request.headers())?;
    let principal = Authenticated(Rc::new(state.services.authenticate(token).await?));
    if let Some(facts) = RequestFacts::of(request) {
        facts.count(state.limits.api_per_user.check(principal.user_id()), "requests of one user")?;
    }
    request.extensions_mut().insert(principal.clone());
    Ok(principal)
}

/// The token of an `Authorization: Bearer` header (RFC 6750, 2.1), the only place that REST takes one from.
///
/// # Errors
/// `unauthenticated` where there is none.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Result<&str, Problem> {
    let refuse = || {
        Problem::new(
            ErrorCode::Unauthenticated,
            "Send an access token as `Authorization: Bearer <token>`; POST /api/auth/login gives one.",
        )
    };
    let mut values = headers.get_all(header::AUTHORIZATION);
    let value = values.next().and_then(|value| value.to_str().ok()).ok_or_else(refuse)?;
    if values.next().is_some() {
        return Err(Problem::new(ErrorCode::Unauthenticated, "Send one Authorization header, not several."));
    }
    let (scheme, token) = value.trim().split_once(' ').ok_or_else(refuse)?;
    let token = token.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() { Ok(token) } else { Err(refuse()) }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn only_a_bearer_token_counts() {
        for (value, expected) in [
            ("Bearer abc.def", Some("abc.def")),
            ("bearer  abc", Some("abc")),
            ("Basic abc", None),
            ("Bearer", None),
            ("Bearer ", None),
            ("abc", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
            assert_eq!(bearer_token(&headers).ok(), expected, "{value}");
        }
    }
}
