use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder};
use mockly_domain::{ClassId, Timestamp, UserId};
use mockly_service::ClassDetails;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::precondition::etag;

/// A class.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClassResponse {
    /// Id.
    id: ClassId,
    /// The same id under the name that sessions have for it.
    class_id: ClassId,
    /// Name.
    name: String,
    /// Text below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Who teaches.
    teacher_id: UserId,
    /// Their name.
    teacher_name: String,
    /// How many are enrolled; invitations do not count.
    student_count: u64,
    /// Counts edits; the `ETag`.
    version: i64,
    /// When it was made.
    created_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
}

impl From<ClassDetails> for ClassResponse {
    fn from(ClassDetails { class, teacher_name, student_count }: ClassDetails) -> Self {
        Self {
            id: class.id,
            class_id: class.id,
            name: class.name,
            description: class.description,
            teacher_id: class.teacher_id,
            teacher_name,
            student_count,
            version: class.version,
            created_at: class.created_at,
            updated_at: class.updated_at,
        }
    }
}

impl ClassResponse {
    pub(super) fn version(&self) -> i64 {
        self.version
    }

    /// The class with its version as `ETag`.
    pub(super) fn answer(self) -> HttpResponse {
        self.write(HttpResponse::Ok())
    }

    /// A class that was just made, and where it is.
    pub(super) fn created(self) -> HttpResponse {
        let mut answer = HttpResponse::Created();
        answer.insert_header((header::LOCATION, format!("/api/classes/{}", self.id)));
        self.write(answer)
    }

    fn write(self, mut answer: HttpResponseBuilder) -> HttpResponse {
        answer.insert_header((header::ETAG, etag(self.version))).json(self)
    }
}
