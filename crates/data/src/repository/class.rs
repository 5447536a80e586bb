//! Classes, who is enrolled in them, and who is invited by an address.

use std::collections::HashMap;

use mockly_domain::{Class, ClassId, InvitationId, Timestamp, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict, Query};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use crate::DataError;
use crate::convert::user_id;
use crate::entity::class::{ActiveModel, Column, Entity, Model};
use crate::entity::{class_invitation as invitation, class_student as student};

/// One student of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The student.
    pub user_id: UserId,
    /// Since when.
    pub enrolled_at: Timestamp,
}

/// An address that is invited to a class and has not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Id; later ones sort later.
    pub id: InvitationId,
    /// The address, in lower case.
    pub email: String,
    /// Since when.
    pub invited_at: Timestamp,
}

/// Rows in one statement; far below both databases' limits on parameters.
const ROWS_PER_STATEMENT: usize = 500;

super::repository!(
    /// Classes, their students and invitations.
    ClassRepository
);

impl ClassRepository<'_> {
    /// One class.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, id: ClassId) -> Result<Option<Class>, DataError> {
        Entity::find_by_id(id.0).one(&self.db).await?.map(to_domain).transpose()
    }

    /// One class, kept from other changes of it, of its students and from new sessions of it until the unit of work
    /// ends. To be locked before any of its sessions.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn lock(&self, id: ClassId) -> Result<Option<Class>, DataError> {
        Entity::find_by_id(id.0).lock(LockType::NoKeyUpdate).one(&self.db).await?.map(to_domain).transpose()
    }

    /// Several classes by id; unknown ones are absent.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_many(&self, ids: &[ClassId]) -> Result<HashMap<ClassId, Class>, DataError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.0))).all(&self.db).await?;
        rows.into_iter().map(|row| to_domain(row).map(|class| (class.id, class))).collect()
    }

    /// Adds a class.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert(&self, class: &Class) -> Result<(), DataError> {
        Entity::insert(to_row(class)).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// Writes everything about a class that can change.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn update(&self, class: &Class) -> Result<(), DataError> {
        let mut row = to_row(class);
        row.id = ActiveValue::NotSet;
        Entity::update_many().set(row).filter(Column::Id.eq(class.id.0)).exec(&self.db).await?;
        Ok(())
    }

    /// Deletes a class, who is enrolled in it and who is invited.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn delete(&self, id: ClassId) -> Result<(), DataError> {
        Entity::delete_by_id(id.0).exec(&self.db).await?;
        Ok(())
    }

    /// Classes, newest first, with their number: those that `user` teaches or is enrolled in, or all.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list(&self, user: Option<&UserId>, offset: u64, limit: u64) -> Result<(Vec<Class>, u64), DataError> {
        // An empty `any` holds of nothing, an empty `all` of everything.
        let mut own = Condition::all();
        if let Some(user) = user {
            let enrolled = Query::select()
                .column(student::Column::ClassId)
                .from(student::Entity)
                .and_where(student::Column::UserId.eq(user.as_str()))
                .to_owned();
            own = Condition::any().add(Column::TeacherId.eq(user.as_str())).add(Column::Id.in_subquery(enrolled));
        }
        let found = Entity::find().filter(own);
        let total = found.clone().count(&self.db).await?;
        let newest_first = found.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id);
        let rows = newest_first.offset(offset).limit(limit).all(&self.db).await?;
        Ok((rows.into_iter().map(to_domain).collect::<Result<_, _>>()?, total))
    }

    /// Whether a user is enrolled.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn is_enrolled(&self, id: ClassId, user: &UserId) -> Result<bool, DataError> {
        Ok(student::Entity::find_by_id((id.0, user.to_string())).one(&self.db).await?.is_some())
    }

    /// Everyone who is enrolled.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn student_ids(&self, id: ClassId) -> Result<Vec<UserId>, DataError> {
        let ids: Vec<String> = student::Entity::find()
            .select_only()
            .column(student::Column::UserId)
            .filter(student::Column::ClassId.eq(id.0))
            .order_by_asc(student::Column::UserId)
            .into_tuple()
            .all(&self.db)
            .await?;
        ids.into_iter().map(user_id).collect()
    }

    /// How many are enrolled.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count_students(&self, id: ClassId) -> Result<u64, DataError> {
        Ok(student::Entity::find().filter(student::Column::ClassId.eq(id.0)).count(&self.db).await?)
    }

    /// How many are enrolled in each of several classes; one without students is absent.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count_students_of_many(&self, ids: &[ClassId]) -> Result<HashMap<ClassId, u64>, DataError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(Uuid, i64)> = student::Entity::find()
            .select_only()
            .column(student::Column::ClassId)
            .column_as(student::Column::UserId.count(), "students")
            .filter(student::Column::ClassId.is_in(ids.iter().map(|id| id.0)))
            .group_by(student::Column::ClassId)
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(|(id, count)| (ClassId(id), u64::try_from(count).unwrap_or(0))).collect())
    }

    /// Students in the order of their enrolment.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_students(&self, id: ClassId, offset: u64, limit: u64) -> Result<Vec<Enrolment>, DataError> {
        let rows = student::Entity::find()
            .filter(student::Column::ClassId.eq(id.0))
            .order_by_asc(student::Column::EnrolledAt)
            .order_by_asc(student::Column::UserId)
            .offset(offset)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Enrolment { user_id: user_id(row.user_id)?, enrolled_at: Timestamp::from_micros(row.enrolled_at) })
            })
            .collect()
    }

    /// Enrols users who are there; how many were not enrolled yet.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn enrol(&self, id: ClassId, users: &[UserId], at: Timestamp) -> Result<u64, DataError> {
        let mut added = 0;
        for chunk in users.chunks(ROWS_PER_STATEMENT) {
            let rows = chunk.iter().map(|user| student::ActiveModel {
                class_id: Set(id.0),
                user_id: Set(user.to_string()),
                enrolled_at: Set(at.as_micros()),
            });
            let known =
                OnConflict::columns([student::Column::ClassId, student::Column::UserId]).do_nothing().to_owned();
            added += student::Entity::insert_many(rows).on_conflict(known).exec_without_returning(&self.db).await?;
        }
        Ok(added)
    }

    /// Takes a student out; whether they were enrolled.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn unenrol(&self, id: ClassId, user: &UserId) -> Result<bool, DataError> {
        let gone = student::Entity::delete_by_id((id.0, user.to_string())).exec(&self.db).await?;
        Ok(gone.rows_affected > 0)
    }

    /// Invites addresses, which are in lower case; how many were not invited yet.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn invite(&self, id: ClassId, invited: &[(Uuid, String)], at: Timestamp) -> Result<u64, DataError> {
        let mut added = 0;
        for chunk in invited.chunks(ROWS_PER_STATEMENT) {
            let rows = chunk.iter().map(|(row_id, email)| invitation::ActiveModel {
                id: Set(*row_id),
                class_id: Set(id.0),
                email: Set(email.clone()),
                created_at: Set(at.as_micros()),
            });
            let known = OnConflict::columns([invitation::Column::ClassId, invitation::Column::Email]);
            let known = known.clone().do_nothing().to_owned();
            added += invitation::Entity::insert_many(rows).on_conflict(known).exec_without_returning(&self.db).await?;
        }
        Ok(added)
    }

    /// How many addresses are invited and have not come.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count_invitations(&self, id: ClassId) -> Result<u64, DataError> {
        Ok(invitation::Entity::find().filter(invitation::Column::ClassId.eq(id.0)).count(&self.db).await?)
    }

    /// Addresses that are invited and have not come, in the order of their invitation.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_invitations(&self, id: ClassId, offset: u64, limit: u64) -> Result<Vec<Invitation>, DataError> {
        let rows = invitation::Entity::find()
            .filter(invitation::Column::ClassId.eq(id.0))
            .order_by_asc(invitation::Column::CreatedAt)
            .order_by_asc(invitation::Column::Id)
            .offset(offset)
            .limit(limit)
            .all(&self.db)
            .await?;
        let invitations = rows.into_iter().map(|row| Invitation {
            id: InvitationId(row.id),
            email: row.email,
            invited_at: Timestamp::from_micros(row.created_at),
        });
        Ok(invitations.collect())
    }

    /// The classes that an address, in lower case, is invited to.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_invited_to(&self, email: &str) -> Result<Vec<ClassId>, DataError> {
        let ids: Vec<Uuid> = invitation::Entity::find()
            .select_only()
            .column(invitation::Column::ClassId)
            .filter(invitation::Column::Email.eq(email))
            .order_by_asc(invitation::Column::ClassId)
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(ids.into_iter().map(ClassId).collect())
    }

    /// Takes one invitation to a class back, if there is one.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn delete_invitation(&self, id: ClassId, invitation: InvitationId) -> Result<(), DataError> {
        invitation::Entity::delete_by_id(invitation.0)
            .filter(invitation::Column::ClassId.eq(id.0))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Takes invitations to a class back.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn delete_invitations(&self, id: ClassId, emails: &[String]) -> Result<(), DataError> {
        if emails.is_empty() {
            return Ok(());
        }
        invitation::Entity::delete_many()
            .filter(invitation::Column::ClassId.eq(id.0))
            .filter(Expr::col(invitation::Column::Email).is_in(emails.iter().map(String::as_str)))
            .exec(&self.db)
            .await?;
        Ok(())
    }
}

fn to_row(class: &Class) -> ActiveModel {
    ActiveModel {
        id: Set(class.id.0),
        name: Set(class.name.clone()),
        description: Set(class.description.clone()),
        teacher_id: Set(class.teacher_id.to_string()),
        version: Set(class.version),
        created_at: Set(class.created_at.as_micros()),
        updated_at: Set(class.updated_at.as_micros()),
    }
}

fn to_domain(row: Model) -> Result<Class, DataError> {
    Ok(Class {
        id: ClassId(row.id),
        name: row.name,
        description: row.description,
        teacher_id: user_id(row.teacher_id)?,
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
    })
}
