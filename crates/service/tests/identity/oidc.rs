//! Tokens of an OIDC issuer, and its keys.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use mockly_data::Store;
use mockly_domain::{ErrorCode, User, UserSource};
use mockly_service::{NoMedia, OidcSettings, ServiceError};
use serde_json::{Value, json};

use super::issuer::{Issuer, Mood};
use super::refusal;
use super::token::{SigningKey, forge, sign_hs256};
use crate::support::{TestDatabase, TestWorld, on_both_databases};

fn world_of(database: &TestDatabase, issuer: &Issuer) -> TestWorld {
    let oidc = OidcSettings::new(issuer.url.as_str(), "meetings");
    TestWorld::with(database, Arc::new(NoMedia), |settings| settings.identity.oidc = Some(oidc))
}

fn claims(world: &TestWorld, issuer: &Issuer) -> Value {
    let now = world.now().as_secs();
    json!({ "iss": issuer.url, "aud": "meetings", "sub": "auth0|1", "name": "Ada", "iat": now, "exp": now + 600 })
}

on_both_databases! {
    async fn tokens_of_the_issuer_get_in_with_either_algorithm(database) {
        let (rsa, ec) = (SigningKey::rsa("r"), SigningKey::ec("e"));
        let issuer = Issuer::start(&[&rsa, &ec]).await;
        let world = world_of(&database, &issuer);
        let claims = claims(&world, &issuer);
        for token in [rsa.sign(&claims), ec.sign(&claims), ec.sign_as(None, &claims)] {
            let user = world.services.authenticate(&token).await.unwrap().user;
            assert_eq!((user.id.as_str(), user.display_name.as_str()), ("auth0|1", "Ada"));
            assert_eq!(user.source, Some(UserSource::Oidc));
        }
        assert_eq!(issuer.keys_asked(), 1);
    }

    async fn every_token_that_is_not_right_is_refused(database) {
        let (rsa, ec, strange) = (SigningKey::rsa("r"), SigningKey::ec("e"), SigningKey::ec("e"));
        let issuer = Issuer::start(&[&rsa, &ec]).await;
        let world = world_of(&database, &issuer);
        let good = claims(&world, &issuer);
        let now = world.now().as_secs();
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            claims
        };
        let without = |name: &str| {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().remove(name);
            claims
        };
        let genuine = ec.sign(&good);
        let signature = genuine.rsplit('.').next().unwrap();
        let invalid = ErrorCode::InvalidToken;
        for (what, token, code) in [
            ("expired", ec.sign(&with("exp", json!(now - 60))), ErrorCode::TokenExpired),
            ("no exp", ec.sign(&without("exp")), invalid),
            ("not yet", ec.sign(&with("nbf", json!(now + 61))), invalid),
            ("another issuer", ec.sign(&with("iss", json!("https://example.org/"))), invalid),
            ("no issuer", ec.sign(&without("iss")), invalid),
            ("another audience", ec.sign(&with("aud", json!(["mail", "files"]))), invalid),
            ("no audience", ec.sign(&without("aud")), invalid),
            ("no sub", ec.sign(&without("sub")), invalid),
            ("another id than sub", { let mut claims = without("sub"); claims["userId"] = json!("eve"); ec.sign(&claims) }, invalid),
            ("a strange key of that id", strange.sign(&good), invalid),
            ("an unknown key id", ec.sign_as(Some("x"), &good), invalid),
            ("the RSA key's id", ec.sign_as(Some("r"), &good), invalid),
            ("alg none", forge(&json!({ "alg": "none", "kid": "e" }), &good, ""), invalid),
            ("another alg", forge(&json!({ "alg": "ES384", "kid": "e" }), &good, signature), invalid),
            ("HS256 by the RSA key's text", sign_hs256(&rsa.public_pem, &good), invalid),
            ("HS256 by the EC key's text", sign_hs256(&ec.public_pem, &good), invalid),
            ("other claims", forge(&json!({ "alg": "ES256", "kid": "e" }), &with("sub", json!("eve")), signature), invalid),
        ] {
            assert_eq!(refusal(world.services.authenticate(&token).await), code, "{what}");
        }
        world.services.authenticate(&genuine).await.unwrap();
        assert_eq!(issuer.keys_asked(), 1, "made-up key ids do not make us hammer the issuer");
    }

    async fn a_user_id_belongs_to_the_source_of_its_first_token(database) {
        let key = SigningKey::ec("e");
        let issuer = Issuer::start(&[&key]).await;
        let world = world_of(&database, &issuer);
        let theirs = claims(&world, &issuer);
        let ours = |sub: &str| json!({ "sub": sub, "exp": world.now().as_secs() + 600 });
        world.services.authenticate(&key.sign(&theirs)).await.unwrap();
        let refused = world.services.authenticate(&sign_hs256(world.secret, &ours("auth0|1"))).await;
        assert_eq!(refusal(refused), ErrorCode::WrongIssuer);

        world.services.authenticate(&sign_hs256(world.secret, &ours("bob"))).await.unwrap();
        let mut bob = theirs.clone();
        bob["sub"] = json!("bob");
        assert_eq!(refusal(world.services.authenticate(&key.sign(&bob)).await), ErrorCode::WrongIssuer);

        // A row that nobody has come for yet is whoever's comes first.
        let now = world.now();
        let carol = User {
            id: "carol".parse().unwrap(), source: None, display_name: "Carol".to_owned(), email: None,
            email_verified: false, avatar_url: None,
            roles: Vec::new(), profile_issued_at: None, created_at: now, updated_at: now,
        };
        world.database.users().insert(&carol).await.unwrap();
        let mut claims = theirs;
        claims["sub"] = json!("carol");
        world.services.authenticate(&key.sign(&claims)).await.unwrap();
        let refused = world.services.authenticate(&sign_hs256(world.secret, &ours("carol"))).await;
        assert_eq!(refusal(refused), ErrorCode::WrongIssuer);
    }

    async fn a_new_key_is_noticed_by_its_id(database) {
        let (old, new) = (SigningKey::ec("old"), SigningKey::ec("new"));
        let issuer = Issuer::start(&[&old]).await;
        let world = world_of(&database, &issuer);
        world.services.authenticate(&old.sign(&claims(&world, &issuer))).await.unwrap();
        issuer.publish(&[&new]);

        // Too soon after the last fetch; then at once for whoever comes next.
        let token = new.sign(&claims(&world, &issuer));
        assert_eq!(refusal(world.services.authenticate(&token).await), ErrorCode::InvalidToken);
        world.clock.advance(Duration::from_secs(10));
        world.services.authenticate(&token).await.unwrap();
        assert_eq!(issuer.keys_asked(), 2);
        let withdrawn = world.services.authenticate(&old.sign(&claims(&world, &issuer))).await;
        assert_eq!(refusal(withdrawn), ErrorCode::InvalidToken);
    }

    async fn known_keys_are_fetched_anew_after_ten_minutes(database) {
        let (old, new) = (SigningKey::ec("same"), SigningKey::ec("same"));
        let issuer = Issuer::start(&[&old]).await;
        let world = world_of(&database, &issuer);
        world.services.authenticate(&old.sign(&claims(&world, &issuer))).await.unwrap();
        issuer.publish(&[&new]);
        world.clock.advance(Duration::from_mins(10));
        world.services.authenticate(&new.sign(&claims(&world, &issuer))).await.unwrap();
        let withdrawn = world.services.authenticate(&old.sign(&claims(&world, &issuer))).await;
        assert_eq!(refusal(withdrawn), ErrorCode::InvalidToken);
    }

    async fn known_keys_serve_for_a_day_while_the_issuer_is_away(database) {
        let (known, unknown) = (SigningKey::ec("known"), SigningKey::ec("unknown"));
        let issuer = Issuer::start(&[&known]).await;
        let world = world_of(&database, &issuer);
        world.services.authenticate(&known.sign(&claims(&world, &issuer))).await.unwrap();
        for mood in [Mood::Broken, Mood::Endless, Mood::Impostor, Mood::Circling] {
            issuer.set_mood(mood.clone());
            world.clock.advance(Duration::from_mins(11));
            world.services.authenticate(&known.sign(&claims(&world, &issuer))).await.unwrap();
            // Whether the issuer has such a key nobody can say.
            let refused = world.services.authenticate(&unknown.sign(&claims(&world, &issuer))).await;
            assert_eq!(refusal(refused), ErrorCode::Unavailable, "{mood:?}");
        }
        world.clock.advance(Duration::from_hours(24));
        let refused = world.services.authenticate(&known.sign(&claims(&world, &issuer))).await;
        assert_eq!(refusal(refused), ErrorCode::Unavailable);
        issuer.set_mood(Mood::Well);
        world.clock.advance(Duration::from_secs(10));
        world.services.authenticate(&known.sign(&claims(&world, &issuer))).await.unwrap();
    }

    async fn without_any_key_it_is_we_who_are_unavailable(database) {
        let key = SigningKey::ec("e");
        let issuer = Issuer::start(&[]).await;
        let world = world_of(&database, &issuer);
        let answer = world.services.authenticate(&key.sign(&claims(&world, &issuer))).await;
        let Err(ServiceError::Refused(refused)) = answer else { panic!("not refused") };
        assert_eq!((refused.code, refused.retry_after), (ErrorCode::Unavailable, Some(Duration::from_secs(10))));
    }

    async fn an_issuer_that_does_not_answer_is_not_waited_for(database) {
        let key = SigningKey::ec("e");
        let issuer = Issuer::start(&[&key]).await;
        let oidc = OidcSettings { fetch_timeout: Duration::from_millis(50), ..OidcSettings::new(issuer.url.as_str(), "meetings") };
        let world = TestWorld::with(&database, Arc::new(NoMedia), |settings| settings.identity.oidc = Some(oidc));
        issuer.set_mood(Mood::Silent);
        let refused = world.services.authenticate(&key.sign(&claims(&world, &issuer))).await;
        assert_eq!(refusal(refused), ErrorCode::Unavailable);
    }

    async fn those_who_come_at_once_share_one_fetch(database) {
        let key = SigningKey::ec("e");
        let issuer = Issuer::start(&[&key]).await;
        let world = world_of(&database, &issuer);
        let token = key.sign(&claims(&world, &issuer));
        issuer.set_mood(Mood::Silent);
        // The one who began it gives up; the fetch goes on for the others.
        tokio::select! {
            _ = world.services.authenticate(&token) => panic!("answered without keys"),
            () = issuer.asked(1) => {}
        }
        let waiting = join_all((0..8).map(|_| world.services.authenticate(&token)));
        let (answers, ()) = tokio::join!(waiting, async { issuer.set_mood(Mood::Well) });
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(issuer.keys_asked(), 1);
    }
}
