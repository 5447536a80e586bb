//! Every code's document, so that a change of any is seen in a diff.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use actix_web::body::MessageBody as _;
use mockly_domain::{ErrorCode, FieldError, Timestamp};

use super::Problem;
use crate::request::RequestFacts;

/// Status line, headers and indented body.
fn render(problem: &Problem) -> String {
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let facts = RequestFacts::new("request-1".to_owned(), "/api/sessions".to_owned(), client);
    let response = problem.respond(&facts.path, &facts.id);
    let mut text = format!("{}\n", response.status());
    let mut headers: Vec<String> =
        response.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    headers.sort();
    for header in headers {
        writeln!(text, "{header}").unwrap();
    }
    let body = response.into_body().try_into_bytes().unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    write!(text, "{}", serde_json::to_string_pretty(&body).unwrap()).unwrap();
    text
}

#[test]
fn every_code_has_its_document() {
    let documents: Vec<String> =
        ErrorCode::ALL.iter().map(|code| render(&Problem::new(*code, "What to do."))).collect();
    insta::assert_snapshot!(documents.join("\n\n"));
}

#[test]
fn a_refused_join_answers_like_can_join() {
    let mut problem = Problem::new(ErrorCode::NotOpenYet, "The session can be joined from 2026-01-15T09:45:00Z.");
    problem.0.refused_join = true;
    problem.0.opens_at = Some(Timestamp::from_secs(1_768_470_300));
    insta::assert_snapshot!(render(&problem));
}

#[test]
fn wrong_fields_are_listed() {
    let fields = vec![FieldError::new("media.camera", "must be given"), FieldError::new("duration", "must be from 1")];
    insta::assert_snapshot!(render(&crate::extract::json::invalid(fields)));
}

#[test]
fn the_cause_of_a_failure_is_never_shown_and_the_wait_is_told() {
    let problem = Problem::hidden(ErrorCode::Unavailable, "connection to 10.0.0.7 refused")
        .retry_after(Duration::from_millis(1_200));
    let rendered = render(&problem);
    assert!(!rendered.contains("10.0.0.7"), "{rendered}");
    assert!(rendered.contains("retry-after: 2\n"), "{rendered}");
}
