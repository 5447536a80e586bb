//! `GET /api/admin/jobs` and `POST /api/admin/jobs/{id}/retry`.

use mockly_data::{JobRow, Store};
use mockly_domain::{ErrorCode, JobId, JobState};

use crate::services::Wakes;
use crate::{Page, Paged, Principal, ServiceError, Services};

impl Services {
    /// Follow-up work in a state, or all of it: what died last first, then by when it is due.
    ///
    /// # Errors
    /// `forbidden` for everyone but admins.
    pub async fn list_jobs(
        &self,
        caller: &Principal,
        state: Option<JobState>,
        page: Page,
    ) -> Result<Paged<JobRow>, ServiceError> {
        caller.require_admin()?;
        let now = self.now();
        let total = self.db().jobs().count(state, now).await?;
        let items = self.db().jobs().list(state, now, page.offset(), page.limit()).await?;
        Ok(Paged { items, total, page: page.page, size: page.size })
    }

    /// Has a dead job tried again at once, with as many tries as a new one.
    ///
    /// # Errors
    /// `forbidden` for everyone but admins, `job-not-found`, `job-not-dead`.
    pub async fn retry_job(&self, caller: &Principal, id: JobId) -> Result<JobRow, ServiceError> {
        caller.require_admin()?;
        let now = self.now();
        let work = self.begin().await?;
        let is_revived = work.jobs().revive(id, now).await?;
        let job = work.jobs().find(id, now).await?.ok_or_else(|| {
            let detail = "There is no job with this id; a job that is done is gone.";
            ServiceError::refused(ErrorCode::JobNotFound, detail)
        })?;
        if !is_revived {
            let detail = format!("The job is {}; it is tried by itself.", job.state);
            return Err(ServiceError::refused(ErrorCode::JobNotDead, detail));
        }
        self.commit(work, Wakes { jobs: true, ..Wakes::default() }).await?;
        Ok(job)
    }
}
