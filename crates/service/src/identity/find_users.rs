//! Looking for people.

use mockly_data::Store;
use mockly_domain::{User, UserRole};

use super::account::NAME_CHARS_MAX;
use crate::{Page, Paged, Principal, ServiceError, Services};

impl Services {
    /// Users whose name contains a text in any case and who have a role (`MEMBER` is everyone), by name. Whoever is
    /// signed in may look, since they need somebody to meet; the edge shows id, name, picture and roles only.
    ///
    /// # Errors
    /// `validation-failed` where the text is longer than a name can be.
    pub async fn find_users(
        &self,
        _principal: &Principal,
        query: Option<&str>,
        role: Option<UserRole>,
        page: Page,
    ) -> Result<Paged<User>, ServiceError> {
        let query = query.map(str::trim).filter(|query| !query.is_empty());
        if query.is_some_and(|query| query.chars().count() > NAME_CHARS_MAX) {
            return Err(ServiceError::field("query", "must have at most 120 characters"));
        }
        let (items, total) = self.db().users().search(query, role, page.offset(), page.limit()).await?;
        Ok(Paged { items, total, page: page.page, size: page.size })
    }
}
