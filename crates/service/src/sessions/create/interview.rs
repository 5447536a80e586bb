//! An INTERVIEW: two people, one of whom asks. Its creator holds it (R1).

use mockly_data::{DataError, Store};
use mockly_domain::view::SessionView;
use mockly_domain::{MediaPolicy, SessionKind};

use super::{CreateSession, Defaults, Pair, announce, find_other, new_session, place};
use crate::sessions::Change;
use crate::{Principal, ServiceError, Services};

impl Services {
    pub(super) async fn create_interview(
        &self,
        caller: &Principal,
        request: CreateSession,
        pair: Pair,
    ) -> Result<SessionView, ServiceError> {
        let defaults = Defaults {
            kind: SessionKind::Interview,
            title: "Interview",
            scheduled_at: self.now(),
            max_participants: 2,
            media: MediaPolicy::default(),
        };
        let session = new_session(self, caller, request, defaults)?;
        let work = self.begin().await?;
        find_other(&work, caller, &pair.other).await?;
        if let Some(held) = work.participants().held_by(caller.user_id()).await? {
            return Err(ServiceError::already_holds(Some(held)));
        }
        let change = Change::create(self, work, session).await?;
        let creator = place(self, change.session.id, caller.user_id().clone(), pair.own_role, true);
        let other = place(self, change.session.id, pair.other.clone(), pair.other_role, false);
        match change.work().participants().insert_many(&[creator, other]).await {
            Ok(()) => {}
            // Somebody else's request of the same user was quicker: the index decides (R1).
            Err(DataError::Conflict(_)) => {
                drop(change);
                let held = self.db().participants().held_by(caller.user_id()).await?;
                return Err(ServiceError::already_holds(held));
            }
            Err(error) => return Err(error.into()),
        }
        announce(change, caller, &[pair.other]).await
    }
}
