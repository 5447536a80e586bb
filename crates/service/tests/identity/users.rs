//! Users that follow from tokens.

use std::time::Duration;

use futures_util::future::join_all;
use mockly_data::Store;
use mockly_domain::{ErrorCode, User, UserId, UserRole, UserSource};
use mockly_service::{Page, ProfilePatch, Register};
use serde_json::{Value, json};

use super::refusal;
use super::token::sign_hs256;
use crate::support::{TestWorld, on_both_databases};

impl TestWorld {
    /// The user after a token of these claims, issued some seconds ago.
    async fn come(&self, issued_ago: i64, mut claims: Value) -> User {
        let now = self.now().as_secs();
        claims["exp"] = json!(now + 600);
        claims["iat"] = json!(now - issued_ago);
        self.come_without_iat(claims).await
    }

    async fn come_without_iat(&self, mut claims: Value) -> User {
        claims["exp"] = json!(self.now().as_secs() + 600);
        self.services.authenticate(&sign_hs256(self.secret, &claims)).await.unwrap().user
    }
}

on_both_databases! {
    async fn the_first_token_makes_the_user(database) {
        let world = TestWorld::new(&database);
        let user = world.come(0, json!({
            "sub": "auth0|1", "name": "Ada L.", "email": "ada@example.org", "picture": "https://example.org/a.png",
            "roles": ["Teacher", "owner"],
        })).await;
        assert_eq!((user.display_name.as_str(), user.email.as_deref()), ("Ada L.", Some("ada@example.org")));
        assert_eq!(user.avatar_url.as_deref(), Some("https://example.org/a.png"));
        assert_eq!((user.roles.as_slice(), user.source), ([UserRole::Teacher].as_slice(), Some(UserSource::Secret)));
        assert_eq!(world.database.users().find(&user.id).await.unwrap(), Some(user));
        assert_eq!(world.come(0, json!({ "sub": "nameless" })).await.display_name, "User");
    }

    async fn profile_and_roles_follow_the_newest_token_also_downwards(database) {
        let world = TestWorld::new(&database);
        let first = world.come(100, json!({ "sub": "a", "name": "Ada", "roles": ["admin"] })).await;
        assert_eq!(first.roles, [UserRole::Admin]);
        let newer = world.come(50, json!({ "sub": "a", "name": "Ada B.", "roles": [] })).await;
        assert_eq!((newer.display_name.as_str(), newer.roles.as_slice()), ("Ada B.", [].as_slice()));
        for (what, user) in [
            ("older", world.come(100, json!({ "sub": "a", "name": "Ada", "roles": ["admin"] })).await),
            ("as old", world.come(50, json!({ "sub": "a", "name": "Ada", "roles": ["admin"] })).await),
            ("without iat", world.come_without_iat(json!({ "sub": "a", "name": "Ada", "roles": ["admin"] })).await),
        ] {
            assert_eq!(user, newer, "{what}");
        }
        // What the newest one does not say stays, and it counts as the newest all the same.
        let silent = world.come(10, json!({ "sub": "a" })).await;
        assert_eq!(silent.display_name, "Ada B.");
        assert_eq!(world.come(20, json!({ "sub": "a", "name": "Eve" })).await, silent);
    }

    async fn tokens_without_iat_count_until_one_with_it_comes(database) {
        let world = TestWorld::new(&database);
        world.come_without_iat(json!({ "sub": "a", "name": "One" })).await;
        assert_eq!(world.come_without_iat(json!({ "sub": "a", "name": "Two" })).await.display_name, "Two");
        assert_eq!(world.come(9_000, json!({ "sub": "a", "name": "Three" })).await.display_name, "Three");
        assert_eq!(world.come_without_iat(json!({ "sub": "a", "name": "Four" })).await.display_name, "Three");
    }

    async fn a_token_that_says_nothing_new_writes_nothing(database) {
        let world = TestWorld::new(&database);
        let first = world.come(0, json!({ "sub": "a", "name": "Ada", "roles": "mentor" })).await;
        world.clock.advance(Duration::from_secs(30));
        let again = world.come(30, json!({ "sub": "a", "name": "Ada", "roles": "mentor" })).await;
        assert_eq!(again.updated_at, first.updated_at);
    }

    async fn first_tokens_that_come_at_once_make_one_user(database) {
        let world = TestWorld::new(&database);
        let claims = |n: i64| json!({ "sub": "a", "name": format!("Name {n}") });
        let users = join_all((0..8).map(|n| world.come(n, claims(n)))).await;
        assert_eq!(users.iter().filter(|user| user.id.as_str() == "a").count(), 8);
        // Whoever came in between, the newest token has won.
        let id = UserId::new("a").unwrap();
        assert_eq!(world.database.users().find(&id).await.unwrap().unwrap().display_name, "Name 0");
    }

    /// A token minted before the demotion must not undo it by coming at the same moment.
    async fn an_older_token_at_the_same_moment_undoes_nothing(database) {
        let world = TestWorld::new(&database);
        for round in 0..10 {
            let id = format!("user {round}");
            world.come(100, json!({ "sub": id, "roles": ["admin"] })).await;
            futures_util::join!(
                world.come(20, json!({ "sub": id, "roles": ["admin"] })),
                world.come(10, json!({ "sub": id, "roles": [] })),
                world.come(20, json!({ "sub": id, "roles": ["admin"] })),
            );
            let stored = world.database.users().find(&UserId::new(id).unwrap()).await.unwrap().unwrap();
            assert_eq!(stored.roles, [], "round {round}");
        }
    }

    async fn an_own_accounts_token_changes_nothing_and_needs_its_account(database) {
        let world = TestWorld::new(&database);
        let ada = Register {
            email: "ada@example.org".to_owned(), password: "correct horse".to_owned(), display_name: "Ada".to_owned(),
        };
        let ada = world.services.register(ada).await.unwrap().user;
        let exp = world.now().as_secs() + 600;
        let own = |sub: &str| json!({ "iss": "mockly", "sub": sub, "exp": exp, "name": "Eve", "roles": ["admin"] });
        assert_eq!(world.come(0, own(ada.id.as_str())).await, ada);
        let stranger = world.services.authenticate(&sign_hs256(world.secret, &own("nobody"))).await;
        assert_eq!(refusal(stranger), ErrorCode::InvalidToken);
    }

    async fn a_name_of_ones_own_stays_until_a_newer_token(database) {
        let world = TestWorld::new(&database);
        let claims = json!({ "sub": "a", "name": "Ada", "picture": "https://example.org/a.png", "exp": world.now().as_secs() + 600,
            "iat": world.now().as_secs() });
        let token = sign_hs256(world.secret, &claims);
        let principal = world.services.authenticate(&token).await.unwrap();
        let patch = ProfilePatch { display_name: Some(" Countess ".to_owned()), avatar_url: Some(None) };
        let changed = world.services.update_profile(&principal, patch).await.unwrap();
        assert_eq!((changed.display_name.as_str(), changed.avatar_url.as_deref()), ("Countess", None));
        assert_eq!(world.services.authenticate(&token).await.unwrap().user, changed);
        assert_eq!(world.services.update_profile(&principal, ProfilePatch::default()).await.unwrap(), changed);
        for patch in [
            ProfilePatch { display_name: Some(" ".to_owned()), avatar_url: None },
            ProfilePatch { display_name: None, avatar_url: Some(Some("javascript:1".to_owned())) },
        ] {
            assert_eq!(refusal(world.services.update_profile(&principal, patch).await), ErrorCode::ValidationFailed);
        }
        world.clock.advance(Duration::from_secs(5));
        assert_eq!(world.come(0, json!({ "sub": "a", "name": "Ada" })).await.display_name, "Ada");
    }

    async fn people_are_found_by_name_and_role(database) {
        let world = TestWorld::new(&database);
        world.come(0, json!({ "sub": "1", "name": "Ada 100%", "roles": ["mentor"] })).await;
        world.come(0, json!({ "sub": "2", "name": "Bob" })).await;
        world.come(0, json!({ "sub": "3", "name": "adam", "roles": ["teacher", "mentor"] })).await;
        let claims = json!({ "sub": "2", "exp": world.now().as_secs() + 600 });
        let bob = world.services.authenticate(&sign_hs256(world.secret, &claims)).await.unwrap();
        for (query, role, size, total, ids) in [
            (None, None, 2, 3, vec!["1", "2"]),
            (Some(" ADA "), None, 20, 2, vec!["1", "3"]),
            (Some("%"), None, 20, 1, vec!["1"]),
            (Some("ada"), Some(UserRole::Teacher), 20, 1, vec!["3"]),
            (None, Some(UserRole::Mentor), 1, 2, vec!["1"]),
            (None, Some(UserRole::Member), 20, 3, vec!["1", "2", "3"]),
            (Some(""), Some(UserRole::Admin), 20, 0, vec![]),
        ] {
            let found = world.services.find_users(&bob, query, role, Page { page: 0, size }).await.unwrap();
            let mut found_ids: Vec<&str> = found.items.iter().map(|user| user.id.as_str()).collect();
            // The order of "adam" and "Bob" is the database's own.
            if usize::try_from(found.total).unwrap() == found.items.len() {
                found_ids.sort_unstable();
                assert_eq!(found_ids, ids, "{query:?} {role:?}");
            }
            assert_eq!((found.total, found_ids.len()), (total, ids.len()), "{query:?} {role:?}");
        }
        let long = "x".repeat(121);
        let refused = world.services.find_users(&bob, Some(&long), None, Page { page: 0, size: 20 }).await;
        assert_eq!(refusal(refused), ErrorCode::ValidationFailed);
    }
}
