//! Users.

use std::collections::HashMap;

use mockly_domain::{Timestamp, User, UserId, UserRole};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr, LockType, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set, TryInsertResult,
};

use super::few_lengths;
use crate::DataError;
use crate::convert::{micros, parse, time, user_id};
use crate::entity::user::{ActiveModel, Column, Entity, Model};

super::repository!(
    /// Everyone a verified token has spoken for.
    UserRepository
);

impl UserRepository<'_> {
    /// One user.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, id: &UserId) -> Result<Option<User>, DataError> {
        Entity::find_by_id(id.as_str()).one(&self.db).await?.map(to_domain).transpose()
    }

    /// One user, locked until the unit of work ends (where the database locks rows), so that what is decided by the row
    /// still holds when it is written. Rows that refer to the user can be added meanwhile.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn lock(&self, id: &UserId) -> Result<Option<User>, DataError> {
        let locked = Entity::find_by_id(id.as_str()).lock(LockType::NoKeyUpdate);
        locked.one(&self.db).await?.map(to_domain).transpose()
    }

    /// Several users by id; unknown ones are absent.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_many(
        &self,
        ids: impl IntoIterator<Item = &UserId> + Send,
    ) -> Result<HashMap<UserId, User>, DataError> {
        let ids = few_lengths(ids.into_iter().map(UserId::as_str));
        let rows = Entity::find().filter(Column::Id.is_in(ids)).all(&self.db).await?;
        rows.into_iter().map(|row| to_domain(row).map(|user| (user.id.clone(), user))).collect()
    }

    /// The ids of those who have a role, in their order, at most `limit`.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_ids_with_role(&self, role: UserRole, limit: u64) -> Result<Vec<UserId>, DataError> {
        let ids: Vec<String> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(has_role(role))
            .order_by_asc(Column::Id)
            .limit(limit)
            .into_tuple()
            .all(&self.db)
            .await?;
        ids.into_iter().map(user_id).collect()
    }

    /// Users whose confirmed address is one of these, which are in lower case.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_by_verified_emails(&self, emails: &[String]) -> Result<Vec<User>, DataError> {
        if emails.is_empty() {
            return Ok(Vec::new());
        }
        let lowered = Expr::expr(Func::lower(Expr::col(Column::Email)));
        let found = Entity::find()
            .filter(Column::EmailVerified.eq(true))
            .filter(lowered.is_in(emails.iter().map(String::as_str)))
            .order_by_asc(Column::Id);
        found.all(&self.db).await?.into_iter().map(to_domain).collect()
    }

    /// Adds a user; `false` where the id is there already.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert(&self, user: &User) -> Result<bool, DataError> {
        let result = Entity::insert(to_row(user))
            .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(&self.db)
            .await?;
        Ok(matches!(result, TryInsertResult::Inserted(1)))
    }

    /// Writes everything about a user that can change.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn update(&self, user: &User) -> Result<(), DataError> {
        let mut row = to_row(user);
        row.id = sea_orm::ActiveValue::Unchanged(user.id.to_string());
        row.created_at = sea_orm::ActiveValue::NotSet;
        Entity::update_many().set(row).filter(Column::Id.eq(user.id.as_str())).exec(&self.db).await?;
        Ok(())
    }

    /// Users whose name contains `query` in any case and who have `role`, by name; with their number.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn search(
        &self,
        query: Option<&str>,
        role: Option<UserRole>,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<User>, u64), DataError> {
        self.page(query.map(|query| contains(Column::DisplayName, query)), role, offset, limit).await
    }

    /// As [`search`](Self::search), where the e-mail address may contain `query` instead.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn search_accounts(
        &self,
        query: Option<&str>,
        role: Option<UserRole>,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<User>, u64), DataError> {
        let named = query.map(|query| contains(Column::DisplayName, query).or(contains(Column::Email, query)));
        self.page(named, role, offset, limit).await
    }

    /// How many users there are.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count(&self) -> Result<u64, DataError> {
        Ok(Entity::find().count(&self.db).await?)
    }

    async fn page(
        &self,
        named: Option<Expr>,
        role: Option<UserRole>,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<User>, u64), DataError> {
        let role = role.filter(|role| *role != UserRole::Member).map(has_role);
        let filter = Condition::all().add_option(named).add_option(role);
        let found = Entity::find().filter(filter);
        let total = found.clone().count(&self.db).await?;
        let rows = found
            .order_by_asc(Column::DisplayName)
            .order_by_asc(Column::Id)
            .offset(offset)
            .limit(limit)
            .all(&self.db)
            .await?;
        Ok((rows.into_iter().map(to_domain).collect::<Result<_, _>>()?, total))
    }
}

/// Whether a user has a role that is written down.
fn has_role(role: UserRole) -> Expr {
    Column::Roles.like(format!("%,{role},%"))
}

/// Whether a text column contains a text in any case, `%` and `_` taken as they are.
///
/// SQLite, and PostgreSQL in the C locale, fold ASCII letters only: there, other letters are found as they are spelled.
pub(super) fn contains(column: impl ColumnTrait, text: &str) -> Expr {
    let folded_by_database = Expr::expr(Func::lower(Expr::col(column.as_column_ref())));
    let like = |text: &str| folded_by_database.clone().like(LikeExpr::new(pattern(text)).escape('\\'));
    let (folded, folded_as_ascii) = (text.to_lowercase(), text.to_ascii_lowercase());
    if folded == folded_as_ascii { like(&folded) } else { like(&folded).or(like(&folded_as_ascii)) }
}

fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn to_row(user: &User) -> ActiveModel {
    // Each role between commas, so that a search for one cannot meet a part of another.
    let mut roles = String::from(",");
    for role in &user.roles {
        roles.push_str(role.as_str());
        roles.push(',');
    }
    ActiveModel {
        id: Set(user.id.to_string()),
        source: Set(user.source.map(|source| source.to_string())),
        display_name: Set(user.display_name.clone()),
        email: Set(user.email.clone()),
        email_verified: Set(user.email_verified),
        avatar_url: Set(user.avatar_url.clone()),
        roles: Set(roles),
        profile_issued_at: Set(micros(user.profile_issued_at)),
        created_at: Set(user.created_at.as_micros()),
        updated_at: Set(user.updated_at.as_micros()),
    }
}

fn to_domain(row: Model) -> Result<User, DataError> {
    Ok(User {
        id: user_id(row.id)?,
        source: row.source.as_deref().map(parse).transpose()?,
        display_name: row.display_name,
        email: row.email,
        email_verified: row.email_verified,
        avatar_url: row.avatar_url,
        roles: row.roles.split(',').filter(|role| !role.is_empty()).map(parse).collect::<Result<_, _>>()?,
        profile_issued_at: time(row.profile_issued_at),
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
    })
}
