//! `GET /api/sessions/{id}/calendar.ics` (R14).

use mockly_data::Store;
use mockly_domain::SessionId;
use mockly_domain::access::Action;

use crate::calendar::{self, EventFacts};
use crate::{Principal, ServiceError, Services};

impl Services {
    /// The session as an iCalendar file with one VEVENT.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied`.
    pub async fn session_calendar(&self, caller: &Principal, id: SessionId) -> Result<String, ServiceError> {
        let session = self.authorized(caller, id, Action::Read).await?;
        let creator = self.db().users().find(&session.created_by).await?;
        let organizer = creator.as_ref().map_or("User", |user| user.display_name.as_str());
        let url = self.inner.settings.public_url.meeting(id);
        Ok(calendar::write(&EventFacts { session: &session, organizer, url: &url, now: self.now() }))
    }
}
