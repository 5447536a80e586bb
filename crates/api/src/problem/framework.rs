//! Failures that the framework finds before any of our code runs.

use actix_cors::CorsError;
use actix_web::http::StatusCode;
use mockly_domain::ErrorCode;

use super::Problem;

/// The problem behind an error of the framework.
pub(crate) fn of_error(error: &actix_web::Error) -> Problem {
    let status = error.as_response_error().status_code();
    if status.is_server_error() {
        return Problem::hidden(ErrorCode::Internal, error.to_string());
    }
    of_status(status)
}

/// The problem behind a bare status.
pub(crate) fn of_status(status: StatusCode) -> Problem {
    let (code, detail) = match status.as_u16() {
        404 => (ErrorCode::NotFound, "There is nothing at this path; /api-docs/openapi.json lists what there is."),
        405 => (ErrorCode::MethodNotAllowed, "The header Allow lists the methods that this path knows."),
        406 => (ErrorCode::NotAcceptable, "This is answered as JSON; let Accept allow that."),
        408 => (ErrorCode::RequestTimeout, "The request did not arrive in time. Send it again."),
        413 => (ErrorCode::BodyTooLarge, "The body is larger than this server takes."),
        415 => (ErrorCode::UnsupportedMediaType, "Send the body as application/json."),
        429 => (ErrorCode::RateLimited, "Send requests less often."),
        503 => (ErrorCode::Unavailable, "Try again in a few seconds."),
        400..500 => (ErrorCode::InvalidParameter, "The request cannot be read. Check its path, query and headers."),
        _ => (ErrorCode::Internal, "The request could not be carried out."),
    };
    Problem::new(code, detail)
}

/// The problem behind a refused preflight.
pub(crate) fn of_cors(error: &CorsError) -> Problem {
    match error {
        CorsError::OriginNotAllowed => Problem::new(
            ErrorCode::OriginNotAllowed,
            "Pages of this origin may not call this server; ALLOWED_ORIGINS in its configuration lists those that may.",
        ),
        CorsError::MethodNotAllowed | CorsError::BadRequestMethod | CorsError::MissingRequestMethod => {
            Problem::parameter("Access-Control-Request-Method", "must name a method that this server knows")
        }
        CorsError::HeadersNotAllowed | CorsError::BadRequestHeaders => {
            Problem::parameter("Access-Control-Request-Headers", "names a header that pages may not send")
        }
        _ => Problem::parameter("Origin", "must be given"),
    }
}
