//! `/api/admin`: for users with the role ADMIN, by a token of their own.

mod create_service_key;
mod job_response;
mod list_accounts;
mod list_jobs;
mod list_nodes;
mod list_service_keys;
mod read_stats;
mod retry_job;
mod revoke_service_key;

#[cfg(test)]
pub(super) use create_service_key::CreateServiceKeyRequest;

use crate::handlers::endpoints::Endpoints;

pub(super) fn configure(config: &mut impl Endpoints) {
    config
        .service(create_service_key::create_service_key)
        .service(list_service_keys::list_service_keys)
        .service(revoke_service_key::revoke_service_key)
        .service(read_stats::read_stats)
        .service(list_jobs::list_jobs)
        .service(retry_job::retry_job)
        .service(list_nodes::list_nodes)
        .service(list_accounts::list_accounts);
}
