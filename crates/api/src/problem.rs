//! Problem documents (RFC 9457): what every refusal looks like on HTTP.

mod document;
mod framework;
mod service;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use mockly_domain::{ErrorCode, FieldError, SessionId, Timestamp};

use crate::rate_limit::whole_seconds;

pub use document::{ErrorCodeSchema, ProblemDocument};
pub(crate) use framework::{of_cors, of_error, of_status};

/// Media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";
/// How long to wait where nobody knows better.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(5);

/// A refusal on its way to become a problem document.
///
/// It carries what happened; the document's `instance` and `requestId` come from the request that it answers.
#[derive(Debug)]
pub struct Problem(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: ErrorCode,
    detail: String,
    fields: Vec<FieldError>,
    refused_join: bool,
    opens_at: Option<Timestamp>,
    closes_at: Option<Timestamp>,
    active_session_id: Option<SessionId>,
    retry_after: Option<Duration>,
    allow: Option<String>,
    content_range: Option<String>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Problem {
    /// A refusal with a sentence that says what to do.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            detail: detail.into(),
            fields: Vec::new(),
            refused_join: false,
            opens_at: None,
            closes_at: None,
            active_session_id: None,
            retry_after: None,
            allow: None,
            content_range: None,
            cause: None,
        }))
    }

    /// A failure of ours: the document says only that, the log gets the cause.
    pub fn hidden(code: ErrorCode, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut problem = Self::new(code, hidden_detail(code));
        problem.0.cause = Some(cause.into());
        problem
    }

    /// One wrong parameter: of the query, or a header.
    pub(crate) fn parameter(name: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::new(ErrorCode::InvalidParameter, format!("`{name}` {message}."))
            .fields(vec![FieldError::new(name, message)])
    }

    /// The fields that it names.
    #[cfg(test)]
    pub(crate) fn field_errors(&self) -> &[FieldError] {
        &self.0.fields
    }

    #[must_use]
    pub(crate) fn fields(mut self, fields: Vec<FieldError>) -> Self {
        self.0.fields = fields;
        self
    }

    #[must_use]
    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    #[must_use]
    pub(crate) fn allow(mut self, methods: String) -> Self {
        self.0.allow = Some(methods);
        self
    }

    #[must_use]
    pub(crate) fn content_range(mut self, range: String) -> Self {
        self.0.content_range = Some(range);
        self
    }

    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The finished answer to the request of a path and an id. Logs the cause of a failure of ours; to be called once
    /// for each problem.
    pub(crate) fn respond(&self, path: &str, request_id: &str) -> HttpResponse {
        self.log(request_id);
        let document = ProblemDocument::new(self, path, request_id);
        let mut response = HttpResponse::build(self.status());
        response.content_type(PROBLEM_JSON);
        if let Some(wait) = self.wait() {
            response.insert_header((header::RETRY_AFTER, whole_seconds(wait).max(1).to_string()));
        }
        if let Some(allow) = &self.0.allow {
            response.insert_header((header::ALLOW, allow.as_str()));
        }
        if let Some(range) = &self.0.content_range {
            response.insert_header((header::CONTENT_RANGE, range.as_str()));
        }
        if self.0.code.status() == 401 {
            response.insert_header((header::WWW_AUTHENTICATE, challenge(self.0.code)));
        }
        response.body(serde_json::to_vec(&document).unwrap_or_default())
    }

    /// What `Retry-After` says; every 429 and 503 has one.
    fn wait(&self) -> Option<Duration> {
        let always = matches!(self.0.code.status(), 429 | 503);
        self.0.retry_after.or_else(|| always.then_some(RETRY_AFTER_DEFAULT))
    }

    fn log(&self, request_id: &str) {
        let Some(cause) = &self.0.cause else { return };
        let mut text = cause.to_string();
        let mut source = cause.source();
        while let Some(next) = source {
            text.push_str(": ");
            text.push_str(&next.to_string());
            source = next.source();
        }
        if self.0.code == ErrorCode::Internal {
            tracing::error!(request.id = request_id, error.code = %self.0.code, error.cause = text, "request failed");
        } else {
            tracing::warn!(request.id = request_id, error.code = %self.0.code, error.cause = text, "request failed");
        }
    }
}

/// The challenge of a 401 (RFC 6750, 3): `error` only where a token was given.
fn challenge(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::InvalidToken | ErrorCode::TokenExpired | ErrorCode::WrongIssuer => {
            r#"Bearer realm="mockly", error="invalid_token""#
        }
        _ => r#"Bearer realm="mockly""#,
    }
}

/// What a failure of ours says instead of its cause.
fn hidden_detail(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::LivekitNotConfigured => "This server has no LiveKit key, so sessions have no audio or video here.",
        ErrorCode::LivekitUnavailable => "The media server does not answer. Try again in a few seconds.",
        ErrorCode::Unavailable => "Try again in a few seconds.",
        _ => "The request could not be carried out. Report the requestId to whoever runs this server.",
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.detail)
    }
}

impl StdError for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// A bare status that says nothing yet: the middleware `render` writes the document, which needs the request.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status())
    }
}
