//! The analyser of another service: a little receiver of webhooks that reports back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use mockly_tests::{
    Answer, Backend, Mockly, PATIENCE, Person, Request, TOKEN_SECRET, create_interview, now_s, run, sign, until,
    upload, wav, within,
};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const SECRET: &str = "b7e1c4a90d5f4c38a2e6d1f08b93c7542f6a1d0e";

/// Takes one webhook, and answers with a status.
async fn take(listener: &TcpListener, status: &str) -> (String, Value) {
    within(PATIENCE, "a webhook", async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer).await.unwrap();
            text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length: usize = header(head, "content-length").parse().unwrap();
            if body.len() == length {
                break;
            }
        }
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let signed = format!("{}.{}.{body}", header(head, "webhook-id"), header(head, "webhook-timestamp"));
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(signed.as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(header(head, "webhook-signature"), expected);
        let sent: u64 = header(head, "webhook-timestamp").parse().unwrap();
        assert!(sent.abs_diff(now_s()) < 60);
        (header(head, "webhook-id").to_owned(), serde_json::from_str(body).unwrap())
    })
    .await
}

fn header<'h>(head: &'h str, name: &str) -> &'h str {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).unwrap().1
}

fn report() -> Value {
    let speech = json!({ "talkMs": 1_000, "pauseMs": 0, "longestPauseMs": 0, "pauseCount": 0, "pauses": [] });
    let loudness = json!({ "integratedLufs": -20.5, "peakDbfs": -3.0 });
    json!({
        "format": "WAV", "sampleRateHz": 48_000, "durationMs": 2_000, "speech": speech, "loudness": loudness,
        "channels": [], "damagedPackets": 0, "details": { "mood": "calm" },
    })
}

async fn notified(person: &Person, analysis: &Value) -> Vec<String> {
    let list = person.http.get("/api/notifications").await.expect(200);
    let of_analysis =
        list["items"].as_array().unwrap().iter().filter(|item| item["payload"]["analysisId"] == *analysis);
    of_analysis.map(|item| item["event"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_analyser_of_another_service_is_asked_and_reports() {
    run(Backend::Postgres, async |database| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?team=hush-hush", listener.local_addr().unwrap());
        let server = Mockly::start(&database, &[("ANALYSER_URL", &url), ("ANALYSER_SECRET", SECRET)]).await;
        let (ada, bob) = (Person::sign_in(&server, "ada").await, Person::sign_in(&server, "bob").await);
        let claims = json!({"sub": "root", "name": "root", "roles": ["admin"], "iat": now_s(), "exp": now_s() + 3_600});
        let root = Person::with_token(&server, "root", sign(&claims, TOKEN_SECRET));
        let key = root.http.post("/api/admin/service-keys", &json!({ "name": "a", "scopes": ["ANALYSES"] })).await;
        let key = key.expect(201)["key"].as_str().unwrap().to_owned();
        let by_key = async |method, path: &str, body: &Value| -> Answer {
            let request = Request::new(method, path).header("X-API-Key", &key);
            server.http().send(if body.is_null() { request } else { request.json(body) }).await
        };
        let session = create_interview(&ada, &bob).await;
        let sound = wav(&[&[(2, true)]]);
        let file = upload(&ada, &session, "AUDIO_LEFT", "a.wav", "audio/wav", &sound).await.expect(201);
        let place = format!("/api/sessions/{}/analyses", session["id"].as_str().unwrap());
        let ask = async || ada.http.post(&place, &json!({ "artifactId": file["id"] })).await.expect(202);

        let asked = ask().await;
        // Refused, it is sent again, and known by its id.
        let (first, _) = take(&listener, "503 Busy").await;
        let (again, webhook) = take(&listener, "202 Accepted").await;
        let id = asked["id"].as_str().unwrap();
        assert_eq!((first.as_str(), again.as_str(), &webhook["type"]), (id, id, &json!("analysis.requested")));
        let data = &webhook["data"];
        assert_eq!((&data["analysisId"], &data["sha256"]), (&asked["id"], &file["sha256"]));
        let analysis = format!("/api/analyses/{id}");
        assert!(data["reportUrl"].as_str().unwrap().ends_with(&analysis));
        let content = format!("{analysis}/content");
        assert!(data["contentUrl"].as_str().unwrap().ends_with(&content));
        // A client that fetches sound says so.
        let fetch = Request::new("GET", &content).header("X-API-Key", &key).header("Accept", "audio/*");
        assert!(server.http().send(fetch).await.body == sound);
        assert_eq!(ada.http.get(&content).await.code(), "service-key-scope");
        assert_eq!(ada.http.patch(&analysis, &json!({ "status": "RUNNING", "progressPercent": 1 })).await.status, 403);

        let running = json!({ "status": "RUNNING", "progressPercent": 40 });
        assert_eq!(by_key("PATCH", &analysis, &running).await.expect(200)["progressPercent"], 40);
        for wrong in [
            json!({ "status": "SUCCEEDED" }),
            json!({ "status": "SUCCEEDED", "report": { "format": 1 } }),
            json!({ "status": "RUNNING", "progressPercent": 101 }),
            json!({ "status": "FAILED", "error": { "code": "Not Kebab", "message": "x" } }),
            json!({ "status": "QUEUED" }),
        ] {
            assert_eq!(by_key("PATCH", &analysis, &wrong).await.status, 400, "{wrong}");
        }
        assert_eq!(notified(&ada, &asked["id"]).await, ["analysis:started"]);
        let done = json!({ "status": "SUCCEEDED", "report": report() });
        for _ in 0..2 {
            let ended = by_key("PATCH", &analysis, &done).await.expect(200);
            assert_eq!((&ended["status"], &ended["report"]), (&json!("SUCCEEDED"), &report()));
        }
        assert_eq!(notified(&ada, &asked["id"]).await, ["analysis:completed", "analysis:started"]);
        assert_eq!(notified(&bob, &asked["id"]).await, Vec::<String>::new());
        let late = json!({ "status": "FAILED", "error": { "code": "no-sound", "message": "There is no sound." } });
        for (path, body, method) in [(&analysis, &late, "PATCH"), (&content, &Value::Null, "GET")] {
            let late = by_key(method, path, body).await;
            assert_eq!((late.status, late.code().as_str()), (409, "analysis-not-awaited"));
        }

        let asked = ask().await;
        take(&listener, "200 OK").await;
        let analysis = format!("/api/analyses/{}", asked["id"].as_str().unwrap());
        let failed = by_key("PATCH", &analysis, &late).await.expect(200);
        assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("FAILED"), &json!("no-sound")));
        let told = async || (notified(&ada, &asked["id"]).await.len() == 2).then_some(());
        until("the news of the failure", told).await;
        let log = server.stop().await;
        for secret in [SECRET, "hush-hush", &key] {
            assert!(!log.contains(secret), "the log has {secret}");
        }
    });
}
