//! Classes: who teaches, who is enrolled, who is invited by an address. One file a command.
//!
//! Locks are taken in one order: the class, then its sessions.

mod create;
mod delete;
mod edit;
mod enrol;
mod invitations;
mod read;
mod students;
mod unenrol;

pub use create::CreateClass;
pub use edit::PatchClass;
pub use enrol::{EnrolEntry, EnrolmentReport, Newcomer, RefusedEntry};
pub use mockly_data::Invitation;
pub use read::ClassDetails;
pub use students::StudentRow;

pub(crate) use invitations::NOT_ATTACHED;

use mockly_data::{Store, UnitOfWork};
use mockly_domain::class::{self, ClassAction};
use mockly_domain::{Class, ClassId, ErrorCode};

use crate::{Principal, ServiceError, Services};

/// Locks a class that the caller teaches.
async fn lock_taught(work: &UnitOfWork, caller: &Principal, id: ClassId) -> Result<Class, ServiceError> {
    let class = work.classes().lock(id).await?.ok_or(ErrorCode::ClassNotFound)?;
    class::authorize(ClassAction::Teach, &class, caller.user_id(), caller.is_admin(), false)?;
    Ok(class)
}

impl Services {
    /// A class that the caller may do this with.
    async fn authorized_class(
        &self,
        caller: &Principal,
        id: ClassId,
        action: ClassAction,
    ) -> Result<Class, ServiceError> {
        let class = self.db().classes().find(id).await?.ok_or(ErrorCode::ClassNotFound)?;
        let is_enrolled = self.db().classes().is_enrolled(id, caller.user_id()).await?;
        class::authorize(action, &class, caller.user_id(), caller.is_admin(), is_enrolled)?;
        Ok(class)
    }
}
