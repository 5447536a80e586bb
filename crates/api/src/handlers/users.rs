//! `/api/users`.

mod list_users;
mod put_user;
mod read_profile;
mod update_profile;
mod user_response;

#[cfg(test)]
pub(super) use {put_user::PutUserRequest, update_profile::UpdateProfileRequest};

use crate::handlers::endpoints::Endpoints;

pub(crate) use user_response::{UserResponse, roles};

pub(super) fn configure(config: &mut impl Endpoints) {
    config
        .service(read_profile::read_profile)
        .service(update_profile::update_profile)
        .service(list_users::list_users)
        .service(put_user::put_user);
}
