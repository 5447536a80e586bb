//! Follow-up work: what must happen after a commit, or at a time, whatever becomes of the node that wrote it down.

use mockly_domain::{JobId, JobState, SessionId, Timestamp};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, NullOrdering, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::few_lengths;
use crate::DataError;
use crate::convert::{count, time};
use crate::entity::job::{ActiveModel, Column, Entity, Model};

/// Work to be written down.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Id.
    pub id: JobId,
    /// What is to be done.
    pub kind: &'static str,
    /// At most one job has this key: scheduling it again moves it.
    pub unique_key: Option<String>,
    /// What with, as JSON.
    pub payload: String,
    /// Not before this instant.
    pub run_at: Timestamp,
}

/// Work taken by a node under a lease.
#[derive(Debug, Clone)]
pub struct Job {
    /// Id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// What with, as JSON.
    pub payload: String,
    /// When it was due.
    pub run_at: Timestamp,
    /// Which try this is, from 1.
    pub attempts: u32,
    /// The lease; only its holder ends the job.
    pub lease: Uuid,
}

/// A job as those who run the server see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// How it stands.
    pub state: JobState,
    /// What with, as JSON.
    pub payload: String,
    /// When it was or is due.
    pub run_at: Timestamp,
    /// Tries so far.
    pub attempts: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// Since when it is dead.
    pub dead_at: Option<Timestamp>,
    /// When it was written down.
    pub created_at: Timestamp,
}

impl JobRow {
    /// The session that it is about, where its payload names one.
    pub fn session_id(&self) -> Option<SessionId> {
        let payload: serde_json::Value = serde_json::from_str(&self.payload).ok()?;
        payload.get("session_id")?.as_str()?.parse().ok()
    }
}

super::repository!(
    /// Follow-up work.
    JobRepository
);

impl JobRepository<'_> {
    /// Writes a job down. One with the same key is moved to the new time and starts anew.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn schedule(&self, job: &NewJob, now: Timestamp) -> Result<(), DataError> {
        let row = ActiveModel {
            id: Set(job.id.0),
            kind: Set(job.kind.to_owned()),
            unique_key: Set(job.unique_key.clone()),
            payload: Set(job.payload.clone()),
            run_at: Set(job.run_at.as_micros()),
            attempts: Set(0),
            locked_until: Set(None),
            lock_token: Set(None),
            last_error: Set(None),
            dead_at: Set(None),
            created_at: Set(now.as_micros()),
        };
        let moved = [
            Column::Payload,
            Column::RunAt,
            Column::Attempts,
            Column::LockedUntil,
            Column::LockToken,
            Column::LastError,
            Column::DeadAt,
        ];
        Entity::insert(row)
            .on_conflict(OnConflict::column(Column::UniqueKey).update_columns(moved).to_owned())
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }

    /// Deletes the jobs with these keys, as far as there are some.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn cancel(&self, unique_keys: impl IntoIterator<Item = String>) -> Result<(), DataError> {
        let keys = few_lengths(unique_keys);
        Entity::delete_many().filter(Column::UniqueKey.is_in(keys)).exec(&self.db).await?;
        Ok(())
    }

    /// Whether there is a job with a key.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn is_scheduled(&self, unique_key: &str) -> Result<bool, DataError> {
        Ok(self.find_run_at(unique_key).await?.is_some())
    }

    /// When the job with a key was or is to run; `None` where there is none.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_run_at(&self, unique_key: &str) -> Result<Option<Timestamp>, DataError> {
        let run_at: Option<i64> = Entity::find()
            .select_only()
            .column(Column::RunAt)
            .filter(Column::UniqueKey.eq(unique_key))
            .filter(Column::DeadAt.is_null())
            .into_tuple()
            .one(&self.db)
            .await?;
        Ok(run_at.map(Timestamp::from_micros))
    }

    /// When the next job is due; `None` where there is none.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, DataError> {
        let due: Option<i64> = Entity::find()
            .select_only()
            .column_as(due_at(), "due_at")
            .filter(Column::DeadAt.is_null())
            .order_by_asc(due_at())
            .into_tuple()
            .one(&self.db)
            .await?;
        Ok(due.map(Timestamp::from_micros))
    }

    /// Takes jobs that are due and that nobody holds, at most `limit`, until `locked_until`. Must run in a unit of
    /// work; nodes that do it at once take different jobs.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn take_due(
        &self,
        now: Timestamp,
        locked_until: Timestamp,
        lease: Uuid,
        limit: u64,
    ) -> Result<Vec<Job>, DataError> {
        let free = Condition::any().add(Column::LockedUntil.is_null()).add(Column::LockedUntil.lte(now.as_micros()));
        let rows = Entity::find()
            .filter(Column::RunAt.lte(now.as_micros()))
            .filter(Column::DeadAt.is_null())
            .filter(free)
            .order_by_asc(Column::RunAt)
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .all(&self.db)
            .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        Entity::update_many()
            .col_expr(Column::LockedUntil, Expr::value(locked_until.as_micros()))
            .col_expr(Column::LockToken, Expr::value(lease))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
            .exec(&self.db)
            .await?;
        Ok(rows.into_iter().map(|row| to_job(row, lease)).collect())
    }

    /// Deletes a job that is done; `false` where the lease was lost, be it to another node or to a new schedule.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn complete(&self, job: &Job) -> Result<bool, DataError> {
        let gone = Entity::delete_many()
            .filter(Column::Id.eq(job.id.0))
            .filter(Column::LockToken.eq(job.lease))
            .exec(&self.db)
            .await?;
        Ok(gone.rows_affected == 1)
    }

    /// Gives a job back that failed: to be tried again at `retry_at`, or dead where that is `None`. `false` where the
    /// lease was lost.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn fail(
        &self,
        job: &Job,
        error: &str,
        retry_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, DataError> {
        let mut row = ActiveModel {
            locked_until: Set(None),
            lock_token: Set(None),
            last_error: Set(Some(error.chars().take(1_000).collect())),
            ..ActiveModel::default()
        };
        match retry_at {
            Some(at) => row.run_at = Set(at.as_micros()),
            None => row.dead_at = Set(Some(now.as_micros())),
        }
        let given_back = Entity::update_many()
            .set(row)
            .filter(Column::Id.eq(job.id.0))
            .filter(Column::LockToken.eq(job.lease))
            .exec(&self.db)
            .await?;
        Ok(given_back.rows_affected == 1)
    }

    /// One page of the jobs in a state, or of all; those that died last first, then by when they are due.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list(
        &self,
        state: Option<JobState>,
        now: Timestamp,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<JobRow>, DataError> {
        let rows = Entity::find()
            .filter(in_state(state, now))
            .order_by_with_nulls(Column::DeadAt, Order::Desc, NullOrdering::Last)
            .order_by_asc(Column::RunAt)
            .order_by_asc(Column::Id)
            .offset(offset)
            .limit(limit)
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(|row| to_row(row, now)).collect())
    }

    /// How many jobs are in a state, or in all.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count(&self, state: Option<JobState>, now: Timestamp) -> Result<u64, DataError> {
        Ok(Entity::find().filter(in_state(state, now)).count(&self.db).await?)
    }

    /// One job.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, id: JobId, now: Timestamp) -> Result<Option<JobRow>, DataError> {
        Ok(Entity::find_by_id(id.0).one(&self.db).await?.map(|row| to_row(row, now)))
    }

    /// Has a dead job start anew, due now; `false` where it is not dead.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn revive(&self, id: JobId, now: Timestamp) -> Result<bool, DataError> {
        let anew = ActiveModel {
            run_at: Set(now.as_micros()),
            attempts: Set(0),
            dead_at: Set(None),
            ..ActiveModel::default()
        };
        let dead = Entity::update_many().set(anew).filter(Column::Id.eq(id.0)).filter(Column::DeadAt.is_not_null());
        Ok(dead.exec(&self.db).await?.rows_affected == 1)
    }

    /// Deletes jobs that have been dead since before an instant.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn purge_dead(&self, before: Timestamp) -> Result<u64, DataError> {
        let gone = Entity::delete_many().filter(Column::DeadAt.lt(before.as_micros())).exec(&self.db).await?;
        Ok(gone.rows_affected)
    }
}

/// The index `idx_jobs_due_at` is over this expression. A job is due at its time, or when the lease on it runs out.
fn due_at() -> Expr {
    Expr::expr(sea_orm::sea_query::Func::coalesce([Expr::col(Column::LockedUntil), Expr::col(Column::RunAt)]))
}

fn in_state(state: Option<JobState>, now: Timestamp) -> Condition {
    let alive = || Condition::all().add(Column::DeadAt.is_null());
    let leased = Column::LockedUntil.gt(now.as_micros());
    let free = Condition::any().add(Column::LockedUntil.is_null()).add(Column::LockedUntil.lte(now.as_micros()));
    match state {
        None => Condition::all(),
        Some(JobState::Dead) => Condition::all().add(Column::DeadAt.is_not_null()),
        Some(JobState::Running) => alive().add(leased),
        Some(JobState::Retrying) => alive().add(free).add(Column::Attempts.gt(0)),
        Some(JobState::Waiting) => alive().add(free).add(Column::Attempts.eq(0)),
    }
}

fn to_row(row: Model, now: Timestamp) -> JobRow {
    let state = if row.dead_at.is_some() {
        JobState::Dead
    } else if row.locked_until.is_some_and(|until| until > now.as_micros()) {
        JobState::Running
    } else if row.attempts > 0 {
        JobState::Retrying
    } else {
        JobState::Waiting
    };
    JobRow {
        id: JobId(row.id),
        kind: row.kind,
        state,
        payload: row.payload,
        run_at: Timestamp::from_micros(row.run_at),
        attempts: count(row.attempts),
        last_error: row.last_error,
        dead_at: time(row.dead_at),
        created_at: Timestamp::from_micros(row.created_at),
    }
}

fn to_job(row: Model, lease: Uuid) -> Job {
    Job {
        id: JobId(row.id),
        kind: row.kind,
        payload: row.payload,
        run_at: Timestamp::from_micros(row.run_at),
        attempts: count(row.attempts) + 1,
        lease,
    }
}
