//! `/api/users`.

mod list_users;
mod read_profile;
mod update_profile;
mod user_response;

#[cfg(test)]
pub(super) use update_profile::UpdateProfileRequest;

use crate::handlers::endpoints::Endpoints;

pub(crate) use user_response::UserResponse;

pub(super) fn configure(config: &mut impl Endpoints) {
    config.service(read_profile::read_profile).service(update_profile::update_profile).service(list_users::list_users);
}
