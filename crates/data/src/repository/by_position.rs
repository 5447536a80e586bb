//! Tables that are read by position: rows are numbered as they are stored, and every node reads what it has not seen.
//!
//! Positions rise, never repeat and can have holes: PostgreSQL hands one out before its transaction commits, so 8 may show
//! before 7.

use std::ops::RangeInclusive;

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::DataError;
use crate::executor::Executor;

/// A table whose rows every node reads in the order of storing.
pub trait ByPosition {
    /// The highest position; 0 where there is none.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    fn newest_position(&self) -> impl Future<Output = Result<i64, DataError>> + Send;

    /// The positions between two positions that hold a row, both inclusive, in their order.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    fn positions_between(&self, from: i64, to: i64) -> impl Future<Output = Result<Vec<i64>, DataError>> + Send;
}

/// Makes a repository one whose table is read by position: the entity and the column in scope are its.
macro_rules! by_position {
    ($repository:ident) => {
        impl super::by_position::ByPosition for $repository<'_> {
            async fn newest_position(&self) -> Result<i64, DataError> {
                super::by_position::newest_position::<Entity>(&self.db, Column::Position).await
            }

            async fn positions_between(&self, from: i64, to: i64) -> Result<Vec<i64>, DataError> {
                super::by_position::positions_between::<Entity>(&self.db, Column::Position, from, to).await
            }
        }
    };
}

pub(super) use by_position;

/// What a look at such a table found.
#[derive(Debug)]
pub struct NewRows<R> {
    /// The rows that can be read.
    pub rows: Vec<R>,
    /// Where all of them stand, those that cannot be read too, in rising order.
    pub positions: Vec<i64>,
    /// Rows that cannot be read, as those of a newer version can be: where they stand and why.
    pub unreadable: Vec<(i64, DataError)>,
}

/// The rows after `after`, and those at `holes`, in the order of positions, at most `limit`.
pub(super) async fn list_new<E: EntityTrait, R>(
    db: &Executor<'_>,
    position: E::Column,
    (after, holes): (i64, &[RangeInclusive<i64>]),
    limit: u64,
    to_domain: impl Fn(E::Model) -> (i64, Result<R, DataError>),
) -> Result<NewRows<R>, DataError>
where
    E::Model: Send + Sync,
{
    let mut unseen = Condition::any().add(position.gt(after));
    for hole in holes {
        unseen = unseen.add(position.between(*hole.start(), *hole.end()));
    }
    let found = E::find().filter(unseen).order_by_asc(position).limit(limit).all(db).await?;
    let mut new = NewRows { rows: Vec::with_capacity(found.len()), positions: Vec::new(), unreadable: Vec::new() };
    for (position, row) in found.into_iter().map(to_domain) {
        new.positions.push(position);
        match row {
            Ok(row) => new.rows.push(row),
            Err(error) => new.unreadable.push((position, error)),
        }
    }
    Ok(new)
}

/// The positions between two positions that hold a row, both inclusive.
pub(super) async fn positions_between<E: EntityTrait>(
    db: &Executor<'_>,
    position: E::Column,
    from: i64,
    to: i64,
) -> Result<Vec<i64>, DataError> {
    Ok(E::find()
        .select_only()
        .column(position)
        .filter(position.between(from, to))
        .order_by_asc(position)
        .into_tuple::<i64>()
        .all(db)
        .await?)
}

/// The highest position; 0 where there is none.
pub(super) async fn newest_position<E: EntityTrait>(db: &Executor<'_>, position: E::Column) -> Result<i64, DataError> {
    let newest: Option<Option<i64>> =
        E::find().select_only().column_as(position.max(), "newest").into_tuple().one(db).await?;
    Ok(newest.flatten().unwrap_or(0))
}
