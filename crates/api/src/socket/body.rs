//! Reads the bodies of those transports that go by plain HTTP.

use actix_web::web::Payload;
use bytes::Bytes;

use crate::settings::HttpSettings;

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It has more bytes than may be.
    TooLarge,
    /// It broke off before its end.
    Broken,
    /// It did not arrive in time.
    Late,
}

/// Reads a whole body of at most `bytes_max` within the time that every body has.
pub(crate) async fn read(payload: Payload, bytes_max: usize, settings: &HttpSettings) -> Result<Bytes, BodyError> {
    match tokio::time::timeout(settings.body_timeout, payload.to_bytes_limited(bytes_max)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_broken))) => Err(BodyError::Broken),
        Ok(Err(_too_large)) => Err(BodyError::TooLarge),
        Err(_elapsed) => Err(BodyError::Late),
    }
}
