//! A teacher, a class and students who are not enrolled yet.

use mockly_domain::{ClassId, ClassType, SessionId, UserRole};
use mockly_service::{CreateClass, CreateSession, EnrolEntry, EnrolmentReport, Newcomer, Principal};

use super::stage::{Stage, somebody};
use crate::support::TestDatabase;

pub(crate) struct School {
    pub(crate) stage: Stage,
    pub(crate) teacher: Principal,
    pub(crate) other_teacher: Principal,
    /// `student 0` to `student 3`.
    pub(crate) students: Vec<Principal>,
    pub(crate) class: ClassId,
}

impl School {
    pub(crate) async fn new(database: &TestDatabase) -> Self {
        let stage = Stage::new(database).await;
        let teacher = somebody(&stage.world, "teacher", &[UserRole::Teacher]).await;
        let other_teacher = somebody(&stage.world, "other teacher", &[UserRole::Teacher]).await;
        let mut students = Vec::new();
        for n in 0..4 {
            students.push(stage.user(&format!("student {n}")).await);
        }
        let wanted = CreateClass { name: "Algebra".to_owned(), ..CreateClass::default() };
        let class = stage.services().create_class(&teacher, wanted).await.unwrap().class.id;
        Self { stage, teacher, other_teacher, students, class }
    }

    /// Enrols some of the students.
    pub(crate) async fn enrol(&self, which: &[usize]) {
        for n in which {
            let student = self.students[*n].user_id();
            self.stage.services().enrol_student(&self.teacher, self.class, student).await.unwrap();
        }
    }

    pub(crate) async fn enrol_all(&self, newcomers: Vec<Newcomer>) -> EnrolmentReport {
        let entries = newcomers.into_iter().zip(1..).map(|(newcomer, line)| EnrolEntry { line, newcomer }).collect();
        self.stage.services().enrol_students(&self.teacher, self.class, entries).await.unwrap()
    }

    /// What makes a session of the class, for now.
    pub(crate) fn request(&self) -> CreateSession {
        CreateSession {
            class_id: Some(self.class),
            class_type: Some(ClassType::Lecture),
            title: Some("Fractions".to_owned()),
            scheduled_at: Some(self.stage.now()),
            ..CreateSession::default()
        }
    }

    /// A SCHEDULED session of the class.
    pub(crate) async fn lesson(&self) -> SessionId {
        self.lesson_with(|_defaults| ()).await
    }

    pub(crate) async fn lesson_with(&self, change: impl FnOnce(&mut CreateSession)) -> SessionId {
        let mut request = self.request();
        change(&mut request);
        self.stage.services().create_session(&self.teacher, request).await.unwrap().id
    }

    /// One that has started.
    pub(crate) async fn running(&self) -> SessionId {
        let id = self.lesson().await;
        self.stage.services().start_session(&self.teacher, id).await.unwrap();
        id
    }
}
