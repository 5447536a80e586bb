use std::str::FromStr as _;

use actix_web::{HttpResponse, get};
use mockly_domain::{User, UserId, UserRole};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::user_response;
use crate::extract::{Authenticated, FromQuery, PageQuery, QueryReader, ValidQuery};
use crate::openapi::problems::{ANY, AUTHED, QUERY, problems};
use crate::problem::Problem;
use crate::state::State;

/// Longest text to search for.
const QUERY_CHARS_MAX: usize = 120;

/// Which users.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListUsersQuery {
    /// Only those with this text in their name.
    #[param(max_length = 120)]
    query: Option<String>,
    /// Only those with this role.
    role: Option<UserRole>,
}

impl FromQuery for ListUsersQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self { query: query.text("query", QUERY_CHARS_MAX), role: query.read("role", UserRole::from_str) }
    }
}

/// What everyone may know of a user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserSummary {
    /// Id.
    id: UserId,
    /// Name.
    display_name: String,
    /// Picture, where known.
    avatar_url: Option<String>,
    /// What the user may do account-wide.
    roles: Vec<UserRole>,
}

impl From<User> for UserSummary {
    fn from(user: User) -> Self {
        Self {
            roles: user_response::roles(&user),
            id: user.id,
            display_name: user.display_name,
            avatar_url: user.avatar_url,
        }
    }
}

/// A page of users.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserListResponse {
    /// This page.
    items: Vec<UserSummary>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

problems!(Refusals: QUERY, AUTHED, ANY);

/// Find users
#[utoipa::path(
    tag = "users",
    params(ListUsersQuery, PageQuery),
    responses((status = 200, description = "A page of users", body = UserListResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/users")]
pub(crate) async fn list_users(
    principal: Authenticated,
    ValidQuery(query): ValidQuery<ListUsersQuery>,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let found = state.services.find_users(&principal, query.query.as_deref(), query.role, page.into()).await?;
    Ok(HttpResponse::Ok().json(UserListResponse {
        items: found.items.into_iter().map(UserSummary::from).collect(),
        total: found.total,
        page: found.page,
        size: found.size,
    }))
}
