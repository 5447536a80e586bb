//! Invitations by address: they attach to an account whose issuer has confirmed the address, and to no other.

use mockly_data::Store;
use mockly_domain::{ClassId, User, UserId};

use crate::identity::normal_email;
use crate::{ServiceError, Services};

impl Services {
    /// Enrols a user wherever their confirmed address is invited. It has a unit of work of its own, after that of the
    /// sign-in: an enrolment and a sign-in that happen at once each look once more after their commit, so that one of
    /// them sees the other. Every new token looks again, so nothing is lost with a node that dies in between.
    pub(crate) async fn attach_invitations(&self, user: &User) -> Result<(), ServiceError> {
        let Some(email) = user.email.as_deref().filter(|_| user.email_verified).map(normal_email) else {
            return Ok(());
        };
        let invited_to = self.db().classes().list_invited_to(&email).await?;
        if invited_to.is_empty() {
            return Ok(());
        }
        let work = self.begin().await?;
        for class_id in invited_to {
            // Locked in the order of ids, so that no two such sign-ins wait for each other, and no class is deleted in
            // between.
            let Some(class) = work.classes().lock(class_id).await? else { continue };
            if class.teacher_id != user.id {
                work.classes().enrol(class_id, std::slice::from_ref(&user.id), self.now()).await?;
            }
            work.classes().delete_invitations(class_id, std::slice::from_ref(&email)).await?;
        }
        Ok(work.commit().await?)
    }

    /// Attaches the invitations of a class to those who have signed in since the accounts were looked at.
    pub(super) async fn attach_verified(&self, id: ClassId, emails: &[String]) -> Result<(), ServiceError> {
        let owners = self.db().users().find_by_verified_emails(emails).await?;
        if owners.is_empty() {
            return Ok(());
        }
        let work = self.begin().await?;
        if let Some(class) = work.classes().lock(id).await? {
            let users: Vec<UserId> =
                owners.iter().map(|owner| owner.id.clone()).filter(|user| *user != class.teacher_id).collect();
            let attached: Vec<String> =
                owners.iter().filter_map(|owner| owner.email.as_deref().map(normal_email)).collect();
            work.classes().enrol(id, &users, self.now()).await?;
            work.classes().delete_invitations(id, &attached).await?;
        }
        Ok(work.commit().await?)
    }
}
