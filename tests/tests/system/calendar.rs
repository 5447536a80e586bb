//! Calendar files (R14), read by a parser that is none of ours and knows each time zone from the file alone.

use mockly_tests::{Backend, Mockly, Person, Script, TestDatabase, run};
use serde_json::{Value, json};

/// On either side of both switches of a year, north and south, beside the hour, and without any.
const CASES: &[(&str, &str, i64)] = &[
    ("Europe/Berlin", "2026-01-15T10:00:00Z", 1_768_471_200),
    ("Europe/Berlin", "2026-03-29T00:30:00Z", 1_774_744_200),
    ("Europe/Berlin", "2026-03-29T01:00:00Z", 1_774_746_000),
    ("Europe/Berlin", "2026-10-24T23:00:00Z", 1_792_882_800),
    ("Europe/Berlin", "2026-10-25T01:30:00Z", 1_792_891_800),
    ("Europe/Berlin", "2026-10-25T02:00:00Z", 1_792_893_600),
    ("America/New_York", "2026-03-08T07:00:00Z", 1_772_953_200),
    ("America/New_York", "2026-11-01T07:00:00Z", 1_793_516_400),
    ("Australia/Sydney", "2026-04-04T17:00:00Z", 1_775_322_000),
    ("Australia/Sydney", "2026-10-03T16:00:00Z", 1_791_043_200),
    ("Asia/Kolkata", "2026-07-15T10:00:00Z", 1_784_109_600),
    ("UTC", "2026-07-15T10:00:00Z", 1_784_109_600),
];

#[test]
fn calendars_are_read_by_others_on_sqlite() {
    run(Backend::Sqlite, calendars_are_read_by_others);
}

async fn calendars_are_read_by_others(database: TestDatabase) {
    let server = Mockly::start(&database, &[("PUBLIC_URL", "https://meet.example.org")]).await;
    let interviewer = Person::sign_in(&server, "interviewer").await;
    let mut parser = Script::python("calendar_read.py", &[]);
    for (number, (zone, at, start)) in CASES.iter().enumerate() {
        let candidate = Person::sign_in(&server, &format!("candidate-{number}")).await;
        let body = json!({
            "interviewerId": interviewer.id,
            "scheduledAt": at,
            "duration": 90,
            "timeZone": zone,
            "title": "Größe; Komma, \\ und 会議の予定と長い題名を何度も折り返すための文章",
            "description": "first line\nsecond, line",
        });
        let session = candidate.http.post("/api/sessions", &body).await.expect(201);
        let id = session["id"].as_str().unwrap();
        let read = read(&candidate, id, &mut parser).await;
        assert_eq!((&read["start"], &read["end"]), (&json!(start), &json!(start + 90 * 60)), "{zone} {at}: {read}");
        assert_eq!((&read["summary"], &read["description"]), (&body["title"], &body["description"]));
        assert_eq!((&read["uid"], &read["method"]), (&session["id"], &json!("PUBLISH")));
        assert_eq!((&read["sequence"], &read["status"]), (&json!(0), &json!("CONFIRMED")));
        assert_eq!(read["url"], format!("https://meet.example.org/meeting/{id}"));

        let later = json!({"scheduledAt": "2027-02-01T10:00:00Z"});
        candidate.http.patch(&format!("/api/sessions/{id}"), &later).await.expect(200);
        candidate.http.post_empty(&format!("/api/sessions/{id}/cancel")).await.expect(200);
        let read = self::read(&candidate, id, &mut parser).await;
        assert_eq!((&read["start"], &read["status"]), (&json!(1_801_476_000), &json!("CANCELLED")), "{read}");
        assert_eq!((&read["uid"], &read["sequence"], &read["zone"]), (&session["id"], &json!(2), &json!(zone)));
    }
    parser.finish().await;
    server.stop().await;
}

async fn read(person: &Person, id: &str, parser: &mut Script) -> Value {
    let file = person.http.get(&format!("/api/sessions/{id}/calendar.ics")).await;
    assert_eq!(file.status, 200, "{}", file.text());
    parser.tell(&json!({"file": file.text()}));
    parser.event("read").await
}
