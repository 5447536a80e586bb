//! `GET /api/sessions/me/active`.

use mockly_data::Store;
use mockly_domain::ErrorCode;
use mockly_domain::view::SessionView;

use super::view::view_for_reader;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// The INTERVIEW that the caller holds, else the newest ACTIVE session they have joined.
    ///
    /// # Errors
    /// `no-active-session`.
    pub async fn active_session(&self, caller: &Principal) -> Result<SessionView, ServiceError> {
        let held = match self.db().participants().held_by(caller.user_id()).await? {
            Some(id) => self.db().sessions().find(id).await?,
            None => None,
        };
        let session = match held {
            Some(session) => session,
            None => {
                self.db().sessions().newest_active_joined(caller.user_id()).await?.ok_or(ErrorCode::NoActiveSession)?
            }
        };
        view_for_reader(self, &session).await
    }
}
