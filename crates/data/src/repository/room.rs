//! Rooms and who is in them.

use mockly_domain::room::RoomRole;
use mockly_domain::{ParticipantStatus, RoomId, Timestamp, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, TryInsertResult};

use crate::DataError;
use crate::convert::{micros, parse, time, user_id};
use crate::entity::{room, room_member as member};

/// One life of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRow {
    /// A session's id, or that of this life of an ad-hoc room.
    pub id: RoomId,
    /// An ad-hoc room's name.
    pub name: Option<String>,
    /// Sequence of the newest event.
    pub last_sequence: i64,
    /// Whether the doors were told that the host is away.
    pub host_absence_told: bool,
    /// When it began.
    pub created_at: Timestamp,
}

/// Somebody in a room.
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomMemberRow {
    /// The room.
    pub room_id: RoomId,
    /// Who.
    pub user_id: UserId,
    /// Leads an ad-hoc room.
    pub is_host: bool,
    /// Where they stand in an ad-hoc room; `None` in a session's room, where the place in the session says it.
    pub status: Option<ParticipantStatus>,
    /// A host lets them share the screen.
    pub may_share: bool,
    /// The microphone is on.
    pub audio: bool,
    /// The camera is on.
    pub video: bool,
    /// When they came.
    pub entered_at: Timestamp,
    /// When a host of an ad-hoc room turned them away.
    pub denied_at: Option<Timestamp>,
}

impl RoomMemberRow {
    /// Somebody new in a room.
    pub const fn new(room_id: RoomId, user_id: UserId, entered_at: Timestamp) -> Self {
        Self {
            room_id,
            user_id,
            is_host: false,
            status: None,
            may_share: false,
            audio: false,
            video: false,
            entered_at,
            denied_at: None,
        }
    }

    /// The role in an ad-hoc room.
    pub fn role(&self) -> Option<RoomRole> {
        RoomRole::of(self.status?, self.is_host, self.may_share)
    }
}

super::repository!(
    /// Rooms and their members.
    RoomRepository
);

impl RoomRepository<'_> {
    /// One room by its id.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, id: RoomId) -> Result<Option<RoomRow>, DataError> {
        Ok(room::Entity::find_by_id(id.0).one(&self.db).await?.map(to_room))
    }

    /// An ad-hoc room, kept from others until the unit of work ends.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn lock(&self, id: RoomId) -> Result<Option<RoomRow>, DataError> {
        Ok(room::Entity::find_by_id(id.0).lock_exclusive().one(&self.db).await?.map(to_room))
    }

    /// The ad-hoc room of a name, kept from others until the unit of work ends.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn lock_named(&self, name: &str) -> Result<Option<RoomRow>, DataError> {
        let named = room::Entity::find().filter(room::Column::Name.eq(name));
        Ok(named.lock_exclusive().one(&self.db).await?.map(to_room))
    }

    /// Adds a room; `false` where there is one with that id or name.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert(&self, row: &RoomRow) -> Result<bool, DataError> {
        let model = room::ActiveModel {
            id: Set(row.id.0),
            name: Set(row.name.clone()),
            last_sequence: Set(row.last_sequence),
            host_absence_told: Set(row.host_absence_told),
            created_at: Set(row.created_at.as_micros()),
        };
        let result = room::Entity::insert(model)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(&self.db)
            .await?;
        Ok(matches!(result, TryInsertResult::Inserted(1)))
    }

    /// Writes everything about a room that can change.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn update(&self, row: &RoomRow) -> Result<(), DataError> {
        room::Entity::update_many()
            .set(room::ActiveModel {
                last_sequence: Set(row.last_sequence),
                host_absence_told: Set(row.host_absence_told),
                ..room::ActiveModel::default()
            })
            .filter(room::Column::Id.eq(row.id.0))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Deletes a room and all that hangs on it but its events.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn delete(&self, id: RoomId) -> Result<(), DataError> {
        room::Entity::delete_by_id(id.0).exec(&self.db).await?;
        Ok(())
    }

    /// Somebody in a room.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_member(&self, room_id: RoomId, user: &UserId) -> Result<Option<RoomMemberRow>, DataError> {
        let row = member::Entity::find_by_id((room_id.0, user.to_string())).one(&self.db).await?;
        row.map(to_member).transpose()
    }

    /// Everybody in a room, in order of entry, at most `limit`.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_members(&self, room_id: RoomId, limit: u64) -> Result<Vec<RoomMemberRow>, DataError> {
        let rows = member::Entity::find()
            .filter(member::Column::RoomId.eq(room_id.0))
            .order_by_asc(member::Column::EnteredAt)
            .order_by_asc(member::Column::UserId)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_member).collect()
    }

    /// Everybody who is in an ad-hoc room or waits, in order of entry, at most `limit`.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_here(&self, room_id: RoomId, limit: u64) -> Result<Vec<RoomMemberRow>, DataError> {
        let here = [ParticipantStatus::Joined.as_str(), ParticipantStatus::Waiting.as_str()];
        let rows = member::Entity::find()
            .filter(member::Column::RoomId.eq(room_id.0))
            .filter(member::Column::Status.is_in(here))
            .order_by_asc(member::Column::EnteredAt)
            .order_by_asc(member::Column::UserId)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_member).collect()
    }

    /// Writes a member down, be they new or changed.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn put_member(&self, row: &RoomMemberRow) -> Result<(), DataError> {
        let model = member::ActiveModel {
            room_id: Set(row.room_id.0),
            user_id: Set(row.user_id.to_string()),
            is_host: Set(row.is_host),
            status: Set(row.status.map(|status| status.to_string())),
            may_share: Set(row.may_share),
            audio: Set(row.audio),
            video: Set(row.video),
            entered_at: Set(row.entered_at.as_micros()),
            denied_at: Set(micros(row.denied_at)),
        };
        let changing = [
            member::Column::IsHost,
            member::Column::Status,
            member::Column::MayShare,
            member::Column::Audio,
            member::Column::Video,
            member::Column::EnteredAt,
            member::Column::DeniedAt,
        ];
        member::Entity::insert(model)
            .on_conflict(
                OnConflict::columns([member::Column::RoomId, member::Column::UserId])
                    .update_columns(changing)
                    .to_owned(),
            )
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }

    /// Takes somebody out; no fault where they are not in.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn delete_member(&self, room_id: RoomId, user: &UserId) -> Result<(), DataError> {
        member::Entity::delete_by_id((room_id.0, user.to_string())).exec(&self.db).await?;
        Ok(())
    }

    /// Takes everybody out.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn delete_members(&self, room_id: RoomId) -> Result<(), DataError> {
        member::Entity::delete_many().filter(member::Column::RoomId.eq(room_id.0)).exec(&self.db).await?;
        Ok(())
    }
}

fn to_room(row: room::Model) -> RoomRow {
    RoomRow {
        id: RoomId(row.id),
        name: row.name,
        last_sequence: row.last_sequence,
        host_absence_told: row.host_absence_told,
        created_at: Timestamp::from_micros(row.created_at),
    }
}

fn to_member(row: member::Model) -> Result<RoomMemberRow, DataError> {
    Ok(RoomMemberRow {
        room_id: RoomId(row.room_id),
        user_id: user_id(row.user_id)?,
        is_host: row.is_host,
        status: row.status.as_deref().map(parse).transpose()?,
        may_share: row.may_share,
        audio: row.audio,
        video: row.video,
        entered_at: Timestamp::from_micros(row.entered_at),
        denied_at: time(row.denied_at),
    })
}
