//! `GET /api/sessions/{id}/participants`.

use mockly_data::Store;
use mockly_domain::SessionId;
use mockly_domain::access::Action;
use mockly_domain::view::ParticipantView;

use super::view::participant_view;
use crate::{Page, Paged, Principal, ServiceError, Services};

impl Services {
    /// Everyone in a session, in the order of their invitation.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied`, and the own status.
    pub async fn list_participants(
        &self,
        caller: &Principal,
        id: SessionId,
        page: Page,
    ) -> Result<Paged<ParticipantView>, ServiceError> {
        self.authorized(caller, id, Action::Follow).await?;
        let total = self.db().participants().count(id).await?;
        let shown = self.db().roll().shown(id, page.offset(), page.limit()).await?;
        let items = shown.iter().map(participant_view).collect();
        Ok(Paged { items, total, page: page.page, size: page.size })
    }
}
