//! `GET /api/classes` and `GET /api/classes/{id}`.

use mockly_data::Store;
use mockly_domain::class::ClassAction;
use mockly_domain::{Class, ClassId};

use crate::{Page, Paged, Principal, ServiceError, Services};

/// A class with what is known of it elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassDetails {
    /// The class.
    pub class: Class,
    /// The teacher's name.
    pub teacher_name: String,
    /// How many are enrolled.
    pub student_count: u64,
}

impl Services {
    /// One class.
    ///
    /// # Errors
    /// `class-not-found`, `access-denied`.
    pub async fn read_class(&self, caller: &Principal, id: ClassId) -> Result<ClassDetails, ServiceError> {
        let class = self.authorized_class(caller, id, ClassAction::Read).await?;
        self.details_of(class).await
    }

    /// The classes that the caller teaches or is enrolled in, newest first; all to an admin.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn list_classes(&self, caller: &Principal, page: Page) -> Result<Paged<ClassDetails>, ServiceError> {
        let own = (!caller.is_admin()).then(|| caller.user_id());
        let (classes, total) = self.db().classes().list(own, page.offset(), page.limit()).await?;
        let ids: Vec<ClassId> = classes.iter().map(|class| class.id).collect();
        let counts = self.db().classes().count_students_of_many(&ids).await?;
        let teachers = self.db().users().find_many(classes.iter().map(|class| &class.teacher_id)).await?;
        let items = classes.into_iter().map(|class| ClassDetails {
            teacher_name: teachers
                .get(&class.teacher_id)
                .map_or_else(|| "User".to_owned(), |teacher| teacher.display_name.clone()),
            student_count: counts.get(&class.id).copied().unwrap_or(0),
            class,
        });
        Ok(Paged { items: items.collect(), total, page: page.page, size: page.size })
    }

    pub(super) async fn details_of(&self, class: Class) -> Result<ClassDetails, ServiceError> {
        let teacher = self.db().users().find(&class.teacher_id).await?;
        Ok(ClassDetails {
            teacher_name: teacher.map_or_else(|| "User".to_owned(), |teacher| teacher.display_name),
            student_count: self.db().classes().count_students(class.id).await?,
            class,
        })
    }
}
