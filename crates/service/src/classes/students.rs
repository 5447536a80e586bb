//! `GET /api/classes/{id}/students`.

use mockly_data::Store;
use mockly_domain::class::ClassAction;
use mockly_domain::{ClassId, Timestamp, UserId};

use crate::{Page, Paged, Principal, ServiceError, Services};

/// One student of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentRow {
    /// User.
    pub user_id: UserId,
    /// Name.
    pub user_display_name: String,
    /// Picture.
    pub user_avatar_url: Option<String>,
    /// Since when.
    pub enrolled_at: Timestamp,
}

impl Services {
    /// Who is enrolled in a class, in the order of their enrolment. For its teacher and admins.
    ///
    /// # Errors
    /// `class-not-found`, `not-the-teacher`.
    pub async fn list_students(
        &self,
        caller: &Principal,
        id: ClassId,
        page: Page,
    ) -> Result<Paged<StudentRow>, ServiceError> {
        self.authorized_class(caller, id, ClassAction::Teach).await?;
        let total = self.db().classes().count_students(id).await?;
        let enrolments = self.db().classes().list_students(id, page.offset(), page.limit()).await?;
        let users = self.db().users().find_many(enrolments.iter().map(|enrolment| &enrolment.user_id)).await?;
        let items = enrolments.into_iter().map(|enrolment| {
            let user = users.get(&enrolment.user_id);
            StudentRow {
                user_display_name: user.map_or_else(|| "User".to_owned(), |user| user.display_name.clone()),
                user_avatar_url: user.and_then(|user| user.avatar_url.clone()),
                user_id: enrolment.user_id,
                enrolled_at: enrolment.enrolled_at,
            }
        });
        Ok(Paged { items: items.collect(), total, page: page.page, size: page.size })
    }
}
