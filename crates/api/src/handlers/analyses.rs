//! `/api/sessions/{id}/analyses` and `/api/analyses`.

mod analysis_response;
mod list_analyses;
mod read_analysis;
mod read_recording;
mod report_analysis;
mod request_analysis;

#[cfg(test)]
pub(super) use report_analysis::ReportAnalysisRequest;
#[cfg(test)]
pub(super) use request_analysis::RequestAnalysisRequest;

use crate::handlers::endpoints::Endpoints;

pub(super) fn configure(config: &mut impl Endpoints) {
    config
        .service(request_analysis::request_analysis)
        .service(list_analyses::list_analyses)
        .service(read_analysis::read_analysis)
        .service(report_analysis::report_analysis)
        .service(read_recording::read_analysis_content);
}
