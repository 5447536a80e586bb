//! Service errors become problems.

use mockly_service::ServiceError;

use super::Problem;

impl From<ServiceError> for Problem {
    /// A refusal is told in full; a failure keeps its cause for the log.
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(refused) => {
                let mut problem = Self::new(refused.code, refused.detail).fields(refused.fields);
                problem.0.refused_join = refused.of_join;
                problem.0.retry_after = refused.retry_after;
                problem.0.opens_at = refused.opens_at;
                problem.0.closes_at = refused.closes_at;
                problem.0.active_session_id = refused.active_session_id;
                problem
            }
            ServiceError::Data(_) | ServiceError::Media(_) | ServiceError::Internal(_) => {
                Self::hidden(error.code(), error)
            }
        }
    }
}
