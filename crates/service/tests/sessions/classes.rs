//! Classes: who makes and changes them, and what becomes of their sessions when they are deleted.

use mockly_data::Store;
use mockly_domain::{EndReason, ErrorCode, EventType, SessionStatus};
use mockly_service::{CreateClass, Page, PatchClass};

use super::school::School;
use super::stage::{code, refused, view};
use crate::support::on_both_databases;

const FIRST: Page = Page { page: 0, size: 20 };

fn named(name: &str) -> CreateClass {
    CreateClass { name: name.to_owned(), ..CreateClass::default() }
}

on_both_databases! {
    async fn only_teachers_make_classes_and_admins_name_one(database) {
        let school = School::new(&database).await;
        let services = school.stage.services();
        let made = services.create_class(&school.teacher, named("Geometry")).await.unwrap();
        assert_eq!((made.class.teacher_id.as_str(), made.class.version, made.student_count), ("teacher", 1, 0));
        assert_eq!(code(services.create_class(&school.students[0], named("x")).await), ErrorCode::Forbidden);
        let of = |teacher: &str| CreateClass { teacher_id: Some(teacher.parse().unwrap()), ..named("x") };
        assert_eq!(code(services.create_class(&school.teacher, of("other teacher")).await), ErrorCode::Forbidden);
        let admin = &school.stage.admin;
        let fault = refused(services.create_class(admin, named("x")).await);
        assert_eq!((fault.code, fault.fields[0].field.as_str()), (ErrorCode::ValidationFailed, "teacherId"));
        assert_eq!(code(services.create_class(admin, of("nobody")).await), ErrorCode::UnknownUser);
        assert_eq!(code(services.create_class(admin, of("student 0")).await), ErrorCode::NotATeacher);
        assert_eq!(services.create_class(admin, of("teacher")).await.unwrap().teacher_name, "Name of teacher");
    }

    async fn a_class_is_read_by_whom_it_concerns_and_changed_by_its_teacher(database) {
        let school = School::new(&database).await;
        let services = school.stage.services();
        school.enrol(&[0]).await;
        for who in [&school.teacher, &school.students[0], &school.stage.admin] {
            assert_eq!(services.read_class(who, school.class).await.unwrap().student_count, 1);
            assert_eq!(services.list_classes(who, FIRST).await.unwrap().total, 1);
        }
        for who in [&school.students[1], &school.other_teacher] {
            assert_eq!(code(services.read_class(who, school.class).await), ErrorCode::AccessDenied);
            assert_eq!(services.list_classes(who, FIRST).await.unwrap().total, 0);
        }
        let patch = |name: &str| PatchClass { name: Some(name.to_owned()), ..PatchClass::default() };
        for who in [&school.students[0], &school.other_teacher] {
            let edited = services.patch_class(who, school.class, None, patch("x")).await;
            assert_eq!(code(edited), ErrorCode::NotTheTeacher);
            assert_eq!(code(services.list_students(who, school.class, FIRST).await), ErrorCode::NotTheTeacher);
            assert_eq!(code(services.delete_class(who, school.class).await), ErrorCode::NotTheTeacher);
        }
        let edited = services.patch_class(&school.teacher, school.class, Some(1), patch("Algebra II")).await.unwrap();
        assert_eq!((edited.class.name.as_str(), edited.class.version), ("Algebra II", 2));
        let stale = services.patch_class(&school.teacher, school.class, Some(1), patch("x")).await;
        assert_eq!(code(stale), ErrorCode::StaleVersion);
        let same = services.patch_class(&school.teacher, school.class, Some(2), patch("Algebra II")).await.unwrap();
        assert_eq!(same.class.version, 2);
    }

    async fn deleting_a_class_cancels_what_is_planned_and_keeps_what_is_over(database) {
        let school = School::new(&database).await;
        let services = school.stage.services();
        school.enrol(&[0, 1]).await;
        let over = school.lesson().await;
        services.start_session(&school.teacher, over).await.unwrap();
        services.join_session(&school.students[0], over, None).await.unwrap();
        let blocked = refused(services.delete_class(&school.teacher, school.class).await);
        assert_eq!(blocked.code, ErrorCode::SessionActive);
        assert!(blocked.detail.contains(&over.to_string()), "{}", blocked.detail);
        services.end_session(&school.teacher, over).await.unwrap();
        let planned = school.lesson().await;
        services.delete_class(&school.teacher, school.class).await.unwrap();

        assert_eq!(code(services.read_class(&school.teacher, school.class).await), ErrorCode::ClassNotFound);
        let session = school.stage.session(planned).await;
        assert_eq!((session.status, session.end_reason), (SessionStatus::Canceled, Some(EndReason::Canceled)));
        assert_eq!(school.stage.story(planned).await, [EventType::SessionCreated, EventType::SessionEnded]);
        assert_eq!(school.stage.recipients_of_last(planned).await, ["student 0", "student 1", "teacher"]);
        // The class had gone for nobody when they were told.
        let told = view(school.stage.events(planned).await.last().unwrap());
        assert_eq!((told.class_id, told.class_name.as_deref()), (Some(school.class), Some("Algebra")));
        for who in &school.students[..2] {
            let read = services.read_session(who, over).await.unwrap();
            assert_eq!((read.class_id, read.class_name.as_deref()), (None, Some("Algebra")));
            assert_eq!(read.teacher_name.as_deref(), Some("Name of teacher"));
        }
        let made = services.create_session(&school.teacher, school.request()).await;
        assert_eq!(code(made), ErrorCode::ClassNotFound);
        assert!(school.stage.world.database.classes().student_ids(school.class).await.unwrap().is_empty());
    }
}
