//! Keys of other services: what they may do, and whom they do not reach.

use mockly_data::Store;
use mockly_domain::{ErrorCode, ServiceKey, ServiceKeyId, ServiceKeyScope, User, UserId, UserRole, UserSource};
use mockly_service::{Page, Principal, PutUser, Register, Requester};
use serde_json::json;

use super::refusal;
use super::token::sign_hs256;
use crate::sessions::stage::{Stage, refused};
use crate::support::{TestWorld, on_both_databases};

const ALL: Page = Page { page: 0, size: 20 };

/// A key of one scope, as `authenticate_service` finds it.
async fn key_of(world: &TestWorld, admin: &Principal, scope: ServiceKeyScope) -> ServiceKey {
    let created = world.services.create_service_key(admin, "A service", vec![scope]).await.unwrap();
    world.services.authenticate_service(&created.secret).await.unwrap()
}

fn id(text: &str) -> UserId {
    UserId::new(text).unwrap()
}

fn named(name: &str) -> PutUser {
    PutUser { display_name: name.to_owned(), ..PutUser::default() }
}

async fn stored(world: &TestWorld, user: &str) -> User {
    world.database.users().find(&id(user)).await.unwrap().unwrap()
}

on_both_databases! {
    async fn a_key_is_shown_once_and_works_until_it_is_revoked(database) {
        let stage = Stage::new(&database).await;
        let services = stage.services();
        let scopes = vec![ServiceKeyScope::ActAs, ServiceKeyScope::Users, ServiceKeyScope::ActAs];
        let created = services.create_service_key(&stage.admin, " Platform ", scopes).await.unwrap();
        assert!(created.secret.starts_with("mk_") && created.secret.len() == 46, "{}", created.secret);
        assert!(!format!("{created:?}").contains(&created.secret));
        assert_eq!(created.key.name, "Platform");
        assert_eq!(created.key.scopes, [ServiceKeyScope::Users, ServiceKeyScope::ActAs]);
        assert_eq!(services.authenticate_service(&created.secret).await.unwrap(), created.key);
        let listed = services.list_service_keys(&stage.admin, ALL).await.unwrap();
        assert_eq!((listed.total, &listed.items[..]), (1, std::slice::from_ref(&created.key)));

        let bare = created.secret.trim_start_matches("mk_");
        for wrong in ["", "mk_", bare, &format!("mk_{}", "x".repeat(43)), &format!("{}x", created.secret)] {
            assert_eq!(refusal(services.authenticate_service(wrong).await), ErrorCode::InvalidServiceKey, "{wrong}");
        }
        services.revoke_service_key(&stage.admin, created.key.id).await.unwrap();
        assert_eq!(refusal(services.authenticate_service(&created.secret).await), ErrorCode::InvalidServiceKey);
        let again = services.revoke_service_key(&stage.admin, created.key.id).await;
        assert_eq!(refusal(again), ErrorCode::ServiceKeyNotFound);
    }

    async fn only_admins_deal_in_keys_and_a_key_has_a_name_and_a_scope(database) {
        let stage = Stage::new(&database).await;
        let services = stage.services();
        let scopes = || vec![ServiceKeyScope::Users];
        assert_eq!(refusal(services.create_service_key(&stage.bob, "x", scopes()).await), ErrorCode::Forbidden);
        assert_eq!(refusal(services.list_service_keys(&stage.bob, ALL).await), ErrorCode::Forbidden);
        let unknown = ServiceKeyId(stage.services().node_id().0);
        assert_eq!(refusal(services.revoke_service_key(&stage.bob, unknown).await), ErrorCode::Forbidden);
        let refused = refused(services.create_service_key(&stage.admin, " ", Vec::new()).await);
        let fields: Vec<&str> = refused.fields.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["name", "scopes"]);
    }

    async fn a_service_acts_for_users_but_for_no_admin(database) {
        let stage = Stage::new(&database).await;
        let services = stage.services();
        let key = key_of(&stage.world, &stage.admin, ServiceKeyScope::ActAs).await;
        assert_eq!(services.act_for(&key, stage.bob.user_id()).await.unwrap().user, stage.bob.user);
        let admin = services.act_for(&key, stage.admin.user_id()).await;
        assert_eq!(refusal(admin), ErrorCode::ServiceKeyScope);
        assert_eq!(refusal(services.act_for(&key, &id("nobody")).await), ErrorCode::UnknownUser);
        let other = key_of(&stage.world, &stage.admin, ServiceKeyScope::Users).await;
        assert_eq!(refusal(services.act_for(&other, stage.bob.user_id()).await), ErrorCode::ServiceKeyScope);
    }

    async fn a_user_made_ahead_belongs_to_the_issuer_of_the_first_token(database) {
        let stage = Stage::new(&database).await;
        let (world, services) = (&stage.world, stage.services());
        let key = key_of(world, &stage.admin, ServiceKeyScope::Users).await;
        let by = Requester::Service(&key);
        let wanted = PutUser {
            email: Some(Some("new@example.org".to_owned())),
            roles: Some(vec![UserRole::Mentor, UserRole::Member, UserRole::Mentor]),
            ..named(" New ")
        };
        let (user, is_new) = services.put_user(by, &id("new"), wanted.clone()).await.unwrap();
        assert!(is_new && user.source.is_none() && !user.email_verified);
        assert_eq!((user.display_name.as_str(), &user.roles[..]), ("New", &[UserRole::Mentor][..]));
        assert_eq!(services.put_user(by, &id("new"), wanted).await.unwrap(), (user, false));
        // What is left out stays; `None` takes away.
        let (renamed, _) = services.put_user(by, &id("new"), named("Renamed")).await.unwrap();
        assert_eq!((renamed.email.as_deref(), &renamed.roles[..]), (Some("new@example.org"), &[UserRole::Mentor][..]));
        let without = PutUser { email: Some(None), roles: Some(Vec::new()), ..named("Renamed") };
        let (bare, _) = services.put_user(by, &id("new"), without).await.unwrap();
        assert_eq!((bare.email, bare.roles), (None, Vec::new()));

        let claims = json!({ "sub": "new", "name": "By token", "exp": world.now().as_secs() + 600 });
        let known = services.authenticate(&sign_hs256(world.secret, &claims)).await.unwrap().user;
        assert_eq!((known.source, known.display_name.as_str()), (Some(UserSource::Secret), "By token"));
    }

    async fn a_key_reaches_neither_upward_nor_own_accounts(database) {
        let stage = Stage::new(&database).await;
        let (world, services) = (&stage.world, stage.services());
        let key = key_of(world, &stage.admin, ServiceKeyScope::Users).await;
        let by = Requester::Service(&key);
        let admin = PutUser { roles: Some(vec![UserRole::Admin]), ..named("Eve") };
        assert_eq!(refusal(services.put_user(by, &id("eve"), admin.clone()).await), ErrorCode::ServiceKeyScope);
        assert_eq!(refusal(services.put_user(by, &id("new"), admin).await), ErrorCode::ServiceKeyScope);
        assert_eq!(world.database.users().find(&id("new")).await.unwrap(), None);
        assert_eq!(refusal(services.put_user(by, &id("admin"), named("Eve")).await), ErrorCode::ServiceKeyScope);
        let own = Register {
            email: "own@example.org".to_owned(), password: "correct horse".to_owned(), display_name: "Own".to_owned(),
        };
        let own = services.register(own).await.unwrap().user;
        assert_eq!(refusal(services.put_user(by, &own.id, named("Eve")).await), ErrorCode::ServiceKeyScope);
        assert_eq!(stored(world, own.id.as_str()).await, own);

        let other = key_of(world, &stage.admin, ServiceKeyScope::Notifications).await;
        for who in [Requester::Service(&other), Requester::User(&stage.bob), Requester::User(&stage.admin)] {
            assert_eq!(refusal(services.put_user(who, &id("eve"), named("x")).await), ErrorCode::ServiceKeyScope);
        }
        let wrong = PutUser {
            email: Some(Some("x".to_owned())), avatar_url: Some(Some("javascript:1".to_owned())), ..named(" ")
        };
        let refused = refused(services.put_user(by, &id("eve"), wrong).await);
        let fields: Vec<&str> = refused.fields.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["displayName", "email", "avatarUrl"]);
    }
}
