use actix_web::{HttpResponse, get};
use mockly_domain::SessionKind;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::extract::{Authenticated, FromQuery, PageQuery, QueryReader, ValidQuery};
use crate::handlers::sessions::{ListSessionsQuery, SessionListResponse};
use crate::openapi::problems::{ANY, AUTHED, QUERY, problems};
use crate::problem::Problem;
use crate::state::State;

/// Which bookings: as with sessions, but for the kind.
pub(crate) struct ListBookingsQuery(ListSessionsQuery);

impl FromQuery for ListBookingsQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self(ListSessionsQuery::from_query(query))
    }
}

impl IntoParams for ListBookingsQuery {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = ListSessionsQuery::into_params(parameter_in);
        params.retain(|param| !matches!(param.name.as_str(), "kind" | "classId"));
        params
    }
}

problems!(Refusals: QUERY, AUTHED, ANY);

/// List one's own bookings
///
/// The MENTORING sessions that the caller booked or is booked for; the same as sessions with `kind=MENTORING`.
#[utoipa::path(
    tag = "bookings",
    params(ListBookingsQuery, PageQuery),
    responses((status = 200, description = "A page of bookings", body = SessionListResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/bookings")]
pub(crate) async fn list_bookings(
    principal: Authenticated,
    ValidQuery(ListBookingsQuery(query)): ValidQuery<ListBookingsQuery>,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let mut wanted = query.wanted(page);
    wanted.kind = Some(SessionKind::Mentoring);
    let found = state.services.list_sessions(&principal, wanted).await?;
    Ok(HttpResponse::Ok().json(SessionListResponse::from(found)))
}
