//! How costs grow: of a change with those who listen, of a request with the rows of the database.

use mockly_tests::{Backend, Mockly, Person, Request, TestDatabase, create_interview, raise_open_files};
use serde_json::{Value, json};

use crate::fan_out::Stage;
use crate::sql::Sql;
use crate::target::{self, Kind, Target};
use crate::{machine, rest};

/// Subscribers of one topic.
const SUBSCRIBERS: &[usize] = &[10, 100, 1_000, 10_000];
const CHANGES_PER_SECOND: f64 = 5.0;
const WARM_UP: usize = 10;
const CHANGES: usize = 50;
/// Sessions in the database.
const ROWS: &[usize] = &[10_000, 100_000, 1_000_000];
const CREATES: usize = 400;
/// A user's page that few would turn to, with so many sessions on each.
const FAR_PAGE: usize = 1_000;
const PAGE_SIZE: usize = 20;

pub(crate) async fn measure() -> Value {
    json!({"withSubscribers": with_subscribers().await, "withRows": with_rows().await})
}

async fn with_subscribers() -> Vec<Value> {
    raise_open_files(2_000);
    let mut reports = Vec::new();
    for &subscribers in SUBSCRIBERS {
        let stage = Stage::of(Target::start(Kind::Mockly, 1).await, subscribers).await;
        stage.run(CHANGES_PER_SECOND, WARM_UP).await;
        let mut report = stage.run(CHANGES_PER_SECOND, CHANGES).await.report;
        let cpu_per_million = report["cpuSecondsPerMillionDeliveries"].as_f64().unwrap();
        report["subscribers"] = subscribers.into();
        report["cpuMsPerChange"] = (cpu_per_million * subscribers as f64 / 1_000.0).into();
        crate::tell(&report.to_string());
        reports.push(report);
    }
    reports
}

/// Each time the same server on the same file, which is filled while it is stopped.
async fn with_rows() -> Vec<Value> {
    let database = TestDatabase::create(Backend::Sqlite).await;
    let server = machine::on_server_cpu(Mockly::start(&database, &target::settings())).await;
    let interviewer = Person::sign_in(&server, "interviewer").await;
    let candidate = Person::sign_in(&server, "candidate").await;
    for stranger in ["stranger", "stranger 1", "stranger 2"] {
        Person::sign_in(&server, stranger).await;
    }
    let session = create_interview(&candidate, &interviewer).await;
    let session = session["id"].as_str().unwrap();
    server.stop().await;
    let sql = Sql::open(&database, session).await;
    let (mut reports, mut filled) = (Vec::new(), 0);
    for &rows in ROWS {
        sql.fill(filled, rows).await;
        filled = rows;
        let server = machine::on_server_cpu(Mockly::start(&database, &target::settings())).await;
        let by_all = |path: String| vec![Request::new("GET", path).bearer(&candidate.token); rest::CLIENTS];
        let page = |page: usize| by_all(format!("/api/sessions?page={page}&size={PAGE_SIZE}"));
        let one = rest::read(&server, by_all(format!("/api/sessions/{session}"))).await;
        let first_page = rest::read(&server, page(0)).await;
        let far_page =
            if rows / 50 / PAGE_SIZE >= FAR_PAGE { rest::read(&server, page(FAR_PAGE - 1)).await } else { Value::Null };
        let creators = rest::sign_in(&server, CREATES).await;
        let creates = rest::create(&server, creators.clone()).await;
        for creator in &creators {
            end_all(&server, creator).await;
        }
        server.stop().await;
        let report = json!({
            "sessions": rows, "read": one, "firstPage": first_page, "farPage": far_page, "create": creates,
        });
        crate::tell(&report.to_string());
        reports.push(report);
    }
    reports
}

/// Takes back what somebody created, so that they may create again.
async fn end_all(server: &Mockly, token: &str) {
    let person = Person::with_token(server, "creator", token.to_owned());
    let listed = person.http.get("/api/sessions?status=SCHEDULED").await.expect(200);
    for session in listed["sessions"].as_array().expect("it is a list") {
        mockly_tests::cancel_session(&person, session["id"].as_str().unwrap()).await;
    }
}
