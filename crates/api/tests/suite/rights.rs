//! Every endpoint of the document against every kind of caller: `docs/rights.md` says who is answered what.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use mockly_data::{Database, Store as _};
use mockly_domain::{ParticipantStatus, SessionId, UserId, UserRole};
use serde_json::{Value, json};

use crate::support::{Account, Answer, TestApp, text};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rights.md");

/// Who asks, in the order of the columns, with the code of a 401 where the caller is at fault.
const CALLERS: [(&str, &str); 18] = [
    ("nobody", "unauthenticated"),
    ("forged", "invalid-token"),
    ("expired", "token-expired"),
    ("outsider", ""),
    ("teacher", ""),
    ("denied", ""),
    ("removed", ""),
    ("waiting", ""),
    ("student", ""),
    ("host", ""),
    ("admin", ""),
    ("revoked", "invalid-service-key"),
    ("USERS", ""),
    ("NOTIFICATIONS", ""),
    ("ANALYSES", ""),
    ("as student", ""),
    ("as host", ""),
    ("as admin", ""),
];

/// Those of the class whose places in its session differ.
const PLACES: [(&str, ParticipantStatus); 4] = [
    ("denied", ParticipantStatus::Denied),
    ("removed", ParticipantStatus::Removed),
    ("waiting", ParticipantStatus::Waiting),
    ("student", ParticipantStatus::Joined),
];

/// These are asked of a session that has not begun; all others of one that is under way.
const BEFORE_THE_START: [&str; 3] = ["start_session", "cancel_session", "delete_session"];

/// These leave what the next caller asks for as it was.
const HARMLESS: [&str; 15] = [
    "create_booking",
    "create_class",
    "create_content_link",
    "create_service_key",
    "create_ticket",
    "enrol_student",
    "mark_all_notifications_read",
    "mark_notification_read",
    "put_user",
    "refresh_tokens",
    "register_account",
    "send_notification",
    "sign_in",
    "sign_out",
    "update_profile",
];

/// How one caller shows who they are.
type Headers = Vec<(&'static str, String)>;

struct World {
    app: TestApp,
    storage: Database,
    people: BTreeMap<&'static str, Account>,
    callers: Vec<Headers>,
    stage: Stage,
    requests: u32,
}

/// What the paths name, as it is before each request.
#[derive(Default)]
struct Stage {
    under_way: bool,
    class: String,
    session: String,
    invitation: String,
    artifact: String,
    analysis: String,
    notification: String,
    service_key: String,
}

struct Operation {
    id: String,
    method: Method,
    path: String,
    statuses: Vec<String>,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::with_livekit_away().await;
        let expired = app.account("expired").await.token;
        app.clock.advance(Duration::from_mins(20));
        let mut people = BTreeMap::new();
        for (name, roles) in [
            ("outsider", vec![]),
            ("teacher", vec![UserRole::Teacher, UserRole::Mentor]),
            ("denied", vec![]),
            ("removed", vec![]),
            ("waiting", vec![]),
            ("student", vec![]),
            ("spare", vec![]),
            ("host", vec![UserRole::Teacher]),
            ("admin", vec![UserRole::Admin]),
        ] {
            people.insert(name, app.account_with(name, roles).await);
        }
        let bearer = |token: &str| vec![("Authorization", format!("Bearer {token}"))];
        let mut keys = BTreeMap::new();
        for scope in ["USERS", "NOTIFICATIONS", "ANALYSES", "ACT_AS"] {
            keys.insert(scope, app.key(&people["admin"], &[scope]).await);
        }
        let revoked = app.key(&people["admin"], &["USERS", "ACT_AS"]).await;
        revoke_newest(&app, &people["admin"]).await;
        let storage = app.storage().await;
        let callers = CALLERS.map(|(name, _)| match name {
            "nobody" => vec![],
            "forged" => bearer(&forge(&people["host"].token)),
            "expired" => bearer(&expired),
            "revoked" => vec![("X-API-Key", revoked.clone())],
            "as student" | "as host" | "as admin" => {
                let user = &people[name.trim_start_matches("as ")];
                vec![("X-API-Key", keys["ACT_AS"].clone()), ("X-Act-As", user.id.clone())]
            }
            scope if keys.contains_key(scope) => vec![("X-API-Key", keys[scope].clone())],
            person => bearer(&people[person].token),
        });
        Self { app, storage, people, callers: callers.into(), stage: Stage::default(), requests: 0 }
    }

    /// Makes everything anew that a path can name.
    async fn set_up(&mut self, under_way: bool) {
        let (host, admin) = (&self.people["host"], &self.people["admin"]);
        if !self.stage.session.is_empty() {
            // A teacher has one class under way, and few analyses waiting, at a time.
            let path = format!("/api/sessions/{}", self.stage.session);
            self.app.act(&format!("{path}/end"), host).await;
            self.app.send(host.sign(TestRequest::delete().uri(&path))).await;
        }
        let class = text(&self.made("/api/classes", json!({ "name": "Algebra" }), host).await["id"]);
        let students: Vec<&str> = PLACES.iter().map(|(name, _)| self.people[name].id.as_str()).collect();
        let enrol = json!({ "userIds": students, "emails": ["guest@example.org"] });
        let enrolled = self.app.post(&format!("/api/classes/{class}/students"), enrol, host).await;
        assert_eq!(enrolled.json()["invited"], 1, "{}", enrolled.text());
        let invitations = self.app.get(&format!("/api/classes/{class}/invitations"), host).await.json();
        let lesson = json!({
            "classId": class, "title": "Fractions", "scheduledAt": "2030-01-15T10:00:00Z", "type": "LECTURE",
            "admission": "KNOCK",
        });
        let session = text(&self.made("/api/sessions", lesson, host).await["id"]);
        let path = format!("/api/sessions/{session}");
        for (name, _) in PLACES {
            let joined = self.app.act(&format!("{path}/join"), &self.people[name]).await;
            assert_eq!(joined.status, 200, "{}", joined.text());
        }
        if under_way {
            let started = self.app.act(&format!("{path}/start"), host).await;
            assert_eq!(started.status, 200, "{}", started.text());
        }
        for (name, status) in PLACES {
            self.place(&session, name, status).await;
        }
        let (content_type, form) = recording();
        let upload =
            TestRequest::post().uri(&format!("{path}/artifacts")).insert_header(("Content-Type", content_type));
        let uploaded = self.app.send(host.sign(upload.set_payload(form))).await;
        assert_eq!(uploaded.status, 201, "{}", uploaded.text());
        let artifact = text(&uploaded.json()["id"]);
        let wanted = json!({ "artifactId": artifact });
        let analysis = self.app.post(&format!("{path}/analyses"), wanted, host).await;
        assert_eq!(analysis.status, 202, "{}", analysis.text());
        let notice = json!({ "userId": self.people["student"].id, "event": "hello", "payload": {} });
        let notification = self.made("/api/notifications", notice, admin).await;
        let key = json!({ "name": "Spare", "scopes": ["USERS"] });
        let service_key = self.made("/api/admin/service-keys", key, admin).await;
        self.stage = Stage {
            under_way,
            invitation: text(&invitations["items"][0]["id"]),
            artifact,
            analysis: text(&analysis.json()["id"]),
            notification: text(&notification["data"]["id"]),
            service_key: text(&service_key["id"]),
            class,
            session,
        };
    }

    async fn made(&self, path: &str, body: Value, by: &Account) -> Value {
        let answer = self.app.post(path, body, by).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.text());
        answer.json()
    }

    /// Puts somebody where otherwise only a host at a door does.
    async fn place(&self, session: &str, name: &str, status: ParticipantStatus) {
        let work = self.storage.begin().await.unwrap();
        let (session, user): (SessionId, _) = (session.parse().unwrap(), UserId::new(&*self.people[name].id).unwrap());
        let mut participant = work.participants().find(session, &user).await.unwrap().unwrap();
        participant.status = status;
        participant.admitted = status == ParticipantStatus::Joined;
        work.participants().update(&participant).await.unwrap();
        work.commit().await.unwrap();
    }

    /// Asks as a caller, over a stage on which nothing has been changed.
    async fn ask(&mut self, operation: &Operation, caller: usize) -> Answer {
        let under_way = !BEFORE_THE_START.contains(&operation.id.as_str());
        if self.stage.session.is_empty() || self.stage.under_way != under_way {
            self.set_up(under_way).await;
        }
        self.requests += 1;
        let mut request = TestRequest::default().method(operation.method.clone()).uri(&self.path(&operation.path));
        for header in &self.callers[caller] {
            request = request.insert_header((header.0, header.1.as_str()));
        }
        let request = match operation.id.as_str() {
            "upload_artifact" => {
                let (content_type, form) = recording();
                request.insert_header(("Content-Type", content_type)).set_payload(form)
            }
            id => match self.body(id) {
                Some(body) => request.set_json(body),
                None => request,
            },
        };
        let answer = self.app.send(request).await;
        let changed = operation.method != Method::GET && answer.status.is_success();
        if changed && !HARMLESS.contains(&operation.id.as_str()) {
            self.set_up(under_way).await;
        }
        answer
    }

    fn path(&self, template: &str) -> String {
        let stage = &self.stage;
        let spare = &self.people["spare"].id;
        let id = match template.split('/').nth(2) {
            Some("sessions") => stage.session.as_str(),
            Some("classes") => &stage.class,
            Some("analyses") => &stage.analysis,
            Some("notifications") => &stage.notification,
            Some("users") => "somebody",
            _ if template.contains("service-keys") => &stage.service_key,
            _ => "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
        };
        let user = if template.starts_with("/api/sessions") { &self.people["student"].id } else { spare };
        template
            .replace("{id}", id)
            .replace("{userId}", user)
            .replace("{artifactId}", &stage.artifact)
            .replace("{invitationId}", &stage.invitation)
    }

    /// A body with which the endpoint does what it is for.
    fn body(&self, operation_id: &str) -> Option<Value> {
        let id = |name: &str| &self.people[name].id;
        // What must not meet an earlier request's.
        let number = self.requests;
        Some(match operation_id {
            "create_service_key" => json!({ "name": "Platform", "scopes": ["USERS"] }),
            "report_analysis" => json!({ "status": "RUNNING", "progressPercent": 1 }),
            "change_password" => json!({ "currentPassword": "correct horse", "newPassword": "correct horse" }),
            "sign_in" => json!({ "email": "host@example.org", "password": "correct horse" }),
            "register_account" => json!({
                "email": format!("new{number}@example.org"), "password": "correct horse", "displayName": "New",
            }),
            "create_booking" => {
                let at = format!("2031-01-{:02}T10:00:00Z", number % 28 + 1);
                json!({ "mentorId": id("teacher"), "scheduledAt": at, "title": "Design" })
            }
            "create_class" | "update_class" => json!({ "name": "Geometry" }),
            "enrol_students" => json!({ "userIds": [id("spare")] }),
            "send_notification" => json!({ "userId": id("student"), "event": "hello", "payload": {} }),
            "create_session" => json!({
                "classId": self.stage.class, "title": "Roots", "scheduledAt": "2030-02-15T10:00:00Z", "type": "QUIZ",
            }),
            "update_session" => json!({ "title": "Roots" }),
            "request_analysis" => json!({ "artifactId": self.stage.artifact }),
            "update_profile" | "put_user" => json!({ "displayName": "Somebody" }),
            "receive_livekit_webhook" => json!({ "event": "room_started", "id": "EV_1" }),
            _ => return None,
        })
    }
}

/// The token with another signature.
fn forge(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    format!("{signed}.{}", signature.chars().rev().collect::<String>())
}

async fn revoke_newest(app: &TestApp, admin: &Account) {
    let keys = app.get("/api/admin/service-keys?size=100", admin).await.json();
    let newest = keys["items"].as_array().unwrap().iter().max_by_key(|key| text(&key["id"])).unwrap();
    let path = format!("/api/admin/service-keys/{}", text(&newest["id"]));
    assert_eq!(app.send(admin.sign(TestRequest::delete().uri(&path))).await.status, 204);
}

fn recording() -> (&'static str, Vec<u8>) {
    let form = "--xYz\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nAUDIO_MIXED\r\n--xYz\r\n\
                Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n\
                RIFF\r\n--xYz--\r\n";
    ("multipart/form-data; boundary=xYz", form.into())
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&mockly_api::openapi_text().unwrap()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push(Operation {
                id: text(&operation["operationId"]),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                statuses: operation["responses"].as_object().unwrap().keys().cloned().collect(),
            });
        }
    }
    operations
}

/// What is wrong with an answer, whatever the table says: a status that the endpoint's description does not announce, a
/// failure of ours, or a 401 that does not say what is wrong with the caller.
fn fault(operation: &Operation, caller: usize, answer: &Answer) -> Option<String> {
    let status = answer.status.as_u16();
    let (name, code) = CALLERS[caller];
    // Signing in and webhooks have tokens of their own.
    let has_own = operation.path.starts_with("/api/auth/") || operation.path.starts_with("/api/webhooks/");
    let said = || answer.json()["code"].clone();
    let fault = if !operation.statuses.contains(&status.to_string()) {
        "is not in the document"
    } else if status >= 500 && status != 503 {
        "is a failure"
    } else if status == 401 && !has_own && said() != code {
        "has another code than this caller's"
    } else {
        return None;
    };
    Some(format!("{} as {name}: {status} {fault}: {}", operation.id, answer.text()))
}

fn render(rows: &[(String, Vec<u16>)]) -> String {
    let first = rows.iter().map(|(endpoint, _)| endpoint.len()).max().unwrap_or_default();
    let mut table = format!("| {:first$} |", "endpoint");
    let mut rule = format!("|{}|", "-".repeat(first + 2));
    for (name, _) in CALLERS {
        write!(table, " {name} |").unwrap();
        write!(rule, "{}|", "-".repeat(name.len() + 2)).unwrap();
    }
    table = format!("{table}\n{rule}\n");
    for (endpoint, statuses) in rows {
        write!(table, "| {endpoint:first$} |").unwrap();
        for (status, (name, _)) in statuses.iter().zip(CALLERS) {
            write!(table, " {status:width$} |", width = name.len()).unwrap();
        }
        table.push('\n');
    }
    table
}

/// The rows of the table, with the one that names its columns; the page has another table for people.
fn table(page: &str) -> Vec<&str> {
    page.lines().filter(|line| line.starts_with("| `") || line.starts_with("| endpoint")).collect()
}

#[actix_web::test]
async fn every_endpoint_answers_every_caller_as_the_table_says() {
    let mut world = World::new().await;
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for operation in operations() {
        let mut statuses = Vec::new();
        for caller in 0..CALLERS.len() {
            let answer = world.ask(&operation, caller).await;
            faults.extend(fault(&operation, caller, &answer));
            statuses.push(answer.status.as_u16());
        }
        rows.push((format!("`{} {}`", operation.method, operation.path), statuses));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let found = render(&rows);
    let page = std::fs::read_to_string(TABLE).unwrap();
    let (told, done) = (table(&page), table(&found));
    let missing: Vec<&str> = done.iter().filter(|row| !told.contains(row)).copied().collect();
    let wrong: Vec<&str> = told.iter().filter(|row| !done.contains(row)).copied().collect();
    if !missing.is_empty() || !wrong.is_empty() {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rights.md");
        std::fs::write(&new, &found).unwrap();
        panic!(
            "docs/rights.md is not what the server does. What it does, and the table does not say:\n{}\n\
             What the table says, and it does not do:\n{}\nThe whole table as it would be right: {}",
            missing.join("\n"),
            wrong.join("\n"),
            new.display()
        );
    }
}
