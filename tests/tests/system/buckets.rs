//! Files in a bucket, of a server that speaks S3.

use mockly_tests::{Backend, Mockly, Person, Request, Script, create_interview, run, until, upload};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

const MIB: usize = 1024 * 1024;

async fn kept(bucket: &mut Script) -> Value {
    bucket.tell(&json!({}));
    bucket.event("kept").await
}

/// In parts where it is large, at once where it is small; read from anywhere; gone when it is deleted or cut off.
#[test]
fn a_bucket_keeps_whole_files_and_nothing_else() {
    run(Backend::Sqlite, async |database| {
        let mut bucket = Script::python("s3_server.py", &[]);
        let url = bucket.event("ready").await["url"].as_str().unwrap().to_owned();
        let settings = [
            ("S3_BUCKET", "files"),
            ("S3_ENDPOINT", &url),
            ("S3_PREFIX", "mockly/"),
            ("S3_ACCESS_KEY_ID", "key"),
            ("S3_SECRET_ACCESS_KEY", "a-key-that-no-log-shows"),
        ];
        let server = Mockly::start(&database, &settings).await;
        let (ada, bob) = (Person::sign_in(&server, "ada").await, Person::sign_in(&server, "bob").await);
        let session = create_interview(&ada, &bob).await;
        let list = format!("/api/sessions/{}/artifacts", session["id"].as_str().unwrap());

        let large: Vec<u8> = (0..19 * MIB).map(|place| u8::try_from(place % 251).unwrap()).collect();
        for bytes in [&large[..], &large[..1_000]] {
            let file = upload(&ada, &session, "VIDEO", "a.webm", "video/webm", bytes).await.expect(201);
            let objects = kept(&mut bucket).await;
            let name = format!("mockly/{}", file["id"].as_str().unwrap());
            assert_eq!((&objects["objects"], &objects["uploads"]), (&json!([[name, bytes.len()]]), &json!(0)));
            let place = format!("{list}/{}/content", file["id"].as_str().unwrap());
            assert!(bob.http.get(&place).await.body == bytes, "it comes back as it went");
            let part = Request::new("GET", place).header("Range", &format!("bytes={}-", bytes.len() - 10));
            let part = bob.http.send(part).await;
            assert_eq!((part.status, part.body.as_slice()), (206, &bytes[bytes.len() - 10..]));
            let gone = Request::new("DELETE", format!("{list}/{}", file["id"].as_str().unwrap()));
            assert_eq!(ada.http.send(gone).await.status, 204);
            let gone = async || (kept(&mut bucket).await["objects"] == json!([])).then_some(());
            until("an empty bucket", gone).await;
        }

        let mut half = TcpStream::connect(server.address()).await.unwrap();
        let head = format!(
            "POST {list} HTTP/1.1\r\nHost: mockly\r\nAuthorization: Bearer {}\r\nContent-Length: 40000000\r\n\
             Content-Type: multipart/form-data; boundary=xYz\r\n\r\n--xYz\r\nContent-Disposition: form-data; \
             name=\"type\"\r\n\r\nVIDEO\r\n--xYz\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"long.webm\"\r\nContent-Type: video/webm\r\n\r\n",
            ada.token
        );
        half.write_all(head.as_bytes()).await.unwrap();
        half.write_all(&large).await.unwrap();
        until("an upload in parts", async || (kept(&mut bucket).await["uploads"] == 1).then_some(())).await;
        drop(half);
        until("its end", async || (kept(&mut bucket).await["uploads"] == 0).then_some(())).await;
        assert_eq!(kept(&mut bucket).await["objects"], json!([]));
        bucket.finish().await;
        assert!(!server.stop().await.contains("a-key-that-no-log-shows"));
    });
}
