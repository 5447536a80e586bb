//! Reads a request's body within bounds of size and time.

use std::pin::Pin;

use actix_web::HttpMessage;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap};
use bytes::{Bytes, BytesMut};
use futures_core::Stream as _;
use mockly_domain::ErrorCode;

use crate::problem::Problem;
use crate::settings::HttpSettings;

/// Reads the whole body.
///
/// # Errors
/// `body-too-large` and `request-timeout` by the settings, `unsupported-media-type` for a compressed body (a small one
/// can unfold to any size, and no client of this API sends one), `malformed-body` where the transfer breaks off.
pub(crate) async fn read(
    headers: &HeaderMap,
    payload: &mut Payload,
    settings: &HttpSettings,
) -> Result<Bytes, Problem> {
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Problem::new(ErrorCode::UnsupportedMediaType, "Send the body without a Content-Encoding."));
    }
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|bytes| bytes > settings.body_bytes_max as u64) {
        return Err(too_large(settings.body_bytes_max));
    }
    tokio::time::timeout(settings.body_timeout, collect(payload, settings.body_bytes_max)).await.unwrap_or_else(
        |_elapsed| {
            let detail = format!("The body did not arrive within {} s.", settings.body_timeout.as_secs());
            Err(Problem::new(ErrorCode::RequestTimeout, detail))
        },
    )
}

async fn collect(payload: &mut Payload, bytes_max: usize) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = std::future::poll_fn(|context| Pin::new(&mut *payload).poll_next(context)).await {
        let chunk = chunk.map_err(|error| broken(&error, bytes_max))?;
        if body.len() + chunk.len() > bytes_max {
            return Err(too_large(bytes_max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn too_large(bytes_max: usize) -> Problem {
    Problem::new(ErrorCode::BodyTooLarge, format!("A body may have {bytes_max} bytes."))
}

fn broken(error: &PayloadError, bytes_max: usize) -> Problem {
    match error {
        PayloadError::Overflow => too_large(bytes_max),
        _ => Problem::new(ErrorCode::MalformedBody, "The body broke off before its end."),
    }
}

/// Checks the content type of a body that is there.
pub(crate) fn require_type(request: &impl HttpMessage, accepted: &[&str]) -> Result<(), Problem> {
    let refuse = || {
        let detail = format!("Send the body with `Content-Type: {}`.", accepted.join("` or `"));
        Problem::new(ErrorCode::UnsupportedMediaType, detail)
    };
    let given = request.mime_type().map_err(|_malformed| refuse())?.ok_or_else(refuse)?;
    let charset_fits = given.get_param("charset").is_none_or(|charset| charset == "utf-8");
    let type_fits = accepted.iter().any(|accepted| given.essence_str().eq_ignore_ascii_case(accepted));
    if type_fits && charset_fits { Ok(()) } else { Err(refuse()) }
}
