use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::notification_response::NotificationResponse;
use crate::extract::{Authenticated, FromQuery, PageQuery, QueryReader, ValidQuery};
use crate::openapi::problems::{ANY, AUTHED, QUERY, problems};
use crate::problem::Problem;
use crate::state::State;

/// Which notifications.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListNotificationsQuery {
    /// `true` for those alone that were not read.
    unread: Option<bool>,
}

impl FromQuery for ListNotificationsQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        let read = |text: &str| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("must be true or false"),
        };
        Self { unread: query.read("unread", read) }
    }
}

/// A page of notifications.
#[derive(Serialize, ToSchema)]
pub(crate) struct NotificationListResponse {
    /// This page, newest first.
    items: Vec<NotificationResponse>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

problems!(Refusals: QUERY, AUTHED, ANY);

/// List one's own notifications
///
/// Newest first, of the last 90 days. `?unread=true&size=1` answers with the number on a bell as `total`.
#[utoipa::path(
    tag = "notifications",
    params(ListNotificationsQuery, PageQuery),
    responses((status = 200, description = "A page of notifications", body = NotificationListResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/notifications")]
pub(crate) async fn list_notifications(
    principal: Authenticated,
    ValidQuery(query): ValidQuery<ListNotificationsQuery>,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let unread_only = query.unread.unwrap_or(false);
    let found = state.services.list_notifications(&principal, unread_only, page.into()).await?;
    Ok(HttpResponse::Ok().json(NotificationListResponse {
        items: found.items.into_iter().map(NotificationResponse::from).collect(),
        total: found.total,
        page: found.page,
        size: found.size,
    }))
}
