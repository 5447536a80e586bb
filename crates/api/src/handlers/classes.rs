//! `/api/classes`.

mod create_class;
mod delete_class;
mod enrol_student;
mod enrol_students;
mod list_classes;
mod list_invitations;
mod list_students;
mod newcomers;
mod read_class;
mod unenrol_student;
mod update_class;
mod view;
mod withdraw_invitation;

#[cfg(test)]
pub(super) use {create_class::CreateClassRequest, update_class::UpdateClassRequest};

use crate::handlers::endpoints::Endpoints;

pub(super) fn configure(config: &mut impl Endpoints) {
    config
        .service(create_class::create_class)
        .service(list_classes::list_classes)
        .service(read_class::read_class)
        .service(update_class::update_class)
        .service(delete_class::delete_class)
        .service(list_students::list_students)
        .service(enrol_students::enrol_students)
        .service(enrol_student::enrol_student)
        .service(unenrol_student::unenrol_student)
        .service(list_invitations::list_invitations)
        .service(withdraw_invitation::withdraw_invitation);
}
