//! Which tokens signed with our secret get in.

use std::sync::Arc;
use std::time::Duration;

use mockly_domain::{ErrorCode, Timestamp};
use mockly_service::{NoMedia, Register};
use serde_json::{Value, json};

use super::refusal;
use super::token::{SigningKey, forge, sign_hs256};
use crate::support::{TestWorld, on_both_databases};

fn merged(claims: &Value, more: &Value) -> Value {
    let mut claims = claims.as_object().unwrap().clone();
    claims.extend(more.as_object().unwrap().clone());
    Value::Object(claims)
}

on_both_databases! {
    async fn every_token_that_is_not_right_is_refused(database) {
        let world = TestWorld::new(&database);
        let now = world.now().as_secs();
        let good = json!({ "sub": "ada", "exp": now + 600 });
        let (secret, sign) = (world.secret, |claims: &Value| sign_hs256(world.secret, claims));
        let rsa = SigningKey::rsa("r");
        let header = json!({ "alg": "HS256", "typ": "JWT" });
        let genuine = sign(&good);
        let signature = genuine.rsplit('.').next().unwrap();

        for (what, token, code) in [
            ("expired", sign(&json!({ "sub": "ada", "exp": now - 60 })), ErrorCode::TokenExpired),
            ("no exp", sign(&json!({ "sub": "ada" })), ErrorCode::InvalidToken),
            ("exp as text", sign(&json!({ "sub": "ada", "exp": "never" })), ErrorCode::InvalidToken),
            ("not yet", sign(&merged(&good, &json!({ "nbf": now + 61 }))), ErrorCode::InvalidToken),
            ("from the future", sign(&merged(&good, &json!({ "iat": now + 61 }))), ErrorCode::InvalidToken),
            ("nobody", sign(&json!({ "exp": now + 600 })), ErrorCode::InvalidToken),
            ("a controlling id", sign(&merged(&good, &json!({ "sub": "a\nb" }))), ErrorCode::InvalidToken),
            ("another secret", sign_hs256(&secret.to_uppercase(), &good), ErrorCode::InvalidToken),
            ("alg none", forge(&json!({ "alg": "none" }), &good, ""), ErrorCode::InvalidToken),
            ("alg None", forge(&json!({ "alg": "None" }), &good, signature), ErrorCode::InvalidToken),
            ("alg HS512", forge(&json!({ "alg": "HS512" }), &good, signature), ErrorCode::InvalidToken),
            ("other claims", forge(&header, &json!({ "sub": "eve", "exp": now + 600 }), signature), ErrorCode::InvalidToken),
            ("crit", forge(&json!({ "alg": "HS256", "crit": ["exp"] }), &good, signature), ErrorCode::InvalidToken),
            ("RS256 without an issuer", rsa.sign(&good), ErrorCode::InvalidToken),
            ("no signature", genuine.trim_end_matches(signature).to_owned(), ErrorCode::InvalidToken),
            ("claims no object", sign(&json!(["ada"])), ErrorCode::InvalidToken),
            ("empty", String::new(), ErrorCode::InvalidToken),
            ("garbage", "\u{1f980}.\0.%".to_owned(), ErrorCode::InvalidToken),
            ("dots", "...".to_owned(), ErrorCode::InvalidToken),
            ("too long", sign(&merged(&good, &json!({ "pad": "x".repeat(8 * 1024) }))), ErrorCode::InvalidToken),
        ] {
            assert_eq!(refusal(world.services.authenticate(&token).await), code, "{what}");
        }
        assert_eq!(world.services.authenticate(&genuine).await.unwrap().user_id().as_str(), "ada");
    }

    async fn another_services_tokens_get_in_by_any_of_its_ids(database) {
        let world = TestWorld::new(&database);
        let exp = world.now().as_secs() + 600;
        for (claims, id) in [
            (json!({ "sub": "a", "_id": "b", "userId": "c", "exp": exp }), "a"),
            (json!({ "_id": "b", "userId": "c", "exp": exp, "iss": "anyone", "aud": "anything" }), "b"),
            (json!({ "userId": "c", "exp": exp }), "c"),
        ] {
            let principal = world.services.authenticate(&sign_hs256(world.secret, &claims)).await.unwrap();
            assert_eq!(principal.user_id().as_str(), id);
            assert_eq!(principal.expires_at, Timestamp::from_secs(exp));
        }
    }

    async fn issuer_and_audience_must_fit_where_they_are_present_and_configured(database) {
        let world = TestWorld::with(&database, Arc::new(NoMedia), |settings| {
            settings.identity.access_token_issuer = Some("host".to_owned());
            settings.identity.access_token_audience = Some("meetings".to_owned());
        });
        let good = json!({ "sub": "ada", "exp": world.now().as_secs() + 600 });
        for (more, welcome) in [
            (json!({}), true),
            (json!({ "iss": "host", "aud": "meetings" }), true),
            (json!({ "aud": ["mail", "meetings"] }), true),
            (json!({ "iss": "ghost" }), false),
            (json!({ "iss": ["host"] }), false),
            (json!({ "aud": "mail" }), false),
            (json!({ "aud": ["mail"] }), false),
            (json!({ "aud": {} }), false),
        ] {
            let token = sign_hs256(world.secret, &merged(&good, &more));
            let answer = world.services.authenticate(&token).await;
            if welcome {
                answer.unwrap();
            } else {
                assert_eq!(refusal(answer), ErrorCode::InvalidToken, "{more}");
            }
        }
        // Own accounts come in whatever the other service is called.
        let ada = Register {
            email: "ada@example.org".to_owned(),
            password: "correct horse".to_owned(),
            display_name: "Ada".to_owned(),
        };
        let own = world.services.register(ada).await.unwrap();
        world.services.authenticate(&own.access_token).await.unwrap();
    }

    /// Every node takes tokens of both secrets before the first one signs with the new one.
    async fn a_secret_is_changed_without_refusing_anybody(database) {
        let with = |secret: &'static str, fallback: Option<&'static str>| {
            TestWorld::with(&database, Arc::new(NoMedia), |settings| {
                settings.identity.access_token_secret = secret.into();
                settings.identity.access_token_secret_fallback = fallback.map(Into::into);
            })
        };
        let (former, next) = ("the former secret of thirty-two bytes", "the next secret of more than thirty bytes");
        let steps = [with(former, None), with(former, Some(next)), with(next, Some(former)), with(next, None)];
        let exp = steps[0].now().as_secs() + 600;
        let of = |secret: &str| sign_hs256(secret, &json!({ "sub": "ada", "exp": exp }));
        for (step, takes_former, takes_next) in [(0, true, false), (1, true, true), (2, true, true), (3, false, true)] {
            for (token, taken) in [(of(former), takes_former), (of(next), takes_next)] {
                let answer = steps[step].services.authenticate(&token).await;
                assert_eq!(answer.is_ok(), taken, "step {step}: {answer:?}");
            }
        }
        let ada = Register {
            email: "ada@example.org".to_owned(),
            password: "correct horse".to_owned(),
            display_name: "Ada".to_owned(),
        };
        let signed_in = steps[2].services.register(ada).await.unwrap();
        steps[3].services.authenticate(&signed_in.access_token).await.unwrap();
    }

    async fn a_token_serves_until_a_minute_after_its_end(database) {
        let world = TestWorld::new(&database);
        let token = sign_hs256(world.secret, &json!({ "sub": "ada", "exp": world.now().as_secs() + 600 }));
        world.clock.advance(Duration::from_secs(659));
        world.services.authenticate(&token).await.unwrap();
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(refusal(world.services.authenticate(&token).await), ErrorCode::TokenExpired);
    }
}
