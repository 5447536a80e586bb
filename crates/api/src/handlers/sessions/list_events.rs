use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, get};
use mockly_domain::view::SessionView;
use mockly_domain::{EventId, EventType, SessionEvent, Timestamp};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{Authenticated, FromQuery, QueryReader, SessionPath, ValidQuery, page};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, QUERY, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// From where on, and how many.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListEventsQuery {
    /// Only events with a greater `sequence`.
    #[param(minimum = 0, default = 0, value_type = Option<i64>)]
    after: i64,
    /// Most events to answer; `size` is the same.
    #[param(minimum = 1, maximum = 100, default = 20, value_type = Option<u32>)]
    limit: u32,
}

impl FromQuery for ListEventsQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self { after: query.number("after", 0, i64::MAX).unwrap_or(0), limit: page::size(query) }
    }
}

/// What the session's topic carries as a MESSAGE.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionEventResponse {
    /// What happened.
    #[serde(rename = "type")]
    event_type: EventType,
    /// The session as of then.
    data: SessionView,
    /// Tells a repeat.
    event_id: EventId,
    /// The place in the session, from 1, without gaps.
    sequence: i64,
    /// When it happened.
    occurred_at: Timestamp,
}

/// Events in their order, newest last.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionEventsResponse {
    /// The events.
    items: Vec<SessionEventResponse>,
    /// Whether there are more after the last one.
    has_more: bool,
}

problems!(Refusals: QUERY, SESSION, OWN_STATUS, AUTHED, ANY);

/// List a session's events
///
/// The same events, in the same order, that the topic `/topic/sessions/{id}` carries; kept for 7 days.
#[utoipa::path(
    tag = "sessions",
    params(SessionPath, ListEventsQuery),
    responses((status = 200, description = "Events, newest last", body = SessionEventsResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/events")]
pub(crate) async fn list_events(
    principal: Authenticated,
    path: SessionPath,
    ValidQuery(query): ValidQuery<ListEventsQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let rows = state.services.list_events(&principal, path.id, query.after, query.limit).await?;
    // The stored texts are joined as they are; reading them only to write them again would be most of the work.
    let items: Vec<String> = rows.items.iter().map(SessionEvent::body).collect();
    let body = format!(r#"{{"items":[{}],"hasMore":{}}}"#, items.join(","), rows.has_more);
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(body))
}
