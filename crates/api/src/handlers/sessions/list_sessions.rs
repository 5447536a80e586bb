use std::str::FromStr;

use actix_web::{HttpResponse, get};
use mockly_domain::view::SessionView;
use mockly_domain::{ClassId, SessionKind, SessionStatus, Timestamp};
use mockly_service::{ListSessions, Paged, SessionSort};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{Authenticated, FromQuery, PageQuery, QueryReader, ValidQuery};
use crate::openapi::problems::{ANY, AUTHED, QUERY, problems};
use crate::problem::Problem;
use crate::state::State;

/// Longest text to search for.
const Q_CHARS_MAX: usize = 200;

/// Which sessions, in what order.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct ListSessionsQuery {
    /// Only those in this status; `upcoming` (SCHEDULED), `live` (ACTIVE), `ended` and `cancelled` work too.
    #[param(inline, value_type = Option<StatusFilterSchema>)]
    status: Option<SessionStatus>,
    /// Only those of this kind.
    kind: Option<SessionKind>,
    /// Only those of this class.
    class_id: Option<ClassId>,
    /// Only those with this text in title or description.
    #[param(max_length = 200)]
    q: Option<String>,
    /// Only those planned to start at this time or later.
    from: Option<Timestamp>,
    /// Only those planned to start at this time or earlier.
    to: Option<Timestamp>,
    /// The order; the latest planned start first where left out. With `live`, running ones come first, then what is
    /// planned with the earliest first, then what is over with the latest first.
    #[param(inline, value_type = Option<SortSchema>)]
    sort: SessionSort,
}

/// Spellings of a status as a filter, in any case.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the parameter")]
pub(crate) enum StatusFilterSchema {
    Scheduled,
    Upcoming,
    Active,
    Live,
    Ended,
    Canceled,
    Cancelled,
}

/// Orders of a list of sessions.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the parameter")]
pub(crate) enum SortSchema {
    #[schema(rename = "scheduledAt")]
    ScheduledAt,
    #[schema(rename = "-scheduledAt")]
    ScheduledAtDesc,
    #[schema(rename = "live")]
    Live,
}

impl FromQuery for ListSessionsQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        let found = Self {
            status: query.read("status", parse_status),
            kind: query.read("kind", SessionKind::from_str),
            class_id: query.read("classId", ClassId::from_str),
            q: query.text("q", Q_CHARS_MAX),
            from: query.time("from"),
            to: query.time("to"),
            sort: query.read("sort", parse_sort).unwrap_or(SessionSort::ScheduledAtDesc),
        };
        if found.from.zip(found.to).is_some_and(|(from, to)| from > to) {
            query.fault("from", "must not be after `to`");
        }
        found
    }
}

impl ListSessionsQuery {
    /// The same for the use case.
    pub(crate) fn wanted(self, page: PageQuery) -> ListSessions {
        let Self { status, kind, class_id, q, from, to, sort } = self;
        ListSessions { status, kind, class_id, q, from, to, sort, page: page.into() }
    }
}

fn parse_status(text: &str) -> Result<SessionStatus, String> {
    match text.to_ascii_lowercase().as_str() {
        "upcoming" => Ok(SessionStatus::Scheduled),
        "live" => Ok(SessionStatus::Active),
        "cancelled" => Ok(SessionStatus::Canceled),
        _ => text.parse().map_err(|unknown| format!("has an {unknown}, upcoming, live, cancelled")),
    }
}

fn parse_sort(text: &str) -> Result<SessionSort, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "scheduledat" => Ok(SessionSort::ScheduledAt),
        "-scheduledat" => Ok(SessionSort::ScheduledAtDesc),
        "live" => Ok(SessionSort::Live),
        _ => Err("must be scheduledAt, -scheduledAt or live"),
    }
}

/// A page of sessions.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionListResponse {
    /// This page.
    sessions: Vec<SessionView>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

impl From<Paged<SessionView>> for SessionListResponse {
    fn from(found: Paged<SessionView>) -> Self {
        Self { sessions: found.items, total: found.total, page: found.page, size: found.size }
    }
}

problems!(Refusals: QUERY, AUTHED, ANY);

/// List one's own sessions
///
/// Those that the caller made, takes part in or is enrolled for.
#[utoipa::path(
    tag = "sessions",
    params(ListSessionsQuery, PageQuery),
    responses((status = 200, description = "A page of sessions", body = SessionListResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions")]
pub(crate) async fn list_sessions(
    principal: Authenticated,
    ValidQuery(query): ValidQuery<ListSessionsQuery>,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let found = state.services.list_sessions(&principal, query.wanted(page)).await?;
    Ok(HttpResponse::Ok().json(SessionListResponse::from(found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_many_spellings() {
        for (text, expected) in [
            ("UPCOMING", SessionStatus::Scheduled),
            ("live", SessionStatus::Active),
            ("Ended", SessionStatus::Ended),
            ("cancelled", SessionStatus::Canceled),
            ("CANCELED", SessionStatus::Canceled),
        ] {
            assert_eq!(parse_status(text), Ok(expected), "{text}");
        }
        assert!(parse_status("open").unwrap_err().contains("SCHEDULED, ACTIVE, ENDED, CANCELED, upcoming"));
    }
}
