//! Own accounts.

use std::sync::Arc;

use futures_util::future::join_all;
use mockly_domain::{ErrorCode, UserRole, UserSource};
use mockly_service::{ChangePassword, NoMedia, Register, Registration, ServiceError};
use serde_json::json;

use super::refusal;
use super::token::sign_hs256;
use crate::support::{TestWorld, on_both_databases};

fn ada() -> Register {
    Register {
        email: " Ada@Example.org ".to_owned(),
        password: "correct horse".to_owned(),
        display_name: "Ada".to_owned(),
    }
}

on_both_databases! {
    async fn whoever_registers_is_signed_in_and_can_sign_in_again(database) {
        let world = TestWorld::new(&database);
        let signed_in = world.services.register(ada()).await.unwrap();
        assert_eq!((signed_in.expires_in_sec, signed_in.refresh_token.len()), (900, 43));
        assert_eq!(signed_in.user.email.as_deref(), Some("ada@example.org"));
        assert_eq!(signed_in.user.source, Some(UserSource::Secret));
        let principal = world.services.authenticate(&signed_in.access_token).await.unwrap();
        assert_eq!(principal.user, signed_in.user);

        let again = world.services.sign_in("ADA@example.ORG", "correct horse").await.unwrap();
        assert_eq!(again.user, signed_in.user);
        let shown = format!("{again:?} {:?}", ada());
        for secret in [&again.access_token, &again.refresh_token, "correct horse"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    async fn wrong_credentials_are_all_answered_alike(database) {
        let world = TestWorld::new(&database);
        world.services.register(ada()).await.unwrap();
        let long = "x".repeat(129);
        let mut details = Vec::new();
        for (email, password) in [
            ("ada@example.org", "correct horsE"),
            ("bob@example.org", "correct horse"),
            ("ada@example.org", ""),
            ("ada@example.org", long.as_str()),
            ("no address", "correct horse"),
            ("ada@example.org\0", "correct horse"),
        ] {
            let refused = world.services.sign_in(email, password).await;
            details.push(format!("{:?}", refused.as_ref().unwrap_err()));
            assert_eq!(refusal(refused), ErrorCode::InvalidCredentials, "{email}");
        }
        details.dedup();
        assert_eq!(details.len(), 1);
    }

    async fn an_address_has_one_account(database) {
        let world = TestWorld::new(&database);
        let attempts = join_all((0..4).map(|_| world.services.register(ada()))).await;
        let (made, refused): (Vec<_>, Vec<_>) = attempts.into_iter().partition(Result::is_ok);
        assert_eq!((made.len(), refused.len()), (1, 3));
        for refused in refused {
            assert_eq!(refusal(refused), ErrorCode::EmailTaken);
        }
        let more = world.services.create_account("ada@example.org", "correct horse", "Ada", Vec::new()).await;
        assert_eq!(refusal(more), ErrorCode::EmailTaken);
    }

    async fn fields_of_a_wrong_form_are_named(database) {
        let world = TestWorld::new(&database);
        for (change, field) in [
            (Register { email: "ada".to_owned(), ..ada() }, "email"),
            (Register { email: format!("{}@b", "a".repeat(65)), ..ada() }, "email"),
            (Register { password: "1234567".to_owned(), ..ada() }, "password"),
            (Register { password: "x".repeat(129), ..ada() }, "password"),
            (Register { display_name: " ".to_owned(), ..ada() }, "displayName"),
            (Register { display_name: "x".repeat(121), ..ada() }, "displayName"),
            (Register { display_name: "A\u{0}da".to_owned(), ..ada() }, "displayName"),
        ] {
            let Err(ServiceError::Refused(refused)) = world.services.register(change).await else {
                panic!("{field} was accepted")
            };
            assert_eq!((refused.code, refused.fields[0].field.as_str()), (ErrorCode::ValidationFailed, field));
        }
    }

    async fn where_registration_is_closed_only_the_operator_makes_accounts(database) {
        let world = TestWorld::with(&database, Arc::new(NoMedia), |settings| {
            settings.identity.registration = Registration::Closed;
        });
        assert_eq!(refusal(world.services.register(ada()).await), ErrorCode::RegistrationClosed);
        let roles = vec![UserRole::Admin, UserRole::Member, UserRole::Teacher, UserRole::Admin];
        let made = world.services.create_account("ada@example.org", "correct horse", "Ada", roles).await.unwrap();
        assert_eq!(made.roles, [UserRole::Teacher, UserRole::Admin]);
        assert_eq!(world.services.sign_in("ada@example.org", "correct horse").await.unwrap().user, made);
    }
    async fn a_changed_password_ends_every_other_sign_in(database) {
        let world = TestWorld::new(&database);
        let elsewhere = world.services.register(ada()).await.unwrap();
        let here = world.services.sign_in("ada@example.org", "correct horse").await.unwrap();
        let principal = world.services.authenticate(&here.access_token).await.unwrap();
        let changed = world.services.change_password(&principal, change("correct horse", "battery staple")).await.unwrap();
        for ended in [&elsewhere, &here] {
            assert_eq!(refusal(world.services.refresh(&ended.refresh_token).await), ErrorCode::InvalidRefreshToken);
        }
        world.services.refresh(&changed.refresh_token).await.unwrap();
        assert_eq!(refusal(world.services.sign_in("ada@example.org", "correct horse").await), ErrorCode::InvalidCredentials);
        world.services.sign_in("ada@example.org", "battery staple").await.unwrap();
        let shown = format!("{:?}", change("correct horse", "battery staple"));
        assert!(!shown.contains("horse") && !shown.contains("staple"), "{shown}");
    }

    async fn a_password_is_changed_by_who_knows_it_alone(database) {
        let world = TestWorld::new(&database);
        let signed_in = world.services.register(ada()).await.unwrap();
        let ada = world.services.authenticate(&signed_in.access_token).await.unwrap();
        let long = "x".repeat(129);
        for (change, field) in [
            (change("wrong horse", "battery staple"), "currentPassword"),
            (change(&long, "battery staple"), "currentPassword"),
            (change("correct horse", "1234567"), "newPassword"),
            (change("correct horse", &long), "newPassword"),
        ] {
            let Err(ServiceError::Refused(refused)) = world.services.change_password(&ada, change).await else {
                panic!("{field} was accepted")
            };
            assert_eq!((refused.code, refused.fields[0].field.as_str()), (ErrorCode::ValidationFailed, field));
        }
        let claims = json!({ "sub": "bob", "exp": world.now().as_secs() + 600 });
        let elsewhere = world.services.authenticate(&sign_hs256(world.secret, &claims)).await.unwrap();
        let refused = world.services.change_password(&elsewhere, change("correct horse", "battery staple")).await;
        assert_eq!(refusal(refused), ErrorCode::Forbidden);
        world.services.refresh(&signed_in.refresh_token).await.unwrap();
    }

    /// Of several changes at once one wins, and the others do not know its password.
    async fn changes_at_once_leave_one_password(database) {
        let world = TestWorld::new(&database);
        let signed_in = world.services.register(ada()).await.unwrap();
        let ada = world.services.authenticate(&signed_in.access_token).await.unwrap();
        let wanted: Vec<String> = (0..4).map(|number| format!("battery staple {number}")).collect();
        let attempts =
            join_all(wanted.iter().map(|new| world.services.change_password(&ada, change("correct horse", new)))).await;
        let mut good = 0;
        for (attempt, password) in attempts.into_iter().zip(&wanted) {
            let signs_in = world.services.sign_in("ada@example.org", password).await.is_ok();
            assert_eq!(attempt.as_ref().map_err(ServiceError::code).err(), (!signs_in).then_some(ErrorCode::ValidationFailed));
            good += usize::from(signs_in);
        }
        assert_eq!(good, 1);
    }

    /// Whoever signs in with the former password at that moment does not stay.
    async fn no_sign_in_escapes_a_change_of_the_password(database) {
        let world = TestWorld::new(&database);
        let signed_in = world.services.register(ada()).await.unwrap();
        let ada = world.services.authenticate(&signed_in.access_token).await.unwrap();
        let sign_in = || world.services.sign_in("ada@example.org", "correct horse");
        let (early, changed, late) = tokio::join!(
            join_all((0..3).map(|_| sign_in())),
            world.services.change_password(&ada, change("correct horse", "battery staple")),
            join_all((0..3).map(|_| sign_in())),
        );
        for with_the_former in early.into_iter().chain(late).flatten() {
            let refused = world.services.refresh(&with_the_former.refresh_token).await;
            assert_eq!(refusal(refused), ErrorCode::InvalidRefreshToken);
        }
        world.services.refresh(&changed.unwrap().refresh_token).await.unwrap();
    }

    async fn the_operator_sets_a_forgotten_password(database) {
        let world = TestWorld::new(&database);
        let signed_in = world.services.register(ada()).await.unwrap();
        let set = world.services.set_password(" ADA@example.org", "battery staple").await.unwrap();
        assert_eq!(set, signed_in.user);
        assert_eq!(refusal(world.services.refresh(&signed_in.refresh_token).await), ErrorCode::InvalidRefreshToken);
        world.services.sign_in("ada@example.org", "battery staple").await.unwrap();
        let nobody = world.services.set_password("bob@example.org", "battery staple").await;
        assert_eq!(refusal(nobody), ErrorCode::UnknownUser);
        let short = world.services.set_password("ada@example.org", "1234567").await;
        assert_eq!(refusal(short), ErrorCode::ValidationFailed);
    }
}

fn change(current: &str, new: &str) -> ChangePassword {
    ChangePassword { current: current.to_owned(), new: new.to_owned() }
}
