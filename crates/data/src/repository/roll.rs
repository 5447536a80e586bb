//! The roll of a session: who takes part, and who of them is there.
//!
//! Being there is kept in two tables, the connections at the doors and those to the media room. The database puts them
//! together, so that a class of a thousand does not read a thousand rows whenever somebody comes.

use std::collections::{HashMap, HashSet};

use mockly_domain::event::PARTICIPANTS_INLINE_MAX;
use mockly_domain::{Artifact, Participant, ParticipantRole, ParticipantStatus, SessionId, Timestamp, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityName as _, FromQueryResult, Iterable as _};

use super::few_lengths;
use crate::DataError;
use crate::convert::{parse, time, user_id};
use crate::entity::{
    livekit_participant as media, participant, room_connection as door, room_hand as hand, room_member as member, user,
};

/// Somebody with a role in a session's room: one who is in, or waits.
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollEntry {
    /// Who.
    pub user_id: UserId,
    /// Their name; `None` where the user is gone.
    pub display_name: Option<String>,
    /// Role in the session.
    pub role: ParticipantRole,
    /// JOINED or WAITING.
    pub status: ParticipantStatus,
    /// A host lets them share the screen.
    pub may_share: bool,
    /// The microphone is on.
    pub audio: bool,
    /// The camera is on.
    pub video: bool,
    /// When they came to the room; `None` for those who joined before it was opened.
    pub entered_at: Option<Timestamp>,
    /// They have a connection, at a door or in the media room.
    pub online: bool,
}

/// A place in a session, with what its user is shown with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The place.
    pub place: Participant,
    /// The user's name; `None` where the user is gone.
    pub display_name: Option<String>,
    /// The user's picture.
    pub avatar_url: Option<String>,
    /// They are in and connected.
    pub online: bool,
    /// Their hand is up.
    pub is_hand_raised: bool,
}

/// What a session is shown with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionParts {
    /// The first places in the order of their invitation; one more than are shown, which tells whether those are all.
    pub shown: Vec<Shown>,
    /// The files, oldest first.
    pub artifacts: Vec<Artifact>,
}

impl SessionParts {
    /// One place more than a session is shown with.
    pub const SHOWN_MAX: u64 = PARTICIPANTS_INLINE_MAX as u64 + 1;
}

#[derive(FromQueryResult)]
struct ShownRow {
    #[sea_orm(nested)]
    place: participant::Model,
    display_name: Option<String>,
    avatar_url: Option<String>,
    online: bool,
    is_hand_raised: bool,
}

#[derive(FromQueryResult)]
struct EntryRow {
    user_id: String,
    display_name: Option<String>,
    role: String,
    status: String,
    may_share: Option<bool>,
    audio: Option<bool>,
    video: Option<bool>,
    entered_at: Option<i64>,
    online: bool,
}

#[derive(FromQueryResult)]
struct ConnectedRow {
    online: bool,
}

#[derive(FromQueryResult)]
struct PresentRow {
    session_id: sea_orm::prelude::Uuid,
    user_id: String,
}

#[derive(FromQueryResult)]
struct CountRow {
    session_id: sea_orm::prelude::Uuid,
    present: i64,
}

super::repository!(
    /// Who takes part in sessions, and who is there.
    RollRepository
);

impl RollRepository<'_> {
    /// Everybody with a role in a session's room, in no order.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list(&self, session_id: SessionId) -> Result<Vec<RollEntry>, DataError> {
        let with_role = [ParticipantStatus::Joined.as_str(), ParticipantStatus::Waiting.as_str()];
        let in_the_room = same(member::Column::RoomId, participant::Column::SessionId)
            .and(same(member::Column::UserId, participant::Column::UserId));
        let query = Query::select()
            .column(participant::Column::UserId.as_column_ref())
            .column(user::Column::DisplayName.as_column_ref())
            .column(participant::Column::Role.as_column_ref())
            .column(participant::Column::Status.as_column_ref())
            .column(member::Column::MayShare.as_column_ref())
            .column(member::Column::Audio.as_column_ref())
            .column(member::Column::Video.as_column_ref())
            .column(member::Column::EnteredAt.as_column_ref())
            .expr_as(connected(of_the_place()), "online")
            .from(participant::Entity)
            .left_join(member::Entity, in_the_room)
            .left_join(user::Entity, same(user::Column::Id, participant::Column::UserId))
            .and_where(participant::Column::SessionId.eq(session_id.0))
            .and_where(participant::Column::Status.is_in(with_role))
            .take();
        let rows: Vec<EntryRow> = self.all(&query).await?;
        rows.into_iter().map(to_entry).collect()
    }

    /// Places in a session in the order of their invitation, at most `limit`.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn shown(&self, session_id: SessionId, offset: u64, limit: u64) -> Result<Vec<Shown>, DataError> {
        let places = places()
            .and_where(participant::Column::SessionId.eq(session_id.0))
            .order_by(participant::Column::Id, Order::Asc)
            .offset(offset)
            .limit(limit)
            .take();
        self.all_shown(places).await
    }

    /// The places of these users in a session, in the order of their invitation.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn shown_among(&self, session_id: SessionId, users: &[UserId]) -> Result<Vec<Shown>, DataError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let users = few_lengths(users.iter().map(UserId::as_str));
        let places = places()
            .and_where(participant::Column::SessionId.eq(session_id.0))
            .and_where(participant::Column::UserId.is_in(users))
            .take();
        self.all_shown(places).await
    }

    /// The first `limit` places of each of several sessions, each session's in the order of their invitation.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn shown_of_many(&self, sessions: &[SessionId], limit: u64) -> Result<Vec<Shown>, DataError> {
        let number = Expr::cust("ROW_NUMBER() OVER (PARTITION BY session_id ORDER BY id)");
        let numbered = Query::select()
            .column(participant::Column::Id)
            .expr_as(number, "number")
            .from(participant::Entity)
            .and_where(participant::Column::SessionId.is_in(few_lengths(sessions.iter().map(|id| id.0))))
            .take();
        let first = Query::select()
            .column("id")
            .from_subquery(numbered, "numbered")
            .and_where(Expr::col("number").lte(limit))
            .take();
        let places = places().and_where(participant::Column::Id.in_subquery(first)).take();
        self.all_shown(places).await
    }

    async fn all_shown(&self, places: SelectStatement) -> Result<Vec<Shown>, DataError> {
        let rows: Vec<ShownRow> = self.all(&select_shown(places)).await?;
        rows.into_iter().map(to_shown).collect()
    }

    /// How many distinct users are in and connected, per session; sessions with nobody are left out. `but` is not
    /// counted.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count_present(
        &self,
        sessions: &[SessionId],
        but: Option<&UserId>,
    ) -> Result<HashMap<SessionId, u64>, DataError> {
        if sessions.is_empty() {
            return Ok(HashMap::new());
        }
        let others = but.map(|user| (door::Column::UserId.ne(user.as_str()), media::Column::UserId.ne(user.as_str())));
        let query = Query::select()
            .column("session_id")
            .expr_as(Func::count(Expr::col("user_id")), "present")
            .from_subquery(present(sessions, others), "present")
            .group_by_col("session_id")
            .take();
        let rows: Vec<CountRow> = self.all(&query).await?;
        Ok(rows.into_iter().map(|row| (SessionId(row.session_id), u64::try_from(row.present).unwrap_or(0))).collect())
    }

    /// Whether somebody has a connection, at a door or in the media room, waiting or in.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn is_connected(&self, session_id: SessionId, user: &UserId) -> Result<bool, DataError> {
        let whom = [session_id.0.into(), user.as_str().into()];
        let query = Query::select().expr_as(connected(whom), "online").take();
        let rows: Vec<ConnectedRow> = self.all(&query).await?;
        Ok(rows.iter().any(|row| row.online))
    }

    /// Who of `users` is in and connected, as pairs of session and user.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn present_among(
        &self,
        sessions: &[SessionId],
        users: impl IntoIterator<Item = &UserId>,
    ) -> Result<HashSet<(SessionId, UserId)>, DataError> {
        let users: Vec<&str> = users.into_iter().map(UserId::as_str).collect();
        if users.is_empty() {
            return Ok(HashSet::new());
        }
        let those = (door::Column::UserId.is_in(users.iter().copied()), media::Column::UserId.is_in(users));
        let query = present(sessions, Some(those));
        let rows: Vec<PresentRow> = self.all(&query).await?;
        rows.into_iter().map(|row| Ok((SessionId(row.session_id), user_id(row.user_id)?))).collect()
    }

    async fn all<R: FromQueryResult>(&self, query: &SelectStatement) -> Result<Vec<R>, DataError> {
        let rows = self.db.query_all(query).await?;
        Ok(rows.iter().map(|row| R::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }
}

/// The users who are in and connected, each once per session: those at the doors of whom the first condition holds, and
/// those in the media room of whom the second does.
fn present(sessions: &[SessionId], conditions: Option<(Expr, Expr)>) -> SelectStatement {
    let (at_doors, in_media) = conditions.unzip();
    let ids = || sessions.iter().map(|id| id.0);
    let media = Query::select()
        .column(media::Column::SessionId)
        .column(media::Column::UserId)
        .from(media::Entity)
        .and_where(media::Column::SessionId.is_in(ids()))
        .and_where(media::Column::LeftAt.is_null())
        .and_where_option(in_media)
        .take();
    Query::select()
        .expr_as(Expr::col(door::Column::RoomId), "session_id")
        .column(door::Column::UserId)
        .from(door::Entity)
        .and_where(door::Column::RoomId.is_in(ids()))
        .and_where(door::Column::ClosedAt.is_null())
        .and_where(door::Column::PresentFrom.is_not_null())
        .and_where_option(at_doors)
        .union(UnionType::Distinct, media)
        .take()
}

/// All there is of places.
fn places() -> SelectStatement {
    let columns = participant::Column::iter().map(|column| column.as_column_ref());
    Query::select().columns(columns).from(participant::Entity).take()
}

/// These places with what is shown of them, in the order of their ids. They are chosen first, so that nothing is looked
/// up for others.
fn select_shown(places: SelectStatement) -> SelectStatement {
    let in_by_a_door = at_a_door(of_the_place()).and_where(door::Column::PresentFrom.is_not_null()).take();
    let raised = Query::select()
        .expr(Expr::val(1))
        .from(hand::Entity)
        .and_where(same(hand::Column::RoomId, participant::Column::SessionId))
        .and_where(same(hand::Column::UserId, participant::Column::UserId))
        .and_where(hand::Column::LoweredAt.is_null())
        .take();
    Query::select()
        .columns(participant::Column::iter().map(|column| column.as_column_ref()))
        .column(user::Column::DisplayName.as_column_ref())
        .column(user::Column::AvatarUrl.as_column_ref())
        .expr_as(Expr::exists(in_by_a_door).or(Expr::exists(in_the_media_room(of_the_place()))), "online")
        .expr_as(Expr::exists(raised), "is_hand_raised")
        .from_subquery(places, participant::Entity.table_name())
        .left_join(user::Entity, same(user::Column::Id, participant::Column::UserId))
        .order_by(participant::Column::Id.as_column_ref(), Order::Asc)
        .take()
}

/// Whether a user is connected to a session, at a door or in the media room.
fn connected(whom: [Expr; 2]) -> Expr {
    Expr::exists(at_a_door(whom.clone())).or(Expr::exists(in_the_media_room(whom)))
}

/// Connections to a session's doors of a user.
fn at_a_door([session, user]: [Expr; 2]) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(door::Entity)
        .and_where(col(door::Column::RoomId).eq(session))
        .and_where(col(door::Column::UserId).eq(user))
        .and_where(door::Column::ClosedAt.is_null())
        .take()
}

/// Connections to a session's media room of a user.
fn in_the_media_room([session, user]: [Expr; 2]) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(media::Entity)
        .and_where(col(media::Column::SessionId).eq(session))
        .and_where(col(media::Column::UserId).eq(user))
        .and_where(media::Column::LeftAt.is_null())
        .take()
}

/// The session and the user of the place that a query is at.
fn of_the_place() -> [Expr; 2] {
    [col(participant::Column::SessionId), col(participant::Column::UserId)]
}

fn col(column: impl ColumnTrait) -> Expr {
    Expr::col(column.as_column_ref())
}

/// Two columns have the same value.
fn same(one: impl ColumnTrait, other: impl ColumnTrait) -> Expr {
    col(one).eq(col(other))
}

fn to_shown(row: ShownRow) -> Result<Shown, DataError> {
    Ok(Shown {
        place: super::participant::to_domain(row.place)?,
        display_name: row.display_name,
        avatar_url: row.avatar_url,
        online: row.online,
        is_hand_raised: row.is_hand_raised,
    })
}

fn to_entry(row: EntryRow) -> Result<RollEntry, DataError> {
    Ok(RollEntry {
        user_id: user_id(row.user_id)?,
        display_name: row.display_name,
        role: parse(&row.role)?,
        status: parse(&row.status)?,
        may_share: row.may_share.unwrap_or(false),
        audio: row.audio.unwrap_or(false),
        video: row.video.unwrap_or(false),
        entered_at: time(row.entered_at),
        online: row.online,
    })
}
