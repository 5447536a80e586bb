//! `DELETE /api/classes/{id}/students/{userId}`.

use mockly_data::Store;
use mockly_domain::{ClassId, EventType, UserId};

use super::lock_taught;
use crate::services::Wakes;
use crate::sessions::Change;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// Takes a student out of a class, and with that out of its sessions that are not over: whoever has a place in one
    /// is removed from it, and all lose its topic. What they attended before stays theirs to read. Taking out somebody
    /// who is not enrolled changes nothing.
    ///
    /// # Errors
    /// `class-not-found`, `not-the-teacher`.
    pub async fn unenrol_student(&self, caller: &Principal, id: ClassId, user: &UserId) -> Result<(), ServiceError> {
        let mut work = self.begin().await?;
        lock_taught(&work, caller, id).await?;
        if !work.classes().unenrol(id, user).await? {
            return Ok(());
        }
        for session in work.sessions().lock_open_of_class(id).await? {
            let mut change = Change::on(self, work, session);
            change.shut_out(user).await?;
            work = change.put_down().await?;
        }
        self.commit(work, Wakes::ALL).await
    }
}

impl Change<'_> {
    /// Ends a student's right to the session: removal where they have a place, else of the topic alone.
    async fn shut_out(&mut self, user: &UserId) -> Result<(), ServiceError> {
        match self.participant(user).await? {
            Some(place) if place.role.is_host() || place.status.is_turned_away() => Ok(()),
            Some(place) => {
                self.remove(place).await?;
                self.admit_who_need_not_wait().await
            }
            None => {
                let gone = std::slice::from_ref(user);
                self.tell(EventType::ParticipantLeft, gone, gone).await
            }
        }
    }
}
