//! Reads a file from a form (RFC 7578) as it comes, at the same memory whatever its size.

use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Payload;
use futures_util::StreamExt as _;
use mockly_domain::{ArtifactType, ErrorCode, FieldError, SessionId, artifact};
use mockly_service::{NewArtifact, Principal, Received, Upload};
use tokio::time::{Instant, timeout_at};

use crate::problem::Problem;
use crate::state::State;

/// What an upload must bring within the settings' time.
const STEP_BYTES: usize = 64 * 1024;
/// Longest value of a field that is no file.
const TEXT_BYTES_MAX: usize = 1024;
/// Most fields of a form, the file included.
const FIELDS_MAX: usize = 16;
/// What a form has at most besides its file, so that the length of a body tells that of the file.
const REST_BYTES_MAX: u64 = 128 * 1024;

/// What a form had to say about its file.
#[derive(Default)]
struct Form {
    artifact_type: Option<ArtifactType>,
    sha256: Option<[u8; 32]>,
    file: Option<NamedFile>,
}

struct NamedFile {
    name: String,
    content_type: String,
    received: Received,
}

/// Reads the form.
///
/// # Errors
/// `unsupported-media-type` where the body is no form, `malformed-body` where it breaks off, `validation-failed` where
/// a field is missing or wrong, `request-timeout` where it stalls, and what [`mockly_service::Services::begin_upload`]
/// refuses.
pub(crate) async fn receive(
    request: &HttpRequest,
    payload: Payload,
    state: &State,
    principal: &Principal,
    session_id: SessionId,
) -> Result<(Received, NewArtifact), Problem> {
    let announced = announced(request.headers())?;
    // Before anything is read: who may not upload, or has no room, is told so at once.
    let upload = state.services.begin_upload(principal, session_id, announced).await?;
    let mut reader = Reader {
        multipart: Multipart::new(request.headers(), payload),
        upload: Some(upload),
        watch: Watch::new(state.settings.upload_stall_timeout),
    };
    reader.read().await?.complete()
}

/// The least that the file has, by the length of the body.
fn announced(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let refuse = |detail: &str| Err(Problem::new(ErrorCode::UnsupportedMediaType, detail));
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return refuse("Send the body without a Content-Encoding.");
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("multipart/form-data") {
        return refuse(
            "Send the file in a form, `Content-Type: multipart/form-data`, with the fields `type` and `file`.",
        );
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    Ok(length.map(|length| length.saturating_sub(REST_BYTES_MAX)))
}

struct Reader {
    multipart: Multipart,
    /// Until the file has come.
    upload: Option<Upload>,
    watch: Watch,
}

impl Reader {
    async fn read(&mut self) -> Result<Form, Problem> {
        let mut form = Form::default();
        for _ in 0..FIELDS_MAX {
            let Some(field) = self.watch.wait(self.multipart.next()).await? else { return Ok(form) };
            let mut field = field.map_err(|error| broken(&error))?;
            match field.name().unwrap_or_default() {
                "type" => form.artifact_type = Some(self.artifact_type(&mut field).await?),
                "sha256" => form.sha256 = Some(self.sha256(&mut field).await?),
                "file" => form.file = Some(self.file(&mut field).await?),
                _ => drop(self.text(&mut field).await?),
            }
        }
        Err(Problem::new(ErrorCode::MalformedBody, format!("A form may have {FIELDS_MAX} fields.")))
    }

    async fn artifact_type(&mut self, field: &mut Field) -> Result<ArtifactType, Problem> {
        self.text(field).await?.trim().parse().map_err(|error| wrong("type", format!("{error}")))
    }

    async fn sha256(&mut self, field: &mut Field) -> Result<[u8; 32], Problem> {
        let text = self.text(field).await?;
        unhex(text.trim()).ok_or_else(|| wrong("sha256", "must be 64 hexadecimal digits".to_owned()))
    }

    async fn file(&mut self, field: &mut Field) -> Result<NamedFile, Problem> {
        let mut upload = self.upload.take().ok_or_else(|| wrong("file", "must be there once".to_owned()))?;
        let given = field.content_disposition().and_then(|disposition| disposition.get_filename()).unwrap_or_default();
        let name = artifact::file_name(given).map_err(|message| wrong("file", message.to_owned()))?;
        let content_type = field.content_type().map(|given| given.essence_str().to_ascii_lowercase());
        while let Some(chunk) = self.watch.wait(field.next()).await? {
            let chunk = chunk.map_err(|error| broken(&error))?;
            self.watch.saw(chunk.len());
            self.watch.pause(upload.push(&chunk)).await?;
        }
        let received = self.watch.pause(upload.end()).await?;
        let content_type = content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        Ok(NamedFile { name, content_type, received })
    }

    async fn text(&mut self, field: &mut Field) -> Result<String, Problem> {
        let name = field.name().unwrap_or_default().to_owned();
        let mut text = Vec::new();
        while let Some(chunk) = self.watch.wait(field.next()).await? {
            text.extend_from_slice(&chunk.map_err(|error| broken(&error))?);
            if text.len() > TEXT_BYTES_MAX {
                return Err(wrong(&name, format!("may have {TEXT_BYTES_MAX} bytes; a file is sent as `file`")));
            }
        }
        String::from_utf8(text).map_err(|_malformed| wrong(&name, "must be UTF-8".to_owned()))
    }
}

impl Form {
    fn complete(self) -> Result<(Received, NewArtifact), Problem> {
        let missing = |name: &str| wrong(name, "is missing".to_owned());
        let file = self.file.ok_or_else(|| missing("file"))?;
        let artifact_type = self.artifact_type.ok_or_else(|| missing("type"))?;
        let NamedFile { name: file_name, content_type, received } = file;
        Ok((received, NewArtifact { artifact_type, file_name, content_type, sha256: self.sha256 }))
    }
}

/// Ends an upload that does not move on; one that does may take as long as it takes.
struct Watch {
    timeout: Duration,
    until: Instant,
    seen: usize,
}

impl Watch {
    fn new(timeout: Duration) -> Self {
        Self { timeout, until: Instant::now() + timeout, seen: 0 }
    }

    async fn wait<T>(&self, step: impl Future<Output = T>) -> Result<T, Problem> {
        timeout_at(self.until, step).await.map_err(|_late| {
            let detail = format!(
                "Less than {STEP_BYTES} bytes arrived within {} s, and nothing of the upload is kept. Start it again.",
                self.timeout.as_secs()
            );
            Problem::new(ErrorCode::RequestTimeout, detail)
        })
    }

    /// Runs what the sender cannot hurry; its time does not count.
    async fn pause<T>(&mut self, step: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let done = step.await;
        self.until += begun.elapsed();
        done
    }

    fn saw(&mut self, bytes: usize) {
        self.seen += bytes;
        if self.seen >= STEP_BYTES {
            (self.seen, self.until) = (0, Instant::now() + self.timeout);
        }
    }
}

fn wrong(field: &str, message: String) -> Problem {
    Problem::new(ErrorCode::ValidationFailed, format!("`{field}` {message}."))
        .fields(vec![FieldError::new(field, message)])
}

fn broken(error: &MultipartError) -> Problem {
    let detail = match error {
        MultipartError::Incomplete | MultipartError::Payload(PayloadError::Incomplete(_)) => {
            "The upload broke off before its end, and nothing of it is kept. Start it again."
        }
        MultipartError::ContentDispositionMissing | MultipartError::ContentDispositionNameMissing => {
            "Each part of the form needs a header `Content-Disposition: form-data` with a `name`."
        }
        MultipartError::BoundaryMissing | MultipartError::ContentTypeParse => {
            "The Content-Type needs the form's `boundary`."
        }
        _ => "The body is no form as RFC 7578 describes it, or it broke off.",
    };
    Problem::new(ErrorCode::MalformedBody, detail)
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> =
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    (digits.len() == 64).then(|| bytes.try_into().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A slow store is not the sender's fault.
    #[tokio::test(start_paused = true)]
    async fn only_the_time_of_the_sender_counts() {
        let sleep = |seconds| tokio::time::sleep(Duration::from_secs(seconds));
        let mut watch = Watch::new(Duration::from_secs(30));
        watch.wait(sleep(20)).await.unwrap();
        watch.pause(sleep(100)).await;
        watch.wait(sleep(9)).await.unwrap();
        assert!(watch.wait(sleep(9)).await.is_err());
    }

    #[test]
    fn a_digest_has_64_hexadecimal_digits() {
        assert_eq!(unhex(&"0f".repeat(32)), Some([15; 32]));
        assert_eq!(unhex(&"F0".repeat(32)), Some([240; 32]));
        for text in ["", "0f", &"0f".repeat(33), &"g0".repeat(32), &"ö".repeat(32)] {
            assert_eq!(unhex(text), None, "{text}");
        }
    }
}
