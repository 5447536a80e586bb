//! R8: webhooks are believed by their signature over the raw bytes.

use std::time::Duration;

use mockly_domain::{ErrorCode, ParticipantStatus};
use serde_json::Value;

use super::livekit::{API_KEY, API_SECRET, WEBHOOK_SECRET};
use super::stage::{Stage, code};
use super::webhook::{connection, sign};
use crate::support::on_both_databases;

on_both_databases! {
    async fn r8_only_what_we_or_livekit_signed_is_taken(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let webhook = stage.webhook("participant_joined", id, connection(&stage.ada, "PA_1", stage.now()));
        let body = webhook.to_string();
        let body = body.as_bytes();
        let now = stage.now();
        let good = sign(body, API_KEY, API_SECRET, now);
        let mut tampered = body.to_vec();
        tampered.push(b' ');
        for (what, authorization, body) in [
            ("another secret", sign(body, API_KEY, "ffffffffffffffffffffffffffffffff", now), body),
            ("another key", sign(body, "otherkey", API_SECRET, now), body),
            ("another body", good.clone(), &tampered[..]),
            ("an old token", sign(body, API_KEY, API_SECRET, now.minus(Duration::from_secs(361))), body),
            ("a token of the future", sign(body, API_KEY, API_SECRET, now.plus(Duration::from_secs(61))), body),
            ("no token", String::new(), body),
            ("no JWT", "Bearer x".to_owned(), body),
            ("another scheme", format!("Basic {good}"), body),
            ("a token without end", format!("{good}{}", "x".repeat(5_000)), body),
        ] {
            let answer = stage.services().receive_webhook(&authorization, body).await;
            assert_eq!(code(answer), ErrorCode::InvalidSignature, "{what}");
        }
        assert_eq!(stage.status(id, &stage.ada).await, ParticipantStatus::Invited);
        // The refused ones did not use the event up.
        stage.services().receive_webhook(&good, body).await.unwrap();
        assert_eq!(stage.status(id, &stage.ada).await, ParticipantStatus::Joined);
    }

    async fn r8_the_second_secret_the_scheme_and_clocks_a_minute_apart_are_fine(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let now = stage.now();
        let minute = Duration::from_mins(1);
        for (secret, prefix, signed_at) in [
            (API_SECRET, "", now),
            (API_SECRET, "Bearer ", now),
            (WEBHOOK_SECRET, "bearer ", now),
            (WEBHOOK_SECRET, "", now.plus(minute)),
            (API_SECRET, "", now.minus(minute * 6)),
        ] {
            let body = stage.webhook("room_started", id, Value::Null).to_string();
            let authorization = format!("{prefix}{}", sign(body.as_bytes(), API_KEY, secret, signed_at));
            stage.services().receive_webhook(&authorization, body.as_bytes()).await.unwrap();
        }
    }
}
