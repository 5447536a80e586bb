//! `PATCH /api/classes/{id}`.

use mockly_data::Store;
use mockly_domain::{ClassId, ErrorCode};

use super::{ClassDetails, lock_taught};
use crate::{Principal, ServiceError, Services};

/// What is to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct PatchClass {
    /// Name.
    pub name: Option<String>,
    /// Text below it; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
}

impl Services {
    /// Edits a class. An edit that changes nothing makes no new version.
    ///
    /// # Errors
    /// `class-not-found`, `not-the-teacher`, `stale-version`.
    pub async fn patch_class(
        &self,
        caller: &Principal,
        id: ClassId,
        if_match: Option<i64>,
        patch: PatchClass,
    ) -> Result<ClassDetails, ServiceError> {
        let work = self.begin().await?;
        let mut class = lock_taught(&work, caller, id).await?;
        if if_match.is_some_and(|version| version != class.version) {
            return Err(ServiceError::refused(
                ErrorCode::StaleVersion,
                format!("The class is at version {}; read it again and repeat your edit.", class.version),
            ));
        }
        let before = class.clone();
        class.name = patch.name.unwrap_or(class.name);
        class.description = patch.description.unwrap_or(class.description);
        if class != before {
            class.version += 1;
            class.updated_at = self.now();
            work.classes().update(&class).await?;
        }
        work.commit().await?;
        self.details_of(class).await
    }
}
