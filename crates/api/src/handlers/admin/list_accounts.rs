use std::str::FromStr as _;

use actix_web::{HttpResponse, get};
use mockly_domain::{ErrorCode, Timestamp, User, UserId, UserRole, UserSource};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{FromQuery, OwnToken, PageQuery, QueryReader, ValidQuery};
use crate::handlers::users::roles;
use crate::openapi::problems::{ANY, QUERY, TOKEN, problems};
use crate::problem::Problem;
use crate::state::State;

/// Longest text to search for.
const QUERY_CHARS_MAX: usize = 254;

/// Which users.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAccountsQuery {
    /// Only those with this text in their name or e-mail address.
    #[param(max_length = 254)]
    query: Option<String>,
    /// Only those with this role.
    role: Option<UserRole>,
}

impl FromQuery for ListAccountsQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self { query: query.text("query", QUERY_CHARS_MAX), role: query.read("role", UserRole::from_str) }
    }
}

/// What admins know of a user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountResponse {
    /// Id.
    id: UserId,
    /// Name.
    display_name: String,
    /// E-mail address, where known.
    email: Option<String>,
    /// Whether the user's issuer says that the address is theirs.
    email_verified: bool,
    /// Picture, where known.
    avatar_url: Option<String>,
    /// What the user may do account-wide.
    roles: Vec<UserRole>,
    /// Whose tokens speak for the id; `null` until the first one does.
    source: Option<UserSource>,
    /// Since when the user is known.
    created_at: Timestamp,
    /// When the profile last changed.
    updated_at: Timestamp,
}

impl From<User> for AccountResponse {
    fn from(user: User) -> Self {
        Self {
            roles: roles(&user),
            id: user.id,
            display_name: user.display_name,
            email: user.email,
            email_verified: user.email_verified,
            avatar_url: user.avatar_url,
            source: user.source,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// A page of users, with what only admins see.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountListResponse {
    /// This page.
    items: Vec<AccountResponse>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

problems!(Refusals: QUERY, TOKEN, ANY, &[ErrorCode::Forbidden]);

/// Find users with their addresses
///
/// For admins. By name; everyone else finds people by `GET /api/users`, which shows no address.
#[utoipa::path(
    tag = "admin",
    params(ListAccountsQuery, PageQuery),
    responses((status = 200, description = "A page of users", body = AccountListResponse), Refusals),
    security(("bearer" = []))
)]
#[get("/api/admin/users")]
pub(crate) async fn list_accounts(
    principal: OwnToken,
    ValidQuery(query): ValidQuery<ListAccountsQuery>,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let found = state.services.list_accounts(&principal, query.query.as_deref(), query.role, page.into()).await?;
    Ok(HttpResponse::Ok().json(AccountListResponse {
        items: found.items.into_iter().map(AccountResponse::from).collect(),
        total: found.total,
        page: found.page,
        size: found.size,
    }))
}
