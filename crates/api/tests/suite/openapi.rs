//! The OpenAPI document: complete, true to the code's own limits, and the one that is committed.

use std::collections::BTreeSet;

use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(&mockly_api::openapi_text().unwrap()).unwrap()
}

/// Every operation as `(method, path, operation)`.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((method.clone(), path.clone(), operation.clone()));
        }
    }
    operations
}

fn statuses(operation: &Value) -> BTreeSet<String> {
    operation["responses"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_committed_document_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == mockly_api::openapi_text().unwrap(),
        "docs/openapi.json is stale; run `make gen` and commit it"
    );
}

#[test]
fn it_is_openapi_3_1_with_a_bearer_scheme() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn service_keys_are_a_scheme_beside_the_bearer_but_where_none_reaches() {
    let document = document();
    for (name, header) in [("apiKey", "X-API-Key"), ("actAs", "X-Act-As")] {
        let scheme = &document["components"]["securitySchemes"][name];
        assert_eq!((scheme["type"].as_str(), scheme["name"].as_str()), (Some("apiKey"), Some(header)));
    }
    for (method, path, operation) in operations(&document) {
        let schemes = operation["security"].as_array().unwrap();
        let takes_bearer = schemes.iter().any(|scheme| scheme.get("bearer").is_some());
        let takes_key = schemes.iter().any(|scheme| scheme.get("apiKey").is_some());
        let out_of_reach = ["/api/auth/", "/api/ws/", "/api/admin/"].iter().any(|prefix| path.starts_with(prefix));
        let asks_for_a_user = path.starts_with("/api/") && takes_bearer;
        assert!(!takes_key || !out_of_reach, "{method} {path}");
        assert!(!asks_for_a_user || takes_key || out_of_reach, "{method} {path}");
        assert!(!takes_key || statuses(&operation).contains("403"), "{method} {path}");
    }
}

#[test]
fn operation_ids_are_unique_verb_nouns_and_every_operation_says_what_it_does() {
    let mut seen = BTreeSet::new();
    for (method, path, operation) in operations(&document()) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(id.contains('_') && id.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{id}");
        assert!(operation["summary"].is_string(), "{method} {path} has no summary");
        assert!(seen.insert(id.clone()), "{id} stands twice");
    }
}

#[test]
fn what_takes_a_body_says_so() {
    // These act on what the path names and read no body.
    let bodiless = [
        "leave_session",
        "start_session",
        "end_session",
        "cancel_session",
        "create_ticket",
        "create_content_link",
        "create_livekit_room",
        "end_livekit_room",
        "enrol_student",
        "mark_notification_read",
        "mark_all_notifications_read",
        "retry_job",
    ];
    for (method, path, operation) in operations(&document()) {
        let takes = ["post", "put", "patch"].contains(&method.as_str());
        let expected = takes && !bodiless.contains(&operation["operationId"].as_str().unwrap());
        assert_eq!(operation["requestBody"].is_object(), expected, "{method} {path}");
        if expected {
            let content = operation["requestBody"]["content"].as_object().unwrap();
            assert!(content.values().all(|media| media["schema"].is_object()), "{method} {path}");
        }
    }
}

#[test]
fn every_operation_documents_how_it_can_fail() {
    for (method, path, operation) in operations(&document()) {
        let found = statuses(&operation);
        let has = |status: &str| found.contains(status);
        let secured = operation["security"][0].get("bearer").is_some();
        let at = format!("{method} {path}");
        assert!(has("500"), "{at}");
        assert!(!has("422"), "{at}");
        if path.starts_with("/api/") {
            assert!(has("406") && has("429") && has("503"), "{at}");
        }
        assert!(!secured || has("401"), "{at}");
        assert!(!path.contains("{id}") || (has("400") && has("403") && has("404")), "{at}");
        let json_body = operation["requestBody"]["content"].get("application/json").is_some();
        assert!(!json_body || (has("400") && has("408") && has("413") && has("415")), "{at}");
        let keyed = operation["parameters"]
            .as_array()
            .is_some_and(|parameters| parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key"));
        assert!(!keyed || has("409"), "{at}");
        let exempt =
            ["/api/auth/", "/api/ws/", "/api/webhooks/", "/api/admin/"].iter().any(|prefix| path.starts_with(prefix));
        // A link is as good as a token, and its answer is not to be kept.
        let exempt = exempt || path.ends_with("/content-link");
        assert_eq!(keyed, method == "post" && !exempt, "{at}");
    }
}

#[test]
fn every_failure_is_a_problem_that_lists_its_codes() {
    let document = document();
    let known = document["components"]["schemas"]["ErrorCode"]["enum"].as_array().unwrap();
    assert_eq!(known.len(), mockly_domain::ErrorCode::ALL.len());
    for (method, path, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let failure = status.starts_with('4') || status.starts_with('5');
            if !failure || (path == "/readyz" && status == "503") {
                continue;
            }
            let reference = response["$ref"].as_str().map(|reference| reference.trim_start_matches('#'));
            let response = reference.map_or(response, |reference| document.pointer(reference).unwrap());
            let schema = &response["content"]["application/problem+json"]["schema"]["allOf"];
            assert_eq!(schema[0]["$ref"], "#/components/schemas/Problem", "{method} {path} {status}");
            let codes = schema[1]["properties"]["code"]["enum"].as_array().unwrap();
            assert!(!codes.is_empty() && codes.iter().all(|code| known.contains(code)), "{method} {path} {status}");
            if ["429", "503"].contains(&status.as_str()) {
                assert!(response["headers"]["Retry-After"].is_object(), "{method} {path} {status}");
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50);
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}
