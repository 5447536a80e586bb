//! Nodes, and which users are connected to which of them on behalf of which session.

use mockly_domain::{NodeId, ParticipantStatus, SessionId, Timestamp, UserId};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::DataError;
use crate::convert::time;
use crate::entity::{node, participant, session_presence as presence};

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
        let row = node::ActiveModel { id: Set(id.0), started_at: Set(now.as_micros()), seen_at: Set(now.as_micros()) };
        node::Entity::insert(row).exec_without_returning(&self.db).await?;
        Ok(false)
    }

    /// Nodes that gave no sign of life since an instant.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_silent_nodes(&self, since: Timestamp) -> Result<Vec<NodeRow>, DataError> {
        let rows = node::Entity::find().filter(node::Column::SeenAt.lt(since.as_micros())).all(&self.db).await?;
        Ok(rows.iter().map(to_node).collect())
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
