//! What a socket authenticates with, wherever it stands: the protocol's own place first, then the upgrade request's
//! `Authorization` header, then the URL's `token` or `ticket`, which only sockets may use.

use std::fmt;

use actix_web::http::header;
use actix_web::{HttpRequest, web};
use mockly_service::{Principal, ServiceError, Services};
use mockly_stomp::Credentials;

/// A token or ticket. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    /// An access token.
    Token(String),
    /// A ticket that was bought with one, good for one use.
    Ticket(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token(…)",
            Self::Ticket(_) => "Ticket(…)",
        })
    }
}

#[derive(serde::Deserialize)]
struct Query {
    token: Option<String>,
    ticket: Option<String>,
}

impl Credential {
    /// The one that the upgrade request carries.
    pub(crate) fn of_request(request: &HttpRequest) -> Option<Self> {
        let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        Self::of_parts(header, request.query_string())
    }

    /// The one of an upgrade request with this `Authorization` header and this query.
    pub(crate) fn of_parts(authorization: Option<&str>, query: &str) -> Option<Self> {
        if let Some(token) = authorization.and_then(bearer) {
            return Some(Self::Token(token.to_owned()));
        }
        let Query { token, ticket } = web::Query::<Query>::from_query(query).ok()?.into_inner();
        let token = token.filter(|token| !token.is_empty()).map(Self::Token);
        token.or_else(|| ticket.filter(|ticket| !ticket.is_empty()).map(Self::Ticket))
    }

    /// The one of a CONNECT frame: `Authorization: Bearer`, `token` or `passcode`.
    pub(crate) fn of_connect(credentials: Credentials) -> Option<Self> {
        let Credentials { authorization, token, passcode, login: _ } = credentials;
        let bearer = authorization.as_deref().and_then(bearer).map(str::to_owned);
        bearer.or(token).or(passcode).filter(|token| !token.is_empty()).map(Self::Token)
    }

    /// Who it speaks for.
    ///
    /// # Errors
    /// As [`Services::authenticate`] and [`Services::redeem_ticket`].
    pub(crate) async fn verify(self, services: &Services) -> Result<Principal, ServiceError> {
        match self {
            Self::Token(token) => services.authenticate(&token).await,
            Self::Ticket(ticket) => services.redeem_ticket(&ticket).await,
        }
    }
}

/// The token of an `Authorization: Bearer` value (RFC 6750, section 2.1).
pub(crate) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn token(text: &str) -> Credential {
        Credential::Token(text.to_owned())
    }

    #[test]
    fn the_header_of_the_request_goes_before_its_url() {
        let of = |uri: &str, header: Option<&str>| {
            let request = TestRequest::with_uri(uri);
            let request = match header {
                Some(value) => request.insert_header((header::AUTHORIZATION, value)),
                None => request,
            };
            Credential::of_request(&request.to_http_request())
        };
        assert_eq!(of("/ws?token=url", Some("Bearer head")), Some(token("head")));
        assert_eq!(of("/ws?token=a%2Bb", Some("Basic x")), Some(token("a+b")));
        assert_eq!(of("/ws?ticket=t", None), Some(Credential::Ticket("t".to_owned())));
        assert_eq!(of("/ws?token=&ticket=t", None), Some(Credential::Ticket("t".to_owned())));
        assert_eq!(of("/ws", None), None);
    }

    #[test]
    fn every_place_of_a_connect_frame_is_looked_at() {
        let of = |authorization: Option<&str>, token: Option<&str>, passcode: Option<&str>| {
            let own = |text: Option<&str>| text.map(str::to_owned);
            Credential::of_connect(Credentials {
                login: None,
                passcode: own(passcode),
                token: own(token),
                authorization: own(authorization),
            })
        };
        assert_eq!(of(Some("bearer a"), Some("b"), Some("c")), Some(token("a")));
        assert_eq!(of(Some("Basic a"), Some("b"), Some("c")), Some(token("b")));
        assert_eq!(of(None, None, Some("c")), Some(token("c")));
        assert_eq!(of(None, None, Some("")), None);
        assert_eq!(format!("{:?}", token("secret")), "Token(…)");
    }
}
