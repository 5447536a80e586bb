//! Analyses of recordings, which are a queue too: a node takes one under a lease and renews it while it works.

use mockly_domain::{Analysis, AnalysisId, AnalysisStatus, ArtifactId, SessionId, Timestamp, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, LockBehavior, LockType, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait as _, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::DataError;
use crate::convert::{count, micros, parse, stored, time, user_id};
use crate::entity::analysis::{ActiveModel, Column, Entity, Model};

super::repository!(
    /// Analyses of recordings.
    AnalysisRepository
);

impl AnalysisRepository<'_> {
    /// Adds one.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert(&self, analysis: &Analysis) -> Result<(), DataError> {
        Entity::insert(to_row(analysis)).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// One analysis.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, id: AnalysisId) -> Result<Option<Analysis>, DataError> {
        Entity::find_by_id(id.0).one(&self.db).await?.map(to_domain).transpose()
    }

    /// A page of a session's analyses, newest first, and how many there are.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_page(
        &self,
        session_id: SessionId,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<Analysis>, u64), DataError> {
        let of_session = Entity::find().filter(Column::SessionId.eq(session_id.0));
        let total = of_session.clone().count(&self.db).await?;
        let rows = of_session.order_by_desc(Column::Id).offset(offset).limit(limit).all(&self.db).await?;
        Ok((rows.into_iter().map(to_domain).collect::<Result<_, _>>()?, total))
    }

    /// The analysis of a recording that a user asked for and that has not ended.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_open(&self, artifact: ArtifactId, user: &UserId) -> Result<Option<Analysis>, DataError> {
        let found = Entity::find()
            .filter(Column::ArtifactId.eq(artifact.0))
            .filter(Column::RequestedBy.eq(user.as_str()))
            .filter(Column::Status.is_in(open()))
            .one(&self.db)
            .await?;
        found.map(to_domain).transpose()
    }

    /// The analyses of a session's recordings, or of one of them, that have not ended. Nobody takes or ends one until the
    /// unit of work is over, in which this must run.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn lock_open(
        &self,
        session_id: SessionId,
        artifact: Option<ArtifactId>,
    ) -> Result<Vec<Analysis>, DataError> {
        let mut of_session = Entity::find()
            .filter(Column::SessionId.eq(session_id.0))
            .filter(Column::Status.is_in(open()))
            .order_by_asc(Column::Id)
            .lock_exclusive();
        if let Some(artifact) = artifact {
            of_session = of_session.filter(Column::ArtifactId.eq(artifact.0));
        }
        of_session.all(&self.db).await?.into_iter().map(to_domain).collect()
    }

    /// How many analyses a user asked for that have not ended.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count_open(&self, user: &UserId) -> Result<u64, DataError> {
        let of_user = Entity::find().filter(Column::RequestedBy.eq(user.as_str())).filter(Column::Status.is_in(open()));
        Ok(of_user.count(&self.db).await?)
    }

    /// Deletes the oldest ended analyses of a recording, so that `kept` are left.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn keep_newest(&self, artifact: ArtifactId, kept: u64) -> Result<(), DataError> {
        let ended = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::ArtifactId.eq(artifact.0))
            .filter(Column::Status.is_not_in(open()))
            .order_by_desc(Column::Id);
        let old: Vec<Uuid> = ended.offset(kept).limit(u64::from(u32::MAX)).into_tuple().all(&self.db).await?;
        if !old.is_empty() {
            Entity::delete_many().filter(Column::Id.is_in(old)).exec(&self.db).await?;
        }
        Ok(())
    }

    /// When the next analysis can be taken: at once where one waits, else when a lease runs out.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, DataError> {
        let waits = Entity::find().filter(Column::Status.eq(AnalysisStatus::Queued.as_str()));
        if waits.one(&self.db).await?.is_some() {
            return Ok(Some(Timestamp::EPOCH));
        }
        let lease: Option<Option<i64>> = Entity::find()
            .select_only()
            .column(Column::LockedUntil)
            .filter(Column::Status.eq(AnalysisStatus::Running.as_str()))
            .filter(Column::LockedUntil.is_not_null())
            .order_by_asc(Column::LockedUntil)
            .into_tuple()
            .one(&self.db)
            .await?;
        Ok(time(lease.flatten()))
    }

    /// Takes an analysis, and whether it is begun for the first time: RUNNING until `locked_until`, begun at `now`. One
    /// whose node has let its lease run out goes first; of those that wait, the oldest of a user for whom nothing runs and
    /// nothing was begun for the longest time, so that nobody waits for all that somebody else has asked for. Must run in a
    /// unit of work; nodes that do it at once take different ones.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn take(
        &self,
        now: Timestamp,
        locked_until: Timestamp,
        lease: Uuid,
    ) -> Result<Option<(Analysis, bool)>, DataError> {
        let abandoned = Condition::all()
            .add(Column::Status.eq(AnalysisStatus::Running.as_str()))
            .add(Column::LockedUntil.lte(now.as_micros()));
        let free = Condition::any().add(Column::Status.eq(AnalysisStatus::Queued.as_str())).add(abandoned);
        let row = Entity::find()
            .filter(free)
            .order_by_desc(Expr::col((Entity, Column::Status)).eq(AnalysisStatus::Running.as_str()))
            .order_by_asc(running_of_same_user())
            .order_by_asc(last_begun_of_same_user())
            .order_by_asc(Column::Id)
            .limit(1)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .one(&self.db)
            .await?;
        let Some(mut row) = row else { return Ok(None) };
        let is_first = row.started_at.is_none();
        row.status = AnalysisStatus::Running.to_string();
        row.attempts += 1;
        row.started_at = Some(now.as_micros());
        Entity::update_many()
            .set(ActiveModel {
                status: Set(row.status.clone()),
                attempts: Set(row.attempts),
                started_at: Set(row.started_at),
                locked_until: Set(Some(locked_until.as_micros())),
                lock_token: Set(Some(lease)),
                ..ActiveModel::default()
            })
            .filter(Column::Id.eq(row.id))
            .exec(&self.db)
            .await?;
        Ok(Some((to_domain(row)?, is_first)))
    }

    /// Keeps an analysis for its node; `false` where it was lost, be it deleted or taken by another one.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn renew(&self, id: AnalysisId, lease: Uuid, locked_until: Timestamp) -> Result<bool, DataError> {
        let renewed = Entity::update_many()
            .col_expr(Column::LockedUntil, Expr::value(locked_until.as_micros()))
            .filter(Column::Id.eq(id.0))
            .filter(Column::LockToken.eq(lease))
            .exec(&self.db)
            .await?;
        Ok(renewed.rows_affected == 1)
    }

    /// Gives an analysis back to the queue; another node or the next start takes it, as if it had not been begun.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn give_back(&self, id: AnalysisId, lease: Uuid) -> Result<(), DataError> {
        Entity::update_many()
            .set(ActiveModel {
                status: Set(AnalysisStatus::Queued.to_string()),
                locked_until: Set(None),
                lock_token: Set(None),
                ..ActiveModel::default()
            })
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
            .filter(Column::Id.eq(id.0))
            .filter(Column::LockToken.eq(lease))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Gives an analysis that a node has to the analyser of another service: no lease runs out any more, and
    /// [`finish`](Self::finish) takes its own id for one.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn hand_over(&self, id: AnalysisId, lease: Uuid) -> Result<(), DataError> {
        Entity::update_many()
            .set(ActiveModel {
                progress_percent: Set(Some(0)),
                locked_until: Set(None),
                lock_token: Set(Some(id.0)),
                ..ActiveModel::default()
            })
            .filter(Column::Id.eq(id.0))
            .filter(Column::LockToken.eq(lease))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Notes how far an analysis is that was handed over.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn set_progress(&self, id: AnalysisId, percent: u32) -> Result<(), DataError> {
        Entity::update_many()
            .col_expr(Column::ProgressPercent, Expr::value(stored(percent)))
            .filter(Column::Id.eq(id.0))
            .filter(Column::LockToken.eq(id.0))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Stores how an analysis ended; `false` where its node had lost it.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn finish(&self, analysis: &Analysis, lease: Uuid) -> Result<bool, DataError> {
        let (error_code, error) = analysis.error.clone().unzip();
        let finished = Entity::update_many()
            .set(ActiveModel {
                status: Set(analysis.status.to_string()),
                report: Set(analysis.report.clone()),
                error_code: Set(error_code),
                error: Set(error),
                finished_at: Set(micros(analysis.finished_at)),
                locked_until: Set(None),
                lock_token: Set(None),
                ..ActiveModel::default()
            })
            .filter(Column::Id.eq(analysis.id.0))
            .filter(Column::LockToken.eq(lease))
            .exec(&self.db)
            .await?;
        Ok(finished.rows_affected == 1)
    }
}

/// How many analyses run for the user of the row.
fn running_of_same_user() -> SimpleExpr {
    of_same_user(|others, of| {
        others.expr(of(Column::Id).count()).and_where(of(Column::Status).eq(AnalysisStatus::Running.as_str()));
    })
}

/// When the user of the row last had one begun, in microseconds; long ago where there is none.
fn last_begun_of_same_user() -> SimpleExpr {
    of_same_user(|others, of| {
        others.expr(of(Column::StartedAt).max().if_null(i64::MIN));
    })
}

/// A value of the analyses of the user of the row.
fn of_same_user(select: impl FnOnce(&mut SelectStatement, &dyn Fn(Column) -> Expr)) -> SimpleExpr {
    let other = Alias::new("other");
    let of = |column| Expr::col((other.clone(), column));
    let mut others = Query::select();
    others.from_as(Entity, other.clone());
    others.and_where(of(Column::RequestedBy).equals((Entity, Column::RequestedBy)));
    select(&mut others, &of);
    SimpleExpr::SubQuery(None, Box::new(others.into()))
}

fn open() -> [&'static str; 2] {
    [AnalysisStatus::Queued.as_str(), AnalysisStatus::Running.as_str()]
}

fn to_row(analysis: &Analysis) -> ActiveModel {
    let (error_code, error) = analysis.error.clone().unzip();
    ActiveModel {
        id: Set(analysis.id.0),
        session_id: Set(analysis.session_id.0),
        artifact_id: Set(analysis.artifact_id.0),
        requested_by: Set(analysis.requested_by.to_string()),
        status: Set(analysis.status.to_string()),
        report: Set(analysis.report.clone()),
        error_code: Set(error_code),
        error: Set(error),
        attempts: Set(stored(analysis.attempts)),
        progress_percent: Set(analysis.progress_percent.map(stored)),
        locked_until: Set(None),
        lock_token: Set(None),
        created_at: Set(analysis.created_at.as_micros()),
        started_at: Set(micros(analysis.started_at)),
        finished_at: Set(micros(analysis.finished_at)),
    }
}

fn to_domain(row: Model) -> Result<Analysis, DataError> {
    Ok(Analysis {
        id: AnalysisId(row.id),
        session_id: SessionId(row.session_id),
        artifact_id: ArtifactId(row.artifact_id),
        requested_by: user_id(row.requested_by)?,
        status: parse(&row.status)?,
        report: row.report,
        error: row.error_code.zip(row.error),
        attempts: count(row.attempts),
        progress_percent: row.progress_percent.map(count),
        created_at: Timestamp::from_micros(row.created_at),
        started_at: time(row.started_at),
        finished_at: time(row.finished_at),
    })
}
