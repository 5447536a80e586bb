//! `GET /api/analyses/{id}` and `GET /api/sessions/{id}/analyses`.

use mockly_data::Store as _;
use mockly_domain::access::Action;
use mockly_domain::analysis::AnalysisReport;
use mockly_domain::{Analysis, AnalysisId, ErrorCode, SessionId};

use crate::{Page, Paged, Principal, ServiceError, Services};

/// An analysis and its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisView {
    /// How far it is.
    pub analysis: Analysis,
    /// The figures, once it has succeeded.
    pub report: Option<AnalysisReport>,
}

impl Services {
    /// An analysis, for whoever reads the records of its session.
    ///
    /// # Errors
    /// `analysis-not-found`, `access-denied` and the refusals of one's own status.
    pub async fn read_analysis(&self, caller: &Principal, id: AnalysisId) -> Result<AnalysisView, ServiceError> {
        let not_found = || ServiceError::refused(ErrorCode::AnalysisNotFound, "There is no analysis with this id.");
        let analysis = self.db().analyses().find(id).await?.ok_or_else(not_found)?;
        self.authorized(caller, analysis.session_id, Action::ReadRecords).await?;
        view_of(analysis)
    }

    /// The analyses of a session's recordings without their figures, newest first, for whoever reads its records.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied` and the refusals of one's own status.
    pub async fn list_analyses(
        &self,
        caller: &Principal,
        session_id: SessionId,
        page: Page,
    ) -> Result<Paged<Analysis>, ServiceError> {
        self.authorized(caller, session_id, Action::ReadRecords).await?;
        let (items, total) = self.db().analyses().list_page(session_id, page.offset(), page.limit()).await?;
        Ok(Paged { items, total, page: page.page, size: page.size })
    }
}

pub(super) fn view_of(analysis: Analysis) -> Result<AnalysisView, ServiceError> {
    let report = analysis.report.as_deref().map(serde_json::from_str).transpose();
    let report = report.map_err(|error| ServiceError::Internal(format!("a report cannot be read: {error}")))?;
    Ok(AnalysisView { analysis, report })
}
