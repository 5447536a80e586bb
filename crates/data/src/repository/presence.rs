//! Nodes, and which users are connected to which of them on behalf of which session.

use mockly_domain::{NodeId, ParticipantStatus, SessionId, Timestamp, UserId};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::DataError;
use crate::convert::time;
use crate::entity::{node, node_user, participant, session_presence as presence};

/// A node that gives signs of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeRow {
    /// Id of this run of the process.
    pub id: NodeId,
    /// When it started.
    pub started_at: Timestamp,
    /// When it was last heard of.
    pub seen_at: Timestamp,
}

/// Users named in one statement; far below both databases' limits on parameters.
const USERS_PER_STATEMENT: usize = 500;

super::repository!(
    /// Nodes and who is connected to them.
    PresenceRepository
);

impl PresenceRepository<'_> {
    /// Notes that a node lives; `false` where it was not known, be it new or taken out for its silence.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn beat(&self, id: NodeId, now: Timestamp) -> Result<bool, DataError> {
        let seen = node::ActiveModel { seen_at: Set(now.as_micros()), ..node::ActiveModel::default() };
        let known = node::Entity::update_many().set(seen).filter(node::Column::Id.eq(id.0)).exec(&self.db).await?;
        if known.rows_affected == 1 {
            return Ok(true);
        }
        let row = node::ActiveModel {
            id: Set(id.0),
            started_at: Set(now.as_micros()),
            seen_at: Set(now.as_micros()),
            sockets: Set(None),
        };
        node::Entity::insert(row).exec_without_returning(&self.db).await?;
        Ok(false)
    }

    /// Every node but one.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_other_nodes(&self, id: NodeId) -> Result<Vec<NodeRow>, DataError> {
        let rows = node::Entity::find().filter(node::Column::Id.ne(id.0)).all(&self.db).await?;
        Ok(rows.iter().map(to_node).collect())
    }

    /// Notes what a node has open, as text of the caller's own.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn set_sockets(&self, id: NodeId, sockets: &str) -> Result<(), DataError> {
        let set = node::ActiveModel { sockets: Set(Some(sockets.to_owned())), ..node::ActiveModel::default() };
        node::Entity::update_many().set(set).filter(node::Column::Id.eq(id.0)).exec(&self.db).await?;
        Ok(())
    }

    /// What each node has open, as it noted it.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_sockets(&self) -> Result<Vec<(NodeId, String)>, DataError> {
        let rows = node::Entity::find().filter(node::Column::Sockets.is_not_null()).all(&self.db).await?;
        Ok(rows.into_iter().filter_map(|row| Some((NodeId(row.id), row.sockets?))).collect())
    }

    /// Notes which users are connected to a node, and whether they listen to their notifications there.
    ///
    /// # Errors
    /// [`DataError`] where the database fails, or does not know the node.
    pub async fn set_users(&self, node: NodeId, users: &[(UserId, bool)]) -> Result<(), DataError> {
        for chunk in users.chunks(USERS_PER_STATEMENT) {
            let rows = chunk.iter().map(|(user, hears)| node_user::ActiveModel {
                user_id: Set(user.to_string()),
                node_id: Set(node.0),
                hears: Set(*hears),
            });
            let key = [node_user::Column::UserId, node_user::Column::NodeId];
            node_user::Entity::insert_many(rows)
                .on_conflict(OnConflict::columns(key).update_column(node_user::Column::Hears).to_owned())
                .exec_without_returning(&self.db)
                .await?;
        }
        Ok(())
    }

    /// Notes which users are connected to a node no more.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn remove_users(&self, node: NodeId, users: &[UserId]) -> Result<(), DataError> {
        for chunk in users.chunks(USERS_PER_STATEMENT) {
            node_user::Entity::delete_many()
                .filter(node_user::Column::NodeId.eq(node.0))
                .filter(node_user::Column::UserId.is_in(chunk.iter().map(UserId::as_str)))
                .exec(&self.db)
                .await?;
        }
        Ok(())
    }

    /// How many users are connected to any node.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count_users(&self) -> Result<u64, DataError> {
        let users = node_user::Entity::find().select_only().column(node_user::Column::UserId).distinct();
        Ok(users.count(&self.db).await?)
    }

    /// Whether a user listens to the own notifications on another node than this one.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn is_heard_elsewhere(&self, user: &UserId, node: NodeId) -> Result<bool, DataError> {
        let elsewhere = node_user::Entity::find()
            .filter(node_user::Column::UserId.eq(user.as_str()))
            .filter(node_user::Column::NodeId.ne(node.0))
            .filter(node_user::Column::Hears.eq(true));
        Ok(elsewhere.one(&self.db).await?.is_some())
    }

    /// When the first of the nodes started that gave a sign of life at an instant or later; `None` where none did.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn first_started(&self, seen_since: Timestamp) -> Result<Option<Timestamp>, DataError> {
        let first: Option<Option<i64>> = node::Entity::find()
            .select_only()
            .column_as(node::Column::StartedAt.min(), "first")
            .filter(node::Column::SeenAt.gte(seen_since.as_micros()))
            .into_tuple()
            .one(&self.db)
            .await?;
        Ok(time(first.flatten()))
    }

    /// One page of the nodes, oldest first.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_nodes(&self, offset: u64, limit: u64) -> Result<Vec<NodeRow>, DataError> {
        let rows = node::Entity::find()
            .order_by_asc(node::Column::StartedAt)
            .order_by_asc(node::Column::Id)
            .offset(offset)
            .limit(limit)
            .all(&self.db)
            .await?;
        Ok(rows.iter().map(to_node).collect())
    }

    /// How many nodes there are.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count_nodes(&self) -> Result<u64, DataError> {
        Ok(node::Entity::find().count(&self.db).await?)
    }

    /// Sessions for which somebody is connected to a node.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn sessions_of_node(&self, id: NodeId) -> Result<Vec<SessionId>, DataError> {
        let ids: Vec<sea_orm::prelude::Uuid> = presence::Entity::find()
            .select_only()
            .column(presence::Column::SessionId)
            .distinct()
            .filter(presence::Column::NodeId.eq(id.0))
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(ids.into_iter().map(SessionId).collect())
    }

    /// Forgets a node and everyone who was connected to it.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn delete_node(&self, id: NodeId) -> Result<(), DataError> {
        node::Entity::delete_by_id(id.0).exec(&self.db).await?;
        Ok(())
    }

    /// Notes that a user is connected to a node on behalf of a session.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn enter(
        &self,
        session_id: SessionId,
        user: &UserId,
        node: NodeId,
        now: Timestamp,
    ) -> Result<(), DataError> {
        let row = presence::ActiveModel {
            session_id: Set(session_id.0),
            user_id: Set(user.to_string()),
            node_id: Set(node.0),
            since: Set(now.as_micros()),
        };
        let key = [presence::Column::SessionId, presence::Column::UserId, presence::Column::NodeId];
        presence::Entity::insert(row)
            .on_conflict(
                OnConflict::columns(key).value(presence::Column::Since, Expr::value(now.as_micros())).to_owned(),
            )
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }

    /// Notes that a user is no longer connected to a node on behalf of a session.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn leave(&self, session_id: SessionId, user: &UserId, node: NodeId) -> Result<(), DataError> {
        presence::Entity::delete_by_id((session_id.0, user.to_string(), node.0)).exec(&self.db).await?;
        Ok(())
    }

    /// Notes that nobody is connected to a node on behalf of a session any more.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn leave_all(&self, session_id: SessionId, node: NodeId) -> Result<(), DataError> {
        presence::Entity::delete_many()
            .filter(presence::Column::SessionId.eq(session_id.0))
            .filter(presence::Column::NodeId.eq(node.0))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Whether a participant is connected to any node on behalf of a session; those who were turned away do not count.
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
        let there = presence::Entity::find()
            .filter(presence::Column::SessionId.eq(session_id.0))
            .filter(presence::Column::UserId.in_subquery(taking_part))
            .one(&self.db)
            .await?;
        Ok(there.is_some())
    }
}

fn to_node(row: &node::Model) -> NodeRow {
    NodeRow {
        id: NodeId(row.id),
        started_at: Timestamp::from_micros(row.started_at),
        seen_at: Timestamp::from_micros(row.seen_at),
    }
}
