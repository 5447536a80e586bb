//! Why a token does not pass.

use mockly_domain::{ErrorCode, Timestamp};

use crate::ServiceError;

/// 401 `invalid-token`.
pub(super) fn invalid(detail: impl Into<String>) -> ServiceError {
    ServiceError::refused(ErrorCode::InvalidToken, detail)
}

/// 401 `token-expired`.
pub(super) fn expired(at: Timestamp) -> ServiceError {
    ServiceError::refused(ErrorCode::TokenExpired, format!("The token expired at {at}; get a fresh one."))
}
