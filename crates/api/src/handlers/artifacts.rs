//! `/api/sessions/{id}/artifacts`.

mod create_content_link;
mod delete_artifact;
mod list_artifacts;
mod read_artifact;
mod read_content;
mod upload_artifact;

use crate::handlers::endpoints::Endpoints;

pub(super) fn configure(config: &mut impl Endpoints) {
    config
        .service(upload_artifact::upload_artifact)
        .service(list_artifacts::list_artifacts)
        .service(read_artifact::read_artifact)
        .service(read_content::read_artifact_content)
        .service(create_content_link::create_content_link)
        .service(delete_artifact::delete_artifact);
}
