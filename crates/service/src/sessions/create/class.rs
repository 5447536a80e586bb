//! A session of a CLASS: made by its teacher or an admin, for everyone who is enrolled.

use mockly_data::Store;
use mockly_domain::view::SessionView;
use mockly_domain::{ClassId, ErrorCode, Lesson, MediaPolicy, ParticipantRole, SessionKind};

use super::{CreateSession, Defaults, announce, new_session, place};
use crate::sessions::Change;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// The teacher's place is TEACHER, whoever makes the session. Students get theirs when they first come.
    pub(super) async fn create_lesson(
        &self,
        caller: &Principal,
        request: CreateSession,
        class_id: ClassId,
    ) -> Result<SessionView, ServiceError> {
        let work = self.begin().await?;
        // Locked, so that it is not deleted meanwhile.
        let class = work.classes().lock(class_id).await?.ok_or(ErrorCode::ClassNotFound)?;
        if class.teacher_id != *caller.user_id() && !caller.is_admin() {
            return Err(ErrorCode::NotTheTeacher.into());
        }
        let must_be_given = |field: &str| ServiceError::field(field, "must be given for a CLASS");
        let scheduled_at = request.scheduled_at.ok_or_else(|| must_be_given("scheduledAt"))?;
        let class_type = request.class_type.ok_or_else(|| must_be_given("type"))?;
        if request.title.is_none() {
            return Err(must_be_given("title"));
        }
        let defaults = Defaults {
            kind: SessionKind::Class,
            title: "Class",
            scheduled_at,
            max_participants: 100,
            media: MediaPolicy { screen_share: false, ..MediaPolicy::default() },
        };
        let mut session = new_session(self, caller, request, defaults)?;
        let teacher_id = class.teacher_id;
        session.lesson =
            Some(Lesson { class_id: Some(class_id), class_type, class_name: None, teacher_id: teacher_id.clone() });
        let change = Change::create(self, work, session).await?;
        let teacher = place(self, change.session.id, teacher_id, ParticipantRole::Teacher, false);
        change.work().participants().insert(&teacher).await?;
        let invited = change.everyone_but(Some(caller.user_id())).await?;
        announce(change, caller, &invited).await
    }
}
