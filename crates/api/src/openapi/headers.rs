//! Request headers, as the document lists them. What they mean is read elsewhere: these types are never made.

use utoipa::IntoParams;

/// Every POST that is done once per key.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only describes the header")]
pub(crate) struct KeyHeader {
    /// Makes a repeat harmless: for 24 h the same key and body get the same answer, with `Idempotent-Replayed: true`.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255)]
    idempotency_key: Option<String>,
}

/// A change that must not undo another's.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only describes the header")]
pub(crate) struct IfMatchHeader {
    /// The `ETag` of what is changed, as it was read, or `*`. Where it has changed since: 412.
    #[param(rename = "If-Match", example = "\"3\"")]
    if_match: Option<String>,
}

/// A read that may be saved.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only describes the header")]
pub(crate) struct IfNoneMatchHeader {
    /// An `ETag` that is known already. Where edits and status have not changed since: 304.
    #[param(rename = "If-None-Match", example = "\"3\"")]
    if_none_match: Option<String>,
}

/// A read of bytes that may be saved.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only describes the header")]
pub(crate) struct IfNoneMatchContentHeader {
    /// An `ETag` whose bytes are there already: 304.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}

/// A read of some bytes.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only describes the headers")]
pub(crate) struct RangeHeaders {
    /// Which bytes: `bytes=0-99`, `bytes=100-` or `bytes=-100`.
    #[param(rename = "Range", example = "bytes=1048576-")]
    range: Option<String>,
    /// The `ETag` of the version that the range is of; all bytes are answered where it is another.
    #[param(rename = "If-Range")]
    if_range: Option<String>,
}
