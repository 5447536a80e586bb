//! Who asks: a user by a token, or a service by its key, which may speak for a user.

use std::ops::Deref;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use mockly_domain::{ArtifactId, ErrorCode, ServiceKey, ServiceKeyId, UserId};
use mockly_service::{KeyOwner, Principal, Requester};
use percent_encoding::percent_decode_str;

use crate::problem::Problem;
use crate::request::RequestFacts;
use crate::state::State;

/// A service's key, only ever in this header.
static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The user for whom a service speaks, percent-encoded.
static X_ACT_AS: HeaderName = HeaderName::from_static("x-act-as");

/// Who is counted: a service with the user for whom it speaks, or a user.
pub(crate) type RateKey<'a> = (Option<ServiceKeyId>, Option<&'a UserId>);

/// The verified caller. A handler that takes one answers nobody else.
#[derive(Clone)]
pub(crate) enum Identified {
    /// A user, by a token of their own.
    Token(Rc<Principal>),
    /// A service, for itself or for a user.
    Key { key: Rc<ServiceKey>, acting_for: Option<Rc<Principal>> },
}

impl Identified {
    /// Who asks, where services may ask for themselves.
    pub(crate) fn requester(&self) -> Requester<'_> {
        match self {
            Self::Token(principal) => Requester::User(principal),
            Self::Key { key, .. } => Requester::Service(key),
        }
    }

    /// Whose the request's `Idempotency-Key` is.
    pub(crate) fn key_owner(&self) -> KeyOwner {
        match self {
            Self::Key { key, acting_for: None } => KeyOwner::Service(key.id),
            Self::Token(user) | Self::Key { acting_for: Some(user), .. } => KeyOwner::User(user.user_id().clone()),
        }
    }

    fn principal(&self) -> Option<&Rc<Principal>> {
        match self {
            Self::Token(principal) => Some(principal),
            Self::Key { acting_for, .. } => acting_for.as_ref(),
        }
    }

    fn key_id(&self) -> Option<ServiceKeyId> {
        match self {
            Self::Token(_) => None,
            Self::Key { key, .. } => Some(key.id),
        }
    }

    fn rate_key(&self) -> RateKey<'_> {
        (self.key_id(), self.principal().map(|principal| principal.user_id()))
    }
}

/// The user who asks, or for whom a service does. A handler that takes one answers nobody else.
#[derive(Clone)]
pub(crate) struct Authenticated {
    principal: Rc<Principal>,
    key: Option<ServiceKeyId>,
}

impl Authenticated {
    /// Under what the caller is counted.
    pub(crate) fn rate_key(&self) -> RateKey<'_> {
        (self.key, Some(self.principal.user_id()))
    }

    /// The user for whom the link of an address of a file's bytes stands, who counts as one by a token does.
    pub(crate) async fn by_link(
        request: &HttpRequest,
        state: &State,
        file: ArtifactId,
        link: &str,
    ) -> Result<Self, Problem> {
        if request.headers().contains_key(header::AUTHORIZATION) || request.headers().contains_key(&X_API_KEY) {
            let detail = "Send a `link`, or a token or key without one: it must be clear who asks.";
            return Err(Problem::new(ErrorCode::Unauthenticated, detail));
        }
        let principal = Rc::new(state.services.redeem_link(file, link).await?);
        count(request, state, (None, Some(principal.user_id())))?;
        Ok(Self { principal, key: None })
    }
}

impl Deref for Authenticated {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

/// A user who asks by a token of their own: what no key reaches, whoever it speaks for.
pub(crate) struct OwnToken(Rc<Principal>);

impl Deref for OwnToken {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.0
    }
}

impl FromRequest for Identified {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { identify(&request).await })
    }
}

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let caller = identify(&request).await?;
            let principal = caller.principal().cloned().ok_or_else(|| {
                let detail = "This needs a user: send X-Act-As with the user's id, and a key of the scope ACT_AS.";
                Problem::new(ErrorCode::ServiceKeyScope, detail)
            })?;
            Ok(Self { principal, key: caller.key_id() })
        })
    }
}

impl FromRequest for OwnToken {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            refuse_keys(request.headers())?;
            match identify(&request).await? {
                Identified::Token(principal) => Ok(Self(principal)),
                Identified::Key { .. } => Err(out_of_reach()),
            }
        })
    }
}

/// Refuses a request that comes with a service key where none reaches.
pub(crate) fn refuse_keys(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(&X_API_KEY) || headers.contains_key(&X_ACT_AS) { Err(out_of_reach()) } else { Ok(()) }
}

fn out_of_reach() -> Problem {
    let detail = "Service keys do not sign in, buy tickets or administer; send a user's own bearer token alone.";
    Problem::new(ErrorCode::ServiceKeyScope, detail)
}

/// Verifies the request's token or key once, and counts the request against the caller's limit once.
pub(crate) async fn identify(request: &HttpRequest) -> Result<Identified, Problem> {
    let known = request.extensions().get::<Identified>().cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let state = request.app_data::<State>().ok_or_else(|| Problem::hidden(ErrorCode::Internal, "no state"))?;
    let caller = if request.headers().contains_key(&X_API_KEY) {
        by_key(request.headers(), state).await?
    } else {
        if request.headers().contains_key(&X_ACT_AS) {
            let detail = "X-Act-As goes with an X-API-Key of the scope ACT_AS; a token speaks for its own user alone.";
            return Err(Problem::new(ErrorCode::ServiceKeyScope, detail));
        }
        Identified::Token(Rc::new(state.services.authenticate(bearer_token(request.headers())?).await?))
    };
    count(request, state, caller.rate_key())?;
    request.extensions_mut().insert(caller.clone());
    Ok(caller)
}

fn count(request: &HttpRequest, state: &State, caller: RateKey<'_>) -> Result<(), Problem> {
    let Some(facts) = RequestFacts::of(request) else { return Ok(()) };
    facts.count(state.limits.api_per_user.check(caller), "requests of one caller")
}

/// The service whose key this is, and the user for whom it speaks.
async fn by_key(headers: &HeaderMap, state: &State) -> Result<Identified, Problem> {
    if headers.contains_key(header::AUTHORIZATION) {
        let detail = "Send a bearer token or an X-API-Key, not both: it must be clear who asks.";
        return Err(Problem::new(ErrorCode::Unauthenticated, detail));
    }
    let key = only(headers, &X_API_KEY).ok_or_else(|| {
        Problem::new(ErrorCode::InvalidServiceKey, "Send one X-API-Key header, as the key was shown when it was made.")
    })?;
    let key = state.services.authenticate_service(key).await?;
    let acting_for = match acted_for(headers)? {
        Some(user) => Some(Rc::new(state.services.act_for(&key, &user).await?)),
        None => None,
    };
    Ok(Identified::Key { key: Rc::new(key), acting_for })
}

/// The user whom `X-Act-As` names.
fn acted_for(headers: &HeaderMap) -> Result<Option<UserId>, Problem> {
    if !headers.contains_key(&X_ACT_AS) {
        return Ok(None);
    }
    let text = only(headers, &X_ACT_AS).and_then(|text| percent_decode_str(text).decode_utf8().ok());
    let user = text.and_then(|text| UserId::new(text).ok());
    user.map(Some).ok_or_else(|| Problem::parameter("X-Act-As", "must be the id of one user, percent-encoded"))
}

/// The value of a header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value.trim())
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
