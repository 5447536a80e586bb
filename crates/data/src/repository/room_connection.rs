//! Connections at the doors of rooms: who is present now, and when they were.

use mockly_domain::{ConnectionId, NodeId, ParticipantStatus, RoomId, SessionId, Timestamp, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::DataError;
use crate::convert::{micros, time, user_id};
use crate::entity::{participant, room_connection as connection};

/// One connection at a door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomConnectionRow {
    /// Its id.
    pub id: ConnectionId,
    /// The room.
    pub room_id: RoomId,
    /// Whose it is.
    pub user_id: UserId,
    /// The node it is on; `None` once it is closed.
    pub node_id: Option<NodeId>,
    /// The door's name.
    pub door: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Since when it counts as presence; `None` while its user waits.
    pub present_from: Option<Timestamp>,
    /// When it was closed; `None` while it is open.
    pub closed_at: Option<Timestamp>,
}

/// Users named in one statement; far below both databases' limits on parameters.
const USERS_PER_STATEMENT: usize = 500;

super::repository!(
    /// Connections at doors.
    RoomConnectionRepository
);

impl RoomConnectionRepository<'_> {
    /// Notes a connection.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert(&self, row: &RoomConnectionRow) -> Result<(), DataError> {
        connection::Entity::insert(connection::ActiveModel {
            id: Set(row.id.0),
            room_id: Set(row.room_id.0),
            user_id: Set(row.user_id.to_string()),
            node_id: Set(row.node_id.map(|node| node.0)),
            door: Set(row.door.clone()),
            opened_at: Set(row.opened_at.as_micros()),
            present_from: Set(micros(row.present_from)),
            closed_at: Set(micros(row.closed_at)),
        })
        .exec_without_returning(&self.db)
        .await?;
        Ok(())
    }

    /// One connection.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, id: ConnectionId) -> Result<Option<RoomConnectionRow>, DataError> {
        connection::Entity::find_by_id(id.0).one(&self.db).await?.map(to_row).transpose()
    }

    /// Closes a connection; `false` where it is unknown or closed already.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn close(&self, id: ConnectionId, at: Timestamp) -> Result<bool, DataError> {
        let closed = connection::Entity::update_many()
            .set(closed(at))
            .filter(connection::Column::Id.eq(id.0))
            .filter(connection::Column::ClosedAt.is_null())
            .exec(&self.db)
            .await?;
        Ok(closed.rows_affected == 1)
    }

    /// Closes every open connection of a room, or those of one user.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn close_many(&self, room_id: RoomId, user: Option<&UserId>, at: Timestamp) -> Result<(), DataError> {
        let mut open = connection::Entity::update_many()
            .set(closed(at))
            .filter(connection::Column::RoomId.eq(room_id.0))
            .filter(connection::Column::ClosedAt.is_null());
        if let Some(user) = user {
            open = open.filter(connection::Column::UserId.eq(user.as_str()));
        }
        open.exec(&self.db).await?;
        Ok(())
    }

    /// Has a user's open connections count as presence from now on.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn begin_presence(&self, room_id: RoomId, user: &UserId, at: Timestamp) -> Result<(), DataError> {
        connection::Entity::update_many()
            .col_expr(connection::Column::PresentFrom, Expr::value(at.as_micros()))
            .filter(connection::Column::RoomId.eq(room_id.0))
            .filter(connection::Column::UserId.eq(user.as_str()))
            .filter(connection::Column::ClosedAt.is_null())
            .filter(connection::Column::PresentFrom.is_null())
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// As [`RoomConnectionRepository::begin_presence`] for many users, with one statement for many.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn begin_presence_of_many(
        &self,
        room_id: RoomId,
        users: &[UserId],
        at: Timestamp,
    ) -> Result<(), DataError> {
        for chunk in users.chunks(USERS_PER_STATEMENT) {
            connection::Entity::update_many()
                .col_expr(connection::Column::PresentFrom, Expr::value(at.as_micros()))
                .filter(connection::Column::RoomId.eq(room_id.0))
                .filter(connection::Column::UserId.is_in(chunk.iter().map(UserId::as_str)))
                .filter(connection::Column::ClosedAt.is_null())
                .filter(connection::Column::PresentFrom.is_null())
                .exec(&self.db)
                .await?;
        }
        Ok(())
    }

    /// Whether a user has an open connection to a room.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn is_connected(&self, room_id: RoomId, user: &UserId) -> Result<bool, DataError> {
        let open = open_in(room_id).filter(connection::Column::UserId.eq(user.as_str()));
        Ok(open.one(&self.db).await?.is_some())
    }

    /// The users with an open connection to a room, whether they wait or are in.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn connected_users(&self, room_id: RoomId) -> Result<Vec<UserId>, DataError> {
        let ids: Vec<String> = open_in(room_id)
            .select_only()
            .column(connection::Column::UserId)
            .distinct()
            .into_tuple()
            .all(&self.db)
            .await?;
        ids.into_iter().map(user_id).collect()
    }

    /// Whether a participant who was not turned away is connected to a session's door.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn is_anybody_there(&self, session_id: SessionId) -> Result<bool, DataError> {
        let turned_away = [ParticipantStatus::Denied.as_str(), ParticipantStatus::Removed.as_str()];
        let taking_part = Query::select()
            .column(participant::Column::UserId)
            .from(participant::Entity)
            .and_where(participant::Column::SessionId.eq(session_id.0))
            .and_where(participant::Column::Status.is_not_in(turned_away))
            .to_owned();
        let there = open_in(RoomId(session_id.0)).filter(connection::Column::UserId.in_subquery(taking_part));
        Ok(there.one(&self.db).await?.is_some())
    }

    /// The open connections of a node, at most `limit`, after `after` in the order of ids.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_of_node(
        &self,
        node: NodeId,
        after: Option<ConnectionId>,
        limit: u64,
    ) -> Result<Vec<ConnectionId>, DataError> {
        let mut open = connection::Entity::find()
            .select_only()
            .column(connection::Column::Id)
            .filter(connection::Column::NodeId.eq(node.0))
            .filter(connection::Column::ClosedAt.is_null());
        if let Some(after) = after {
            open = open.filter(connection::Column::Id.gt(after.0));
        }
        let ids: Vec<sea_orm::prelude::Uuid> =
            open.order_by_asc(connection::Column::Id).limit(limit).into_tuple().all(&self.db).await?;
        Ok(ids.into_iter().map(ConnectionId).collect())
    }

    /// Every connection of a room that counted as presence, in the order of opening.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_present(&self, room_id: RoomId) -> Result<Vec<RoomConnectionRow>, DataError> {
        let rows = connection::Entity::find()
            .filter(connection::Column::RoomId.eq(room_id.0))
            .filter(connection::Column::PresentFrom.is_not_null())
            .order_by_asc(connection::Column::OpenedAt)
            .order_by_asc(connection::Column::Id)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_row).collect()
    }

    /// When a connection that counted as presence was last closed.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn last_closed(&self, room_id: RoomId) -> Result<Option<Timestamp>, DataError> {
        let last: Option<Option<i64>> = connection::Entity::find()
            .select_only()
            .column_as(connection::Column::ClosedAt.max(), "last")
            .filter(ExprTrait::and(
                connection::Column::RoomId.eq(room_id.0),
                connection::Column::PresentFrom.is_not_null(),
            ))
            .into_tuple()
            .one(&self.db)
            .await?;
        Ok(time(last.flatten()))
    }
}

fn open_in(room_id: RoomId) -> sea_orm::Select<connection::Entity> {
    connection::Entity::find()
        .filter(connection::Column::RoomId.eq(room_id.0))
        .filter(connection::Column::ClosedAt.is_null())
}

fn closed(at: Timestamp) -> connection::ActiveModel {
    connection::ActiveModel {
        closed_at: Set(Some(at.as_micros())),
        node_id: Set(None),
        ..connection::ActiveModel::default()
    }
}

fn to_row(row: connection::Model) -> Result<RoomConnectionRow, DataError> {
    Ok(RoomConnectionRow {
        id: ConnectionId(row.id),
        room_id: RoomId(row.room_id),
        user_id: user_id(row.user_id)?,
        node_id: row.node_id.map(NodeId),
        door: row.door,
        opened_at: Timestamp::from_micros(row.opened_at),
        present_from: time(row.present_from),
        closed_at: time(row.closed_at),
    })
}
