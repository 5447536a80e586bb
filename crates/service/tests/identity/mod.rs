//! Tokens, accounts, tickets, and the users that follow from them.

mod accounts;
mod issuer;
mod oidc;
mod refresh;
mod service_keys;
mod tickets;
mod token;
mod tokens;
mod users;

pub(crate) use token::sign_hs256;

use mockly_domain::ErrorCode;
use mockly_service::ServiceError;

/// What a call was refused with.
#[track_caller]
fn refusal<T>(result: Result<T, ServiceError>) -> ErrorCode {
    match result {
        Err(ServiceError::Refused(refused)) => refused.code,
        Err(other) => panic!("failed instead of refusing: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}
