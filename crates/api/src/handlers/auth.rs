//! `/api/auth` and `/api/ws/ticket`.

mod change_password;
mod cookie;
mod create_ticket;
mod refresh_tokens;
mod register_account;
mod response;
mod sign_in;
mod sign_out;

#[cfg(test)]
pub(super) use {
    change_password::ChangePasswordRequest, cookie::RefreshTokenRequest, register_account::RegisterRequest,
    sign_in::SignInRequest,
};

use crate::handlers::endpoints::Endpoints;

pub(super) fn configure(config: &mut impl Endpoints) {
    config
        .service(register_account::register_account)
        .service(sign_in::sign_in)
        .service(refresh_tokens::refresh_tokens)
        .service(sign_out::sign_out)
        .service(change_password::change_password)
        .service(create_ticket::create_ticket);
}
