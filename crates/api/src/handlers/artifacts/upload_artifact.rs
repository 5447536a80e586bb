use actix_web::http::header;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, post};
use mockly_domain::view::ArtifactView;
use mockly_domain::{ArtifactType, ErrorCode};
use mockly_service::{NewArtifact, Received};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::extract::{Authenticated, SessionPath, upload};
use crate::middleware::idempotency;
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, BODY, KEYED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// A file and what it is. The fields come in any order; unknown ones are ignored.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the form, which is read as it comes")]
pub(crate) struct UploadArtifactForm {
    /// What it is.
    #[schema(rename = "type")]
    r#type: ArtifactType,
    /// The bytes. The part's `filename` is kept as the name that is shown, its `Content-Type` as the media type
    /// (`application/octet-stream` where there is none).
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// The SHA-256 that the bytes must have, as 64 hexadecimal digits.
    #[schema(min_length = 64, max_length = 64)]
    sha256: Option<String>,
}

problems!(Refusals: KEYED, BODY, SESSION, OWN_STATUS, AUTHED, ANY, &[
    ErrorCode::Waiting,
    ErrorCode::Forbidden,
    ErrorCode::DigestMismatch,
    ErrorCode::QuotaExceeded,
    ErrorCode::InsufficientStorage,
]);

/// Upload a file
///
/// For whoever takes part. The file is there once it is answered with 201, and everyone in the session is told by
/// `SESSION_UPDATED`; of an upload that breaks off or is refused nothing is kept. It may take as long as it takes while it
/// moves on. Audio of one speaker is `AUDIO_LEFT` or `AUDIO_RIGHT`.
///
/// Under an `Idempotency-Key` a repeat of the same file has the same answer; it is told by its SHA-256, name and type.
/// At most 4 uploads of one user are under way at once (429).
#[utoipa::path(
    tag = "artifacts",
    params(SessionPath, KeyHeader),
    request_body(content = UploadArtifactForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The file", body = ArtifactView, headers(
            ("Location" = String, description = "Where it is.")
        ), example = json!({
            "id": "0197c1a0-7e5f-7000-8000-000000000003",
            "sessionId": "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
            "type": "AUDIO_MIXED",
            "storageUrl": "https://meet.example.org/api/sessions/0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f/artifacts/\
                           0197c1a0-7e5f-7000-8000-000000000003/content",
            "fileName": "interview.ogg",
            "contentType": "audio/ogg",
            "sizeBytes": 31_457_280,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "uploadedBy": "0197c19f-1111-7000-8000-000000000001",
            "createdAt": "2026-01-15T11:02:00Z"
        })),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/sessions/{id}/artifacts")]
pub(crate) async fn upload_artifact(
    principal: Authenticated,
    path: SessionPath,
    request: HttpRequest,
    payload: Payload,
    state: State,
) -> Result<HttpResponse, Problem> {
    let key = idempotency::key_of(&request, &principal)?;
    let (received, new) = upload::receive(&request, payload, &state, &principal, path.id).await?;
    let fingerprint = fingerprint(&received, &new);
    let services = state.services.clone();
    let store = Box::pin(async move {
        let file = services.store_artifact(&principal, received, new).await?;
        let place = format!("/api/sessions/{}/artifacts/{}", file.session_id, file.id);
        Ok(HttpResponse::Created().insert_header((header::LOCATION, place)).json(file))
    });
    idempotency::answer_once(&state, key, fingerprint, store).await
}

/// What makes two uploads the same: forms draw a new boundary each time, so their bodies do not tell.
fn fingerprint(received: &Received, new: &NewArtifact) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(received.sha256());
    for part in [new.artifact_type.as_str(), &new.content_type, &new.file_name] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}
