use actix_web::http::header;
use actix_web::{HttpResponse, get};

use crate::extract::{Authenticated, SessionPath};
use crate::openapi::problems::{ANY, AUTHED, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: SESSION, AUTHED, ANY);

/// Read a session as a calendar file
///
/// iCalendar (RFC 5545) with one event: in the session's time zone with its switches, under one id for good, with a
/// `SEQUENCE` that rises with every edit, `STATUS:CANCELLED` once it is canceled, and the meeting page as `URL`.
#[utoipa::path(
    tag = "sessions",
    params(SessionPath),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/calendar", example = "\
BEGIN:VCALENDAR\r\n\
VERSION:2.0\r\n\
METHOD:PUBLISH\r\n\
BEGIN:VEVENT\r\n\
UID:0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f\r\n\
SEQUENCE:0\r\n\
STATUS:CONFIRMED\r\n\
DTSTART:20260115T100000Z\r\n\
DTEND:20260115T110000Z\r\n\
SUMMARY:System design\r\n\
END:VEVENT\r\n\
END:VCALENDAR\r\n"),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/calendar.ics")]
pub(crate) async fn read_calendar(
    principal: Authenticated,
    path: SessionPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    let calendar = state.services.session_calendar(&principal, path.id).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8; method=PUBLISH")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"session-{}.ics\"", path.id)))
        .body(calendar))
}
