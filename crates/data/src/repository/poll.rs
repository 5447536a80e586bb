//! Polls and their votes.

use mockly_domain::{PollId, RoomId, Timestamp, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::DataError;
use crate::convert::{micros, time, user_id};
use crate::entity::{poll, poll_vote as vote};

/// A stored poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollRow {
    /// Id; later ones sort later.
    pub id: PollId,
    /// The room.
    pub room_id: RoomId,
    /// Who made it.
    pub created_by: UserId,
    /// The question.
    pub question: String,
    /// The answers; an answer's id is its place, from 1.
    pub options: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// Users in one statement; far below both databases' limits on parameters.
const USERS_PER_STATEMENT: usize = 500;

super::repository!(
    /// Polls.
    PollRepository
);

impl PollRepository<'_> {
    /// Stores a poll.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert(&self, row: &PollRow) -> Result<(), DataError> {
        poll::Entity::insert(poll::ActiveModel {
            id: Set(row.id.0),
            room_id: Set(row.room_id.0),
            created_by: Set(row.created_by.to_string()),
            question: Set(row.question.clone()),
            options: Set(serde_json::json!(row.options).to_string()),
            created_at: Set(row.created_at.as_micros()),
            closed_at: Set(micros(row.closed_at)),
        })
        .exec_without_returning(&self.db)
        .await?;
        Ok(())
    }

    /// One poll of a room.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, room_id: RoomId, id: PollId) -> Result<Option<PollRow>, DataError> {
        let row = poll::Entity::find_by_id(id.0).filter(poll::Column::RoomId.eq(room_id.0)).one(&self.db).await?;
        row.map(to_domain).transpose()
    }

    /// The polls of a room in the order of making.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list(&self, room_id: RoomId) -> Result<Vec<PollRow>, DataError> {
        let of_room = poll::Entity::find().filter(poll::Column::RoomId.eq(room_id.0));
        let rows = of_room.order_by_asc(poll::Column::Id).all(&self.db).await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// The polls of a room that still take votes, in the order of making.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_open(&self, room_id: RoomId) -> Result<Vec<PollRow>, DataError> {
        let of_room = poll::Entity::find().filter(poll::Column::RoomId.eq(room_id.0));
        let open = of_room.filter(poll::Column::ClosedAt.is_null());
        let rows = open.order_by_asc(poll::Column::Id).all(&self.db).await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// How many polls a room has.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count(&self, room_id: RoomId) -> Result<u64, DataError> {
        Ok(poll::Entity::find().filter(poll::Column::RoomId.eq(room_id.0)).count(&self.db).await?)
    }

    /// Closes a poll; `false` where it was closed before.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn close(&self, id: PollId, at: Timestamp) -> Result<bool, DataError> {
        let closed = poll::Entity::update_many()
            .set(poll::ActiveModel { closed_at: Set(Some(at.as_micros())), ..poll::ActiveModel::default() })
            .filter(poll::Column::Id.eq(id.0))
            .filter(poll::Column::ClosedAt.is_null())
            .exec(&self.db)
            .await?;
        Ok(closed.rows_affected == 1)
    }

    /// Counts a user's vote, instead of an earlier one.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn vote(&self, id: PollId, user: &UserId, option_number: i32) -> Result<(), DataError> {
        let row =
            vote::ActiveModel { poll_id: Set(id.0), user_id: Set(user.to_string()), option_number: Set(option_number) };
        vote::Entity::insert(row)
            .on_conflict(
                OnConflict::columns([vote::Column::PollId, vote::Column::UserId])
                    .update_column(vote::Column::OptionNumber)
                    .to_owned(),
            )
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }

    /// How often each answer of several polls was chosen, as poll, number of the answer and votes.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count_votes(&self, ids: &[PollId]) -> Result<Vec<(PollId, i32, u32)>, DataError> {
        let rows: Vec<(sea_orm::prelude::Uuid, i32, i64)> = vote::Entity::find()
            .select_only()
            .column(vote::Column::PollId)
            .column(vote::Column::OptionNumber)
            .column_as(vote::Column::UserId.count(), "votes")
            .filter(vote::Column::PollId.is_in(ids.iter().map(|id| id.0)))
            .group_by(vote::Column::PollId)
            .group_by(vote::Column::OptionNumber)
            .into_tuple()
            .all(&self.db)
            .await?;
        let counted =
            rows.into_iter().map(|(id, option, votes)| (PollId(id), option, u32::try_from(votes).unwrap_or(0)));
        Ok(counted.collect())
    }

    /// What some users voted in several polls, as voter, poll and number of the answer.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn votes_of(&self, ids: &[PollId], users: &[UserId]) -> Result<Vec<(UserId, PollId, i32)>, DataError> {
        let mut votes = Vec::new();
        if ids.is_empty() {
            return Ok(votes);
        }
        for chunk in users.chunks(USERS_PER_STATEMENT) {
            let rows = vote::Entity::find()
                .filter(vote::Column::PollId.is_in(ids.iter().map(|id| id.0)))
                .filter(vote::Column::UserId.is_in(chunk.iter().map(UserId::as_str)))
                .all(&self.db)
                .await?;
            for row in rows {
                votes.push((user_id(row.user_id)?, PollId(row.poll_id), row.option_number));
            }
        }
        Ok(votes)
    }
}

fn to_domain(row: poll::Model) -> Result<PollRow, DataError> {
    Ok(PollRow {
        id: PollId(row.id),
        room_id: RoomId(row.room_id),
        created_by: user_id(row.created_by)?,
        question: row.question,
        options: serde_json::from_str(&row.options).map_err(|error| DataError::Corrupt(error.to_string()))?,
        created_at: Timestamp::from_micros(row.created_at),
        closed_at: time(row.closed_at),
    })
}
