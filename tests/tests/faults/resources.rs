//! A disk without room, descriptors that are used up, and a clock that jumps (P1, P4, P5).

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mockly_tests::{
    API_KEY, API_SECRET, Answer, Backend, HttpConnection, Mockly, Person, Request, StompClient, TOKEN_SECRET,
    TestDatabase, create_interview, faketime_library, now_s, participant_joined, run, sha256_base64, sign,
    until_within, upload, webhook, within,
};
use serde_json::json;
use tokio::net::TcpStream;

use crate::report::measured;
use crate::scene::{Scene, hear, retitling};
use crate::writers::Writers;

const MIB: usize = 1024 * 1024;
/// How soon all is well once there is room again.
const HEALED_WITHIN: Duration = Duration::from_secs(10);

/// A small disk that the server alone sees under its name; this is where the test finds it.
async fn start_on_small_disk(database: &TestDatabase, size: &str) -> (Mockly, PathBuf) {
    let disk = database.folder().join("disk");
    fs::create_dir(&disk).unwrap();
    let disk = disk.to_str().unwrap();
    // In a mount namespace of its own: nobody has to be root for it, and it is gone with the server.
    let mount = format!("mount -t tmpfs -o size={size} mockly \"$0\" && exec \"$@\"");
    let starter = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", &mount, disk];
    let (url, files) = (format!("sqlite://{disk}/mockly.db"), format!("{disk}/artifacts"));
    let settings = [("DATABASE_URL", url.as_str()), ("ARTIFACTS_DIR", &files), ("DATABASE_TIMEOUT", "5s")];
    let server = Mockly::start_under(&starter, database, &settings).await;
    let seen = PathBuf::from(format!("/proc/{}/root{disk}", server.process().id()));
    (server, seen)
}

/// The files that are kept, those under way included.
fn kept(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { kept(&path) } else { 1 }).sum()
}

/// Writes until there is no room for another byte.
fn fill_up(file: &Path) {
    let mut file = OpenOptions::new().create_new(true).write(true).open(file).unwrap();
    for length in [64 * 1_024, 512, 1] {
        let piece = vec![0; length];
        while file.write_all(&piece).is_ok() {}
    }
}

#[test]
fn a_full_disk_is_told_and_nothing_is_half_there() {
    run(Backend::Sqlite, async |database| {
        let (server, disk) = start_on_small_disk(&database, "32m").await;
        let scene = Scene::of(server).await;
        let session = json!({ "id": scene.id });
        let small = upload(&scene.alice, &session, "VIDEO", "small.webm", "video/webm", &vec![1; MIB]).await;
        assert_eq!(small.status, 201, "{}", small.text());
        let large = upload(&scene.alice, &session, "VIDEO", "large.webm", "video/webm", &vec![1; 40 * MIB]).await;
        assert!(matches!(large.status, 507 | 503), "{} {}", large.status, large.text());
        let list = scene.alice.http.get(&format!("/api/sessions/{}/artifacts", scene.id)).await.expect(200);
        assert_eq!(list["total"], 1);
        assert_eq!(kept(&disk.join("artifacts")), 1, "nothing is left of the large one");

        let mut writers = Writers::begin(&scene.server, 2).await;
        writers.acknowledge(50).await;
        fill_up(&disk.join("filler"));
        writers.be_refused(20).await;
        scene.alice.http.get(&format!("/api/sessions/{}", scene.id)).await.expect(200);
        assert_eq!(scene.server.http().get("/healthz").await.status, 200);
        fs::remove_file(disk.join("filler")).unwrap();
        let asked = Instant::now();
        until_within(HEALED_WITHIN, "change that is acknowledged", async || {
            (scene.retitle("room again").await.status == 200).then_some(())
        })
        .await;
        let healed = asked.elapsed();
        writers.acknowledge(50).await;
        writers.stop().await;
        assert!(writers.refusals().iter().all(|status| *status == 503), "{:?}", writers.refusals());
        writers.check(&scene.server).await;
        measured(
            "15, full disk",
            &format!(
                "upload {}, {} acknowledged, 0 lost, {} times 503; healed after {healed:?}",
                large.status,
                writers.acknowledged(),
                writers.refusals().len()
            ),
        );
        scene.server.stop().await;
    });
}

#[test]
fn descriptors_used_up_hold_up_whoever_comes_and_nobody_else() {
    const MORE: u64 = 40;
    const COMING: usize = 120;
    /// How long it is looked at.
    const WINDOW: Duration = Duration::from_secs(3);
    const SERVED_WITHIN: Duration = Duration::from_secs(3);
    /// Accepting is tried again every half second, and each time is logged.
    const LINES_MAX: usize = 7;
    run(Backend::Sqlite, async |database| {
        // Those who come say nothing, and must not be sent away for that here.
        let scene = Scene::new(&database, &[("REQUEST_HEAD_TIMEOUT", "1m")]).await;
        let mut listener = scene.listener().await;
        let mut writer = HttpConnection::open(scene.server.address()).await.unwrap();
        let change = |title: &str| retitling(&scene.id, title).bearer(&scene.alice.token);
        writer.send(&change("before")).await.unwrap().expect(200);
        hear(&mut listener, "before").await;
        let open = scene.server.process().open_files() as u64;
        scene.server.process().limit_open_files(Some(open + MORE));
        let mut coming = Vec::new();
        for _ in 0..COMING {
            coming.push(TcpStream::connect(scene.server.address()).await.unwrap());
        }
        until_within(Duration::from_secs(5), "last descriptor", async || {
            (scene.server.process().open_files() as u64 >= open + MORE).then_some(())
        })
        .await;
        let (lines, busy) = (scene.server.log().lines().count(), scene.server.process().processor_time());
        tokio::time::sleep(WINDOW).await;
        let busy = scene.server.process().processor_time().saturating_sub(busy);
        let lines = scene.server.log().lines().count() - lines;
        writer.send(&change("meanwhile")).await.unwrap().expect(200);
        hear(&mut listener, "meanwhile").await;
        drop(coming);
        let asked = Instant::now();
        let answer = within(SERVED_WITHIN, "answer to somebody new", scene.retitle("after")).await;
        assert_eq!(answer.status, 200);
        hear(&mut listener, "after").await;
        let served = asked.elapsed();
        measured(
            "19, descriptors used up",
            &format!(
                "{busy:?} of processor time and {lines} lines of log in {WINDOW:?}; served again after {served:?}"
            ),
        );
        assert!(busy < WINDOW / 2, "{busy:?} in {WINDOW:?}");
        assert!(lines <= LINES_MAX, "{lines} lines of log in {WINDOW:?}");
        scene.server.stop().await;
    });
}

const HOUR: u64 = 3_600;

/// A server whose clock can be stepped while it runs.
struct Stepped {
    server: Mockly,
    file: PathBuf,
}

impl Stepped {
    async fn start(database: &TestDatabase) -> Self {
        let file = database.folder().join("clock");
        fs::write(&file, "+0").unwrap();
        let (library, path) = (faketime_library(), file.clone());
        let settings = [
            ("LD_PRELOAD", library.to_str().unwrap()),
            ("FAKETIME_TIMESTAMP_FILE", path.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            // A step of the clock is one of the time of day: the monotonic clock goes on as it did.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
            ("LIVEKIT_URL", "http://127.0.0.1:9"),
            ("LIVEKIT_API_KEY", API_KEY),
            ("LIVEKIT_API_SECRET", API_SECRET),
        ];
        Self { server: Mockly::start(database, &settings).await, file }
    }

    fn step_to(&self, offset: &str) {
        // Whole or not at all, since the server reads it at any time.
        let next = self.file.with_extension("next");
        fs::write(&next, offset).unwrap();
        fs::rename(next, &self.file).unwrap();
    }

    /// Somebody whose token is good between these instants.
    fn person(&self, id: &str, from: u64, until: u64) -> Person {
        let claims = json!({ "sub": id, "name": id, "iat": from, "nbf": from, "exp": until });
        Person::with_token(&self.server, id, sign(&claims, TOKEN_SECRET))
    }

    /// A webhook that was signed at that instant, as LiveKit signs it: for five minutes.
    async fn webhook(&self, session: &str, signed: u64) -> Answer {
        let body = participant_joined(&format!("EV_{signed}"), session, "PA_bob", "bob");
        let digest = sha256_base64(body.as_bytes());
        let claims = json!({ "iss": API_KEY, "nbf": signed, "exp": signed + 300, "sha256": digest });
        self.server.http().send(webhook(&sign(&claims, API_SECRET), body)).await
    }
}

/// Tokens and webhooks are judged by the time of day with 60 s of leeway; what is connected does not notice a step.
#[test]
fn a_step_of_the_clock_moves_windows_and_ends_no_socket() {
    run(Backend::Sqlite, async |database| {
        let clock = Stepped::start(&database).await;
        let now = now_s();
        // Good at every step; for this hour; and for the ones beside it.
        let alice = clock.person("alice", now - 2 * HOUR, now + 4 * HOUR);
        let bob = clock.person("bob", now - 2 * HOUR, now + 4 * HOUR);
        let of_now = clock.person("carol", now - 60, now + HOUR / 2);
        for person in [&alice, &bob, &of_now] {
            person.http.get("/api/users/me").await.expect(200);
        }
        let id = create_interview(&alice, &bob).await["id"].as_str().unwrap().to_owned();
        let mut listener = StompClient::connect(clock.server.address(), &bob.token).await.unwrap();
        listener.subscribe("one", &format!("/topic/sessions/{id}"), &[]).await.unwrap();
        let mut statuses = Vec::new();
        for (offset, at, now_is_good) in
            [("+0", now, true), ("+1h", now + HOUR, false), ("-1h", now - HOUR, false), ("+0", now, true)]
        {
            clock.step_to(offset);
            let token = of_now.http.get("/api/users/me").await;
            let expected = if now_is_good { 200 } else { 401 };
            assert_eq!(token.status, expected, "a token of now at {offset}: {}", token.text());
            let early = clock.person("dave", at - 50, at + 60).http.get("/api/users/me").await;
            assert_eq!(early.status, 200, "a token of that time at {offset}: {}", early.text());
            let old = clock.webhook(&id, now).await;
            assert_eq!(old.status, expected, "a webhook of now at {offset}: {}", old.text());
            let fresh = clock.webhook(&id, at - 10).await;
            assert_eq!(fresh.status, 200, "a webhook of that time at {offset}: {}", fresh.text());
            statuses.push((offset, token.status, old.status));
            let title = format!("at {offset}");
            let change = Request::new("PATCH", format!("/api/sessions/{id}")).json(&json!({ "title": title }));
            alice.http.send(change).await.expect(200);
            hear(&mut listener, &title).await;
        }
        assert_eq!(listener.closed(), None);
        measured("16, clock steps", &format!("token and webhook of now: {statuses:?}; one socket through all of them"));
        drop(listener);
        clock.server.stop().await;
    });
}
