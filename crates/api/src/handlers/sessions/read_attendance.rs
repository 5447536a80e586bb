use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get};
use mockly_domain::{ErrorCode, ParticipantRole, SessionId, Timestamp, UserId};
use mockly_service::AttendanceRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::csv;
use crate::extract::{Authenticated, SessionPath, accept};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// Who was there, when and how long.
#[derive(Serialize, ToSchema)]
pub(crate) struct AttendanceResponse {
    /// One row a participant.
    items: Vec<AttendanceItem>,
}

/// One participant's attendance, over all connections and reconnects.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttendanceItem {
    /// User.
    user_id: UserId,
    /// The user's name.
    user_display_name: String,
    /// Role in the session.
    role: ParticipantRole,
    /// When they first came.
    first_joined_at: Option<Timestamp>,
    /// When they last left; `null` while they are there.
    last_left_at: Option<Timestamp>,
    /// Seconds that they were there.
    total_sec: u64,
    /// Seconds from the planned start to their coming.
    late_sec: u64,
    /// Whether they never came.
    no_show: bool,
    /// When they were there.
    intervals: Vec<AttendanceInterval>,
}

/// A stretch of presence.
#[derive(Serialize, ToSchema)]
pub(crate) struct AttendanceInterval {
    /// From then.
    from: Timestamp,
    /// Until then.
    until: Timestamp,
}

impl From<AttendanceRow> for AttendanceItem {
    fn from(row: AttendanceRow) -> Self {
        Self {
            user_id: row.user_id,
            user_display_name: row.user_display_name,
            role: row.role,
            first_joined_at: row.first_joined_at,
            last_left_at: row.last_left_at,
            total_sec: row.total_sec,
            late_sec: row.late_sec,
            no_show: row.no_show,
            intervals: row.intervals.into_iter().map(|(from, until)| AttendanceInterval { from, until }).collect(),
        }
    }
}

problems!(Refusals: SESSION, OWN_STATUS, AUTHED, ANY, &[ErrorCode::Waiting]);

/// Read a session's attendance
///
/// As JSON, or with `Accept: text/csv` as a table.
#[utoipa::path(
    tag = "sessions",
    params(SessionPath),
    responses(
        (status = 200, description = "Who was there", content(
            (AttendanceResponse = "application/json"),
            (String = "text/csv")
        )),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/attendance")]
pub(crate) async fn read_attendance(
    principal: Authenticated,
    path: SessionPath,
    request: HttpRequest,
    state: State,
) -> Result<HttpResponse, Problem> {
    let rows = state.services.attendance(&principal, path.id).await?;
    let items: Vec<AttendanceItem> = rows.into_iter().map(AttendanceItem::from).collect();
    let wanted = accept::choose(request.headers(), &["application/json", "text/csv"]);
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept"));
    Ok(if wanted == Some("text/csv") {
        response
            .content_type("text/csv; charset=utf-8")
            .insert_header((header::CONTENT_DISPOSITION, file_name(path.id)))
            .body(table(&items))
    } else {
        response.json(AttendanceResponse { items })
    })
}

fn file_name(id: SessionId) -> String {
    format!("attachment; filename=\"attendance-{id}.csv\"")
}

fn table(items: &[AttendanceItem]) -> String {
    const HEAD: [&str; 9] = [
        "userId",
        "userDisplayName",
        "role",
        "firstJoinedAt",
        "lastLeftAt",
        "totalSec",
        "lateSec",
        "noShow",
        "intervals",
    ];
    let mut table = csv::line(HEAD);
    for item in items {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        let intervals: Vec<String> = item.intervals.iter().map(|one| format!("{}/{}", one.from, one.until)).collect();
        table.push_str(&csv::line([
            item.user_id.to_string(),
            item.user_display_name.clone(),
            item.role.to_string(),
            time(item.first_joined_at),
            time(item.last_left_at),
            item.total_sec.to_string(),
            item.late_sec.to_string(),
            item.no_show.to_string(),
            intervals.join(" "),
        ]));
    }
    table
}
