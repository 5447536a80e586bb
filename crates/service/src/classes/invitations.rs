//! Invitations by address, and `/api/classes/{id}/invitations`: they attach to an account whose issuer has confirmed the address, and to no other.

use mockly_data::{Invitation, Store};
use mockly_domain::class::ClassAction;
use mockly_domain::{ClassId, InvitationId, User, UserId};

use super::lock_taught;
use crate::identity::normal_email;
use crate::{Page, Paged, Principal, ServiceError, Services};

/// What is logged of an account whose invitations wait for its next sign-in, because storage failed after this one.
pub(crate) const NOT_ATTACHED: &str = "invitations were not attached to an account";

impl Services {
    /// Who is invited to a class and has not come, in the order of their invitation. For its teacher and admins.
    ///
    /// # Errors
    /// `class-not-found`, `not-the-teacher`.
    pub async fn list_invitations(
        &self,
        caller: &Principal,
        id: ClassId,
        page: Page,
    ) -> Result<Paged<Invitation>, ServiceError> {
        self.authorized_class(caller, id, ClassAction::Teach).await?;
        let total = self.db().classes().count_invitations(id).await?;
        let items = self.db().classes().list_invitations(id, page.offset(), page.limit()).await?;
        Ok(Paged { items, total, page: page.page, size: page.size })
    }

    /// Takes an invitation to a class back. One that is not there any more changes nothing: whoever has come with it
    /// stays enrolled.
    ///
    /// # Errors
    /// `class-not-found`, `not-the-teacher`.
    pub async fn withdraw_invitation(
        &self,
        caller: &Principal,
        id: ClassId,
        invitation: InvitationId,
    ) -> Result<(), ServiceError> {
        let work = self.begin().await?;
        lock_taught(&work, caller, id).await?;
        work.classes().delete_invitation(id, invitation).await?;
        Ok(work.commit().await?)
    }

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
