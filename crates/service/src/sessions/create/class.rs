//! A session of a CLASS: made by its teacher, for everyone who is enrolled.

use mockly_domain::view::SessionView;
use mockly_domain::{ClassId, ErrorCode};

use super::CreateSession;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// There are no classes, so there is none with this id.
    #[expect(clippy::unused_async, reason = "the kinds have one shape")]
    pub(super) async fn create_lesson(
        &self,
        _caller: &Principal,
        _request: CreateSession,
        class_id: ClassId,
    ) -> Result<SessionView, ServiceError> {
        Err(ServiceError::refused(ErrorCode::NotFound, format!("There is no class with the id {class_id}.")))
    }
}
