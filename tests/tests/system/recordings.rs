//! Recordings through the whole server, made here and encoded by what people use; and what only looks like one.

use mockly_tests::{Backend, Mockly, Person, Script, create_interview, run, until, upload, wav};
use serde_json::{Value, json};

/// Asks for the analysis of a file, and waits for its end.
async fn analyse(person: &Person, artifact: &Value) -> Value {
    let place = format!("/api/sessions/{}/analyses", artifact["sessionId"].as_str().unwrap());
    let asked = person.http.post(&place, &json!({ "artifactId": artifact["id"] })).await.expect(202);
    let place = format!("/api/analyses/{}", asked["id"].as_str().unwrap());
    until("the end of an analysis", async || {
        let analysis = person.http.get(&place).await.expect(200);
        ["SUCCEEDED", "FAILED"].contains(&analysis["status"].as_str().unwrap()).then_some(analysis)
    })
    .await
}

#[track_caller]
fn near(value: &Value, expected: u64, percent: u64) {
    let value = value.as_u64().unwrap();
    assert!(value.abs_diff(expected) * 100 <= expected * percent, "{value} is not within {percent} % of {expected}");
}

/// Left and right apart, within 2 % of a WAV and 3 % of what loses some of it.
#[test]
fn every_format_is_measured_with_its_sides_apart() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let (ada, bob) = (Person::sign_in(&server, "ada").await, Person::sign_in(&server, "bob").await);
        let session = create_interview(&ada, &bob).await;
        let left = [(2, false), (8, true), (4, false), (6, true)];
        let right = [(10, false), (4, true), (6, false)];
        let source = database.folder().join("source.wav");
        std::fs::write(&source, wav(&[&left, &right])).unwrap();
        for (ending, media, percent) in
            [("wav", "audio/wav", 2), ("mp3", "audio/mpeg", 3), ("m4a", "audio/mp4", 3), ("ogg", "audio/ogg", 3)]
        {
            let file = database.folder().join(format!("source.{ending}"));
            if ending != "wav" {
                let names = [source.to_str().unwrap(), file.to_str().unwrap()];
                let mut encoder = Script::python("encode.py", &names);
                encoder.event("done").await;
                encoder.finish().await;
            }
            let bytes = std::fs::read(&file).unwrap();
            let name = format!("interview.{ending}");
            let artifact = upload(&ada, &session, "AUDIO_MIXED", &name, media, &bytes).await.expect(201);
            let analysis = analyse(&ada, &artifact).await;
            assert_eq!(analysis["status"], "SUCCEEDED", "{ending}: {analysis}");
            let report = &analysis["report"];
            near(&report["durationMs"], 20_000, percent);
            let side = |name: &str| {
                let channels = report["channels"].as_array().unwrap();
                channels.iter().find(|channel| channel["channel"] == name).unwrap()["speech"].clone()
            };
            near(&side("LEFT")["talkMs"], 14_000, percent);
            near(&side("LEFT")["pauseMs"], 4_000, percent);
            near(&side("RIGHT")["talkMs"], 4_000, percent);
            assert_eq!(side("RIGHT")["pauseCount"], 0, "{ending}");
        }
        server.stop().await;
    });
}

/// Each is refused with a reason, and the server goes on.
#[test]
fn what_only_looks_like_a_recording_is_refused_with_a_reason() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let (ada, bob) = (Person::sign_in(&server, "ada").await, Person::sign_in(&server, "bob").await);
        let session = create_interview(&ada, &bob).await;
        let whole = wav(&[&[(2, true)]]);
        let mut crowd = whole.clone();
        crowd[22..24].copy_from_slice(&10_000_u16.to_le_bytes());
        for (bytes, reason) in [
            (&whole[..whole.len() / 2], "truncated-file"),
            (crowd.as_slice(), "unsupported-channels"),
            (b"#!/bin/sh\nexit 1\n", "unknown-format"),
        ] {
            let artifact = upload(&ada, &session, "AUDIO_LEFT", "a.wav", "audio/wav", bytes).await.expect(201);
            let analysis = analyse(&ada, &artifact).await;
            assert_eq!((&analysis["status"], &analysis["error"]["code"]), (&json!("FAILED"), &json!(reason)));
            assert!(!analysis["error"]["message"].as_str().unwrap().is_empty());
        }
        let wrong_type = upload(&ada, &session, "AUDIO_LEFT", "a.html", "text/html", &whole).await;
        assert_eq!((wrong_type.status, wrong_type.code().as_str()), (415, "unsupported-media-type"));
        for name in ["../../etc/passwd", "/etc/passwd", "..\\\\..\\\\boot.ini", "..", "a\u{0}b.wav"] {
            let tricked = upload(&ada, &session, "AUDIO_LEFT", name, "audio/wav", &whole).await;
            if tricked.status == 201 {
                let kept = tricked.json();
                let kept = kept["fileName"].as_str().unwrap();
                assert!(!kept.contains(['/', '\\', '\0']) && kept != "..", "{name} became {kept}");
            } else {
                assert_eq!(tricked.status, 400, "{name}: {}", tricked.text());
            }
        }
        let artifact = upload(&ada, &session, "AUDIO_LEFT", "a.wav", "audio/wav", &whole).await.expect(201);
        assert_eq!(analyse(&ada, &artifact).await["status"], "SUCCEEDED");
        server.stop().await;
    });
}
