use actix_web::{HttpResponse, get};
use mockly_domain::MessageId;
use mockly_domain::room::{ChatMessage, MessageType};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{Authenticated, FromQuery, QueryReader, SessionPath, ValidQuery, page};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, QUERY, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// From where back, of which type, and how many.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListMessagesQuery {
    /// Only messages before the one with this `messageId`; the newest where absent.
    #[param(value_type = Option<MessageId>)]
    before: Option<MessageId>,
    /// Only messages of this type.
    #[param(rename = "type", value_type = Option<MessageType>)]
    message_type: Option<MessageType>,
    /// Most messages to answer; `size` is the same.
    #[param(minimum = 1, maximum = 100, default = 20, value_type = Option<u32>)]
    limit: u32,
}

impl FromQuery for ListMessagesQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            before: query.read("before", str::parse),
            message_type: query.read("type", str::parse),
            limit: page::size(query),
        }
    }
}

/// Messages in their order, newest last.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChatMessagesResponse {
    /// The messages.
    items: Vec<ChatMessage>,
    /// Whether there are more before the first one.
    has_more: bool,
}

problems!(Refusals: QUERY, SESSION, OWN_STATUS, AUTHED, ANY);

/// List a session's chat
///
/// What was said at its doors, also after its end; messages that were taken back are left out.
#[utoipa::path(
    tag = "rooms",
    params(SessionPath, ListMessagesQuery),
    responses((status = 200, description = "Messages, newest last", body = ChatMessagesResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/messages")]
pub(crate) async fn list_messages(
    principal: Authenticated,
    path: SessionPath,
    ValidQuery(query): ValidQuery<ListMessagesQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let ListMessagesQuery { before, message_type, limit } = query;
    let rows = state.services.list_messages(&principal, path.id, before, message_type, limit).await?;
    Ok(HttpResponse::Ok().json(ChatMessagesResponse { items: rows.items, has_more: rows.has_more }))
}
