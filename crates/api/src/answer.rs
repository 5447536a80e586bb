//! Answers that several handlers give.

use actix_web::HttpResponse;
use actix_web::http::header;
use mockly_domain::view::SessionView;

use crate::extract::precondition::etag;

/// A session with its version as `ETag`.
pub(crate) fn session(view: &SessionView) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::ETAG, etag(view.version))).json(view)
}

/// A session that was just made, and where it is.
pub(crate) fn created_session(view: &SessionView) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((header::ETAG, etag(view.version)))
        .insert_header((header::LOCATION, format!("/api/sessions/{}", view.id)))
        .json(view)
}
