//! Who belongs to a session by being enrolled in its class.

use mockly_data::Store;
use mockly_domain::{Participant, Session, UserId};

use crate::ServiceError;

/// Whether a user without a place in the session is enrolled in its class. Whoever has a place is judged by that.
pub(crate) async fn is_enrolled(
    store: &impl Store,
    session: &Session,
    user: &UserId,
    place: Option<&Participant>,
) -> Result<bool, ServiceError> {
    let class_id = session.lesson.as_ref().and_then(|lesson| lesson.class_id);
    match (class_id, place) {
        (Some(class_id), None) => Ok(store.classes().is_enrolled(class_id, user).await?),
        (None, _) | (_, Some(_)) => Ok(false),
    }
}

/// Everyone who is enrolled in the session's class; nobody where it is of no class.
pub(crate) async fn enrolled(store: &impl Store, session: &Session) -> Result<Vec<UserId>, ServiceError> {
    match session.lesson.as_ref().and_then(|lesson| lesson.class_id) {
        Some(class_id) => Ok(store.classes().student_ids(class_id).await?),
        None => Ok(Vec::new()),
    }
}
