//! Files through the whole server: large ones at constant memory, broken ones without a trace.

use std::io::ErrorKind;
use std::path::Path;

use mockly_tests::{
    Backend, Mockly, PATIENCE, Person, Request, StompClient, TestDatabase, create_interview, run, until, upload_mib,
    within,
};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const MIB: u64 = 1024 * 1024;
const HEAD: &str = "--xYz\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nVIDEO\r\n--xYz\r\n\
                    Content-Disposition: form-data; name=\"file\"; filename=\"long.webm\"\r\n\
                    Content-Type: video/webm\r\n\r\n";
const END: &str = "\r\n--xYz--\r\n";

struct Scene {
    server: Mockly,
    ada: Person,
    path: String,
}

impl Scene {
    async fn new(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let server = Mockly::start(database, settings).await;
        let (ada, bob) = (Person::sign_in(&server, "ada").await, Person::sign_in(&server, "bob").await);
        let session = create_interview(&ada, &bob).await;
        let path = format!("/api/sessions/{}/artifacts", session["id"].as_str().unwrap());
        Self { server, ada, path }
    }

    /// Connects and sends the head of an upload of a file of `size` bytes.
    async fn begin(&self, size: u64) -> TcpStream {
        let mut stream = TcpStream::connect(self.server.address()).await.unwrap();
        let length = HEAD.len() as u64 + size + END.len() as u64;
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: mockly\r\nAuthorization: Bearer {}\r\nContent-Length: {length}\r\n\
             Content-Type: multipart/form-data; boundary=xYz\r\nConnection: close\r\n\r\n{HEAD}",
            self.path, self.ada.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }
}

/// Sends zeros, and looks at how much memory the server takes each 8 MiB; the most that it was.
async fn send_zeros(stream: &mut TcpStream, server: &Mockly, size: u64) -> u64 {
    let zeros = vec![0; usize::try_from(MIB).unwrap()];
    let mut most = 0;
    for sent in 0..size / MIB {
        within(PATIENCE, "room for the next MiB", stream.write_all(&zeros)).await.unwrap();
        if sent % 8 == 0 {
            most = most.max(server.process().resident_bytes());
        }
    }
    most
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    within(PATIENCE, "the answer to an upload", stream.read_to_string(&mut text)).await.unwrap();
    text
}

/// Bytes of all files below a folder, and how many files there are.
fn kept(folder: &Path) -> (u64, usize) {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return (0, 0),
        entries => entries.unwrap(),
    };
    entries.map(|entry| entry.unwrap().path()).fold((0, 0), |(bytes, count), path| {
        if path.is_dir() {
            let (more, files) = kept(&path);
            return (bytes + more, count + files);
        }
        // One that is removed between the listing and the look is gone.
        path.metadata().map_or((bytes, count), |file| (bytes + file.len(), count + 1))
    })
}

/// What the server may hold more than before, whatever the size of the file: its allocator keeps some of what was freed.
const KEPT_MAX: u64 = 64 * MIB;

/// How large a file may be whose memory is looked at: 256 MiB, or what `TEST_UPLOAD_MIB` says.
fn large() -> u64 {
    upload_mib() * MIB
}

#[test]
fn a_large_file_comes_and_goes_at_constant_memory() {
    run(Backend::Sqlite, |database| async move {
        let scene = Scene::new(&database, &[]).await;
        let before = scene.server.process().resident_bytes();
        let size = large();
        let mut stream = scene.begin(size).await;
        let most = send_zeros(&mut stream, &scene.server, size).await;
        stream.write_all(END.as_bytes()).await.unwrap();
        let created = answer(&mut stream).await;
        assert!(created.starts_with("HTTP/1.1 201 "), "{created}");
        assert!(most < before + KEPT_MAX, "{most} bytes of memory for an upload, {before} before");
        let files = database.folder().join("artifacts");
        assert_eq!(kept(&files), (size, 1));

        let list = scene.ada.http.get(&scene.path).await.expect(200);
        let file = &list["items"][0];
        assert_eq!((&file["sizeBytes"], &file["fileName"]), (&json!(size), &json!("long.webm")));
        let place = format!("{}/{}/content", scene.path, file["id"].as_str().unwrap());
        let last = Request::new("GET", place.clone()).header("Range", &format!("bytes={}-", size - 3));
        let last = scene.ada.http.send(last).await;
        assert_eq!((last.status, last.body), (206, vec![0; 3]));
        let most = read_away(&scene, &place, size).await;
        assert!(most < before + KEPT_MAX, "{most} bytes of memory for a download, {before} before");
        scene.server.stop().await;
    });
}

/// Downloads a file without keeping it; the most memory that the server took.
async fn read_away(scene: &Scene, place: &str, size: u64) -> u64 {
    let mut stream = TcpStream::connect(scene.server.address()).await.unwrap();
    let head = format!(
        "GET {place} HTTP/1.1\r\nHost: mockly\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        scene.ada.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut buffer = vec![0; usize::try_from(MIB).unwrap()];
    let (mut read, mut most, mut next_look) = (0, 0, 0);
    loop {
        let count = within(PATIENCE, "the next bytes", stream.read(&mut buffer)).await.unwrap();
        read += count as u64;
        if read >= next_look {
            most = most.max(scene.server.process().resident_bytes());
            next_look = read + 8 * MIB;
        }
        if count == 0 {
            break;
        }
    }
    assert!(read > size, "{read} bytes of head and {size} of file");
    most
}

#[test]
fn an_upload_that_is_cut_off_leaves_nothing() {
    run(Backend::Sqlite, |database| async move {
        let mut scene = Scene::new(&database, &[]).await;
        let files = database.folder().join("artifacts");
        let mut stream = scene.begin(64 * MIB).await;
        send_zeros(&mut stream, &scene.server, 32 * MIB).await;
        until("bytes on the disk", async || (kept(&files).0 > 16 * MIB).then_some(())).await;
        drop(stream);
        until("an empty folder", async || (kept(&files).1 == 0).then_some(())).await;
        assert_eq!(scene.ada.http.get(&scene.path).await.expect(200)["total"], 0);

        // A server that is killed cannot tidy up; the next one does.
        let mut stream = scene.begin(64 * MIB).await;
        send_zeros(&mut stream, &scene.server, 32 * MIB).await;
        until("bytes on the disk", async || (kept(&files).0 > 16 * MIB).then_some(())).await;
        scene.server.kill();
        assert_eq!(kept(&files).1, 1);
        scene.server.start_again(false).await;
        assert_eq!(kept(&files), (0, 0));
        scene.server.stop().await;
    });
}

#[test]
fn an_upload_that_stalls_is_ended() {
    run(Backend::Sqlite, |database| async move {
        let scene = Scene::new(&database, &[("UPLOAD_STALL_TIMEOUT", "1s")]).await;
        let mut stream = scene.begin(64 * MIB).await;
        send_zeros(&mut stream, &scene.server, MIB).await;
        let refused = answer(&mut stream).await;
        assert!(refused.starts_with("HTTP/1.1 408 ") && refused.contains("request-timeout"), "{refused}");
        assert_eq!(kept(&database.folder().join("artifacts")).1, 0);
        scene.server.stop().await;
    });
}

/// What is too large by its length is refused before it is sent.
#[test]
fn a_file_that_has_no_room_is_refused_at_once() {
    run(Backend::Sqlite, |database| async move {
        let scene = Scene::new(&database, &[("ARTIFACT_BYTES_MAX", "1MiB")]).await;
        let mut stream = scene.begin(64 * MIB).await;
        let refused = answer(&mut stream).await;
        assert!(refused.starts_with("HTTP/1.1 413 ") && refused.contains("body-too-large"), "{refused}");
        scene.server.stop().await;
    });
}

/// A WAV file of 16 bits, one channel at 8 kHz: seconds of tone, of silence and of tone.
fn wav(stretches: [(usize, i16); 3]) -> Vec<u8> {
    let samples = stretches.iter().flat_map(|(seconds, level)| std::iter::repeat_n(*level, seconds * 8_000));
    let square = |(place, level): (usize, i16)| if place / 8 % 2 == 0 { level } else { -level };
    let data: Vec<u8> = samples.enumerate().flat_map(|sample| square(sample).to_le_bytes()).collect();
    let size = u32::try_from(data.len()).unwrap();
    let mut file = [b"RIFF".as_slice(), &(36 + size).to_le_bytes(), b"WAVEfmt ", &16_u32.to_le_bytes()].concat();
    file.extend([1, 0, 1, 0]);
    file.extend([8_000_u32.to_le_bytes(), 16_000_u32.to_le_bytes()].concat());
    file.extend([2, 0, 16, 0]);
    file.extend([b"data".as_slice(), &size.to_le_bytes(), &data].concat());
    file
}

#[test]
fn a_recording_is_analysed_and_whoever_asked_is_told() {
    run(Backend::Postgres, |database| async move {
        let scene = Scene::new(&database, &[]).await;
        let file = wav([(4, 8_000), (2, 0), (4, 8_000)]);
        let head =
            HEAD.replace("VIDEO", "AUDIO_LEFT").replace("long.webm", "left.wav").replace("video/webm", "audio/wav");
        let body = [head.as_bytes(), &file, END.as_bytes()].concat();
        let request =
            Request::new("POST", scene.path.clone()).header("Content-Type", "multipart/form-data; boundary=xYz");
        let artifact = scene.ada.http.send(request.body(body)).await.expect(201);

        let mut listener = StompClient::connect(scene.server.address(), &scene.ada.token).await.unwrap();
        let topic = format!("/topic/users/{}/notifications", scene.ada.id);
        listener.subscribe("n", &topic, &[]).await.unwrap();
        let place = scene.path.replace("/artifacts", "/analyses");
        let asked = scene.ada.http.post(&place, &json!({ "artifactId": artifact["id"] })).await.expect(202);
        for (event, status) in [("analysis:started", "started"), ("analysis:completed", "success")] {
            let told = listener.event().await;
            assert_eq!((&told["event"], &told["payload"]["status"]), (&json!(event), &json!(status)), "{told}");
            assert_eq!(told["payload"]["analysisId"], asked["id"]);
            assert_eq!(told["payload"]["interviewId"], artifact["sessionId"]);
        }
        let analysis = format!("/api/analyses/{}", asked["id"].as_str().unwrap());
        let analysis = scene.ada.http.get(&analysis).await.expect(200);
        let speech = &analysis["report"]["channels"][0]["speech"];
        let near = |value: &serde_json::Value, expected: u64| {
            let value = value.as_u64().unwrap();
            assert!(value.abs_diff(expected) * 50 <= expected, "{value} is not within 2 % of {expected}: {analysis}");
        };
        assert_eq!(analysis["report"]["channels"][0]["channel"], "LEFT");
        near(&speech["talkMs"], 8_000);
        near(&speech["pauseMs"], 2_000);
        near(&analysis["report"]["durationMs"], 10_000);
        scene.server.stop().await;
    });
}
