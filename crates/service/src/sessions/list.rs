//! `GET /api/sessions`.

use std::collections::HashSet;

use mockly_data::{SessionFilter, SessionSort, Store};
use mockly_domain::view::SessionView;
use mockly_domain::{ClassId, SessionId, SessionKind, SessionStatus, Timestamp};

use super::view::views_of;
use crate::{Page, Paged, Principal, ServiceError, Services};

/// Which of the caller's sessions are wanted; all conditions must hold.
#[derive(Debug, Clone)]
pub struct ListSessions {
    /// Only in this status.
    pub status: Option<SessionStatus>,
    /// Only of this kind.
    pub kind: Option<SessionKind>,
    /// Only of this class.
    pub class_id: Option<ClassId>,
    /// Title or description contain this text in any case.
    pub q: Option<String>,
    /// Scheduled at this instant or later.
    pub from: Option<Timestamp>,
    /// Scheduled at this instant or earlier.
    pub to: Option<Timestamp>,
    /// In which order.
    pub sort: SessionSort,
    /// Which page.
    pub page: Page,
}

impl Services {
    /// The sessions that the caller made, takes part in or is enrolled for.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn list_sessions(
        &self,
        caller: &Principal,
        request: ListSessions,
    ) -> Result<Paged<SessionView>, ServiceError> {
        let Page { page, size } = request.page;
        let filter = SessionFilter {
            status: request.status,
            kind: request.kind,
            class_id: request.class_id,
            text: request.q,
            from: request.from,
            to: request.to,
        };
        let (sessions, total) = self
            .db()
            .sessions()
            .list_of_user(caller.user_id(), &filter, request.sort, request.page.offset(), request.page.limit())
            .await?;
        let mut items = views_of(self, self.db(), &sessions).await?;
        let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
        let kept = if caller.is_admin() {
            HashSet::new()
        } else {
            self.db().participants().kept_from_records(caller.user_id(), &ids).await?
        };
        for view in items.iter_mut().filter(|view| kept.contains(&view.id)) {
            view.artifacts.clear();
        }
        Ok(Paged { items, total, page, size })
    }
}
