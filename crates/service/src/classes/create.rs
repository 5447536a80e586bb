//! `POST /api/classes`.

use mockly_data::Store;
use mockly_domain::{Class, ClassId, ErrorCode, UserId, UserRole};

use super::ClassDetails;
use crate::{Principal, ServiceError, Services};

/// A class to be made.
#[derive(Debug, Clone, Default)]
pub struct CreateClass {
    /// Name.
    pub name: String,
    /// Text below it.
    pub description: Option<String>,
    /// Who teaches; the caller where absent. Only an admin names somebody else.
    pub teacher_id: Option<UserId>,
}

impl Services {
    /// Makes a class.
    ///
    /// # Errors
    /// `forbidden` to whoever has neither the role TEACHER nor ADMIN, or names somebody else without being an admin;
    /// `unknown-user`, `not-a-teacher`, `validation-failed`.
    pub async fn create_class(&self, caller: &Principal, request: CreateClass) -> Result<ClassDetails, ServiceError> {
        let teaches = caller.user.roles.contains(&UserRole::Teacher);
        if !teaches && !caller.is_admin() {
            return Err(ServiceError::refused(ErrorCode::Forbidden, "Only users with the role TEACHER make classes."));
        }
        let teacher_id = match request.teacher_id {
            Some(id) => id,
            None if teaches => caller.user_id().clone(),
            None => return Err(ServiceError::field("teacherId", "must name who teaches")),
        };
        if teacher_id != *caller.user_id() && !caller.is_admin() {
            return Err(ServiceError::refused(ErrorCode::Forbidden, "Only admins make classes of other teachers."));
        }
        let work = self.begin().await?;
        let teacher = work.users().find(&teacher_id).await?.ok_or_else(|| {
            ServiceError::refused(
                ErrorCode::UnknownUser,
                format!("There is no user with the id {teacher_id}; users appear here when they first sign in."),
            )
        })?;
        if !teacher.roles.contains(&UserRole::Teacher) {
            return Err(ServiceError::refused(
                ErrorCode::NotATeacher,
                format!("The user {teacher_id} has not the role TEACHER."),
            ));
        }
        let now = self.now();
        let class = Class {
            id: ClassId(self.inner.ids.uuid()),
            name: request.name,
            description: request.description,
            teacher_id,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        work.classes().insert(&class).await?;
        work.commit().await?;
        Ok(ClassDetails { class, teacher_name: teacher.display_name, student_count: 0 })
    }
}
