//! How a file's bytes leave, so that no browser takes somebody's upload for a page of this server.

use actix_web::body::{BoxBody, MessageBody as _, SizedStream};
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_util::stream;
use mockly_domain::{Artifact, ErrorCode};
use mockly_service::{OpenArtifact, ServiceError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::extract::precondition;
use crate::extract::range::{Wanted, wanted};
use crate::problem::Problem;

/// A caller may keep it, but must ask each time whether it still may.
const CACHED: (HeaderName, &str) = (header::CACHE_CONTROL, "private, no-cache");
/// Who may have it, the token or the link says; a player may stand in a page of another site.
const FOR_ANY_PAGE: (&str, &str) = ("cross-origin-resource-policy", "cross-origin");

/// Bytes that are read at once: what one download takes of the memory.
const CHUNK_BYTES: usize = 128 * 1024;
/// Media types that browsers show and never run.
const HARMLESS: [&str; 9] = [
    "application/json",
    "application/ogg",
    "application/pdf",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/plain",
    "text/vtt",
];
/// What stands for itself in `filename*` (RFC 8187, 3.2.1).
const NAME_CHARACTERS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// All bytes of a file, those that the request asks for, or that the caller has them already.
///
/// # Errors
/// `range-not-satisfiable`, `invalid-parameter` for an `If-None-Match` of a wrong form.
pub(crate) async fn answer(request: &HttpRequest, file: OpenArtifact) -> Result<HttpResponse, Problem> {
    let artifact = &file.artifact;
    let etag = format!("\"{}\"", artifact.sha256);
    let size = u64::try_from(artifact.size_bytes).unwrap_or_default();
    if precondition::is_known_tag(request.headers(), &artifact.sha256)? {
        let mut response = HttpResponse::NotModified();
        return Ok(response
            .insert_header((header::ETAG, etag))
            .insert_header(CACHED)
            .insert_header(FOR_ANY_PAGE)
            .finish());
    }
    let (start, length, mut response) = match wanted(request.headers(), &etag, size) {
        Wanted::Whole => (0, size, HttpResponse::Ok()),
        Wanted::Part { start, length } => {
            let range = format!("bytes {start}-{}/{size}", start + length - 1);
            let mut response = HttpResponse::PartialContent();
            response.insert_header((header::CONTENT_RANGE, range));
            (start, length, response)
        }
        Wanted::Beyond => {
            let detail = format!("The file has {size} bytes, counted from 0.");
            let problem = Problem::new(ErrorCode::RangeNotSatisfiable, detail);
            return Err(problem.content_range(format!("bytes */{size}")));
        }
    };
    response.insert_header((header::ETAG, etag));
    describe(&mut response, artifact);
    Ok(response.body(body(file.seek(start).await?, length)))
}

/// Says what it is, and that it is to be saved and not shown.
fn describe(response: &mut HttpResponseBuilder, artifact: &Artifact) {
    response
        .content_type(shown_as(&artifact.content_type))
        .insert_header((header::CONTENT_DISPOSITION, disposition(&artifact.file_name)))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'"))
        .insert_header(FOR_ANY_PAGE)
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header(CACHED)
        // Ranges count the bytes as they are: the layer that compresses leaves alone what says that it is encoded, and
        // the outermost one takes the word away again.
        .insert_header((header::CONTENT_ENCODING, "identity"));
}

/// The bytes from where the file stands.
fn body(file: OpenArtifact, length: u64) -> BoxBody {
    let chunks = stream::try_unfold((file, length), |(file, left)| async move {
        if left == 0 {
            return Ok::<_, ServiceError>(None);
        }
        let bytes_max = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        let (file, bytes) = file.read(bytes_max).await?;
        if bytes.is_empty() {
            return Err(ServiceError::Internal("a file is shorter than its row says".to_owned()));
        }
        let left = left - bytes.len() as u64;
        Ok(Some((Bytes::from(bytes), (file, left))))
    });
    SizedStream::new(length, Box::pin(chunks)).boxed()
}

fn shown_as(content_type: &str) -> &str {
    let harmless =
        content_type.starts_with("audio/") || content_type.starts_with("video/") || HARMLESS.contains(&content_type);
    if harmless { content_type } else { "application/octet-stream" }
}

/// The name in both of its forms (RFC 6266, 4.3): one for everybody, and one that old programs read.
fn disposition(file_name: &str) -> String {
    let plain = |character: char| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' | ' ' => character,
        _ => '_',
    };
    let ascii: String = file_name.chars().map(plain).collect();
    let encoded = utf8_percent_encode(file_name, NAME_CHARACTERS);
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_as_a_page() {
        for (given, expected) in [
            ("text/html", "application/octet-stream"),
            ("image/svg+xml", "application/octet-stream"),
            ("application/xhtml+xml", "application/octet-stream"),
            ("text/javascript", "application/octet-stream"),
            ("audio/ogg", "audio/ogg"),
            ("text/plain", "text/plain"),
        ] {
            assert_eq!(shown_as(given), expected, "{given}");
        }
    }

    #[test]
    fn a_name_has_a_form_for_everybody() {
        assert_eq!(disposition("a b.ogg"), "attachment; filename=\"a b.ogg\"; filename*=UTF-8''a%20b.ogg");
        assert_eq!(
            disposition("Gespräch \"1\".wav"),
            "attachment; filename=\"Gespr_ch _1_.wav\"; filename*=UTF-8''Gespr%C3%A4ch%20%221%22.wav"
        );
    }
}
