//! `GET /api/admin/users`.

use mockly_data::Store;
use mockly_domain::{User, UserRole};

use crate::{Page, Paged, Principal, ServiceError, Services};

/// Longest text to search for: the longest e-mail address.
const QUERY_CHARS_MAX: usize = 254;

impl Services {
    /// Users whose name or e-mail address contains a text in any case and who have a role, by name.
    ///
    /// # Errors
    /// `forbidden` for everyone but admins, `validation-failed` where the text is longer than an address can be.
    pub async fn list_accounts(
        &self,
        caller: &Principal,
        query: Option<&str>,
        role: Option<UserRole>,
        page: Page,
    ) -> Result<Paged<User>, ServiceError> {
        caller.require_admin()?;
        let query = query.map(str::trim).filter(|query| !query.is_empty());
        if query.is_some_and(|query| query.chars().count() > QUERY_CHARS_MAX) {
            return Err(ServiceError::field("query", "must have at most 254 characters"));
        }
        let (items, total) = self.db().users().search_accounts(query, role, page.offset(), page.limit()).await?;
        Ok(Paged { items, total, page: page.page, size: page.size })
    }
}
