//! The limits of bodies stand twice, for `validator` and for the document, because neither derive reads the other's:
//! these tests hold them together.

use mockly_domain::ErrorCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;
use validator::Validate;

use super::admin::CreateServiceKeyRequest;
use super::analyses::{ReportAnalysisRequest, RequestAnalysisRequest};
use super::auth::{ChangePasswordRequest, RefreshTokenRequest, RegisterRequest, SignInRequest};
use super::bookings::CreateBookingRequest;
use super::classes::{CreateClassRequest, UpdateClassRequest};
use super::notifications::SendNotificationRequest;
use super::sessions::{CreateSessionRequest, JoinSessionRequest, UpdateSessionRequest};
use super::users::{PutUserRequest, UpdateProfileRequest};
use crate::extract::json::parse;

/// Checks every bound that the document gives a body, on both of its sides.
fn check<T: DeserializeOwned + Validate + ToSchema>(name: &str, valid: &Value) {
    let document = serde_json::to_value(crate::openapi()).unwrap();
    let properties = document["components"]["schemas"][name]["properties"].as_object().unwrap();
    let code = |field: &str, value: Value| {
        let mut body = valid.clone();
        body[field] = value;
        parse::<T>(body.to_string().as_bytes()).err().map(|problem| problem.code())
    };
    let refused = Some(ErrorCode::ValidationFailed);
    for (field, schema) in properties {
        let at = format!("{name}.{field}");
        if let Some(max) = schema["maxLength"].as_u64() {
            assert_eq!(code(field, text(schema, max)), None, "{at} at {max}");
            assert_eq!(code(field, text(schema, max + 1)), refused, "{at} above {max}");
        }
        if let Some(min) = schema["minLength"].as_u64() {
            assert_eq!(code(field, text(schema, min)), None, "{at} at {min}");
            assert_eq!(code(field, text(schema, min - 1)), refused, "{at} below {min}");
        }
        if let Some(max) = schema["maximum"].as_u64() {
            assert_eq!(code(field, json!(max)), None, "{at} at {max}");
            assert_eq!(code(field, json!(max + 1)), refused, "{at} above {max}");
        }
        if let Some(min) = schema["minimum"].as_i64() {
            assert_eq!(code(field, json!(min)), None, "{at} at {min}");
            assert_eq!(code(field, json!(min - 1)), refused, "{at} below {min}");
        }
        let text_or_number = ["string", "integer"].iter().any(|kind| schema["type"].to_string().contains(kind));
        let bounded = ["maxLength", "maximum"].iter().any(|bound| schema.get(*bound).is_some());
        assert!(!text_or_number || bounded, "{at} has no bound");
    }
}

/// A text of that length in the field's format.
fn text(schema: &Value, length: u64) -> Value {
    let filler = |around: &str| "a".repeat(usize::try_from(length).unwrap().saturating_sub(around.len()));
    json!(match schema["format"].as_str() {
        // RFC 5321 bounds the local part at 64 and each label at 63 characters; what is left are more labels.
        Some("email") => {
            let local = "a@";
            let labels = filler(local).as_bytes().chunks(60).map(|chunk| "a".repeat(chunk.len())).collect::<Vec<_>>();
            let joined = labels.join(".");
            format!("{local}{}", joined.get(labels.len() - 1..).unwrap())
        }
        Some("uri") => format!("https://a.example/{}", filler("https://a.example/")),
        _ => filler(""),
    })
}

#[test]
fn sessions() {
    check::<CreateSessionRequest>("CreateSessionRequest", &json!({ "interviewerId": "a" }));
    let booking = json!({ "mentorId": "a", "scheduledAt": "2026-01-15T10:00:00Z", "title": "A" });
    check::<CreateBookingRequest>("CreateBookingRequest", &booking);
    check::<UpdateSessionRequest>("UpdateSessionRequest", &json!({}));
    check::<JoinSessionRequest>("JoinSessionRequest", &json!({}));
    let analysis = json!({ "artifactId": "0197c1a0-7e5f-7000-8000-000000000003" });
    check::<RequestAnalysisRequest>("RequestAnalysisRequest", &analysis);
    check::<ReportAnalysisRequest>("ReportAnalysisRequest", &json!({ "status": "RUNNING", "progressPercent": 1 }));
}

#[test]
fn classes() {
    check::<CreateClassRequest>("CreateClassRequest", &json!({ "name": "A" }));
    check::<UpdateClassRequest>("UpdateClassRequest", &json!({}));
}

#[test]
fn accounts() {
    let account = json!({ "email": "a@b.example", "password": "12345678", "displayName": "A" });
    check::<RegisterRequest>("RegisterRequest", &account);
    check::<SignInRequest>("SignInRequest", &account);
    let passwords = json!({ "currentPassword": "12345678", "newPassword": "123456789" });
    check::<ChangePasswordRequest>("ChangePasswordRequest", &passwords);
    check::<RefreshTokenRequest>("RefreshTokenRequest", &json!({}));
    check::<UpdateProfileRequest>("UpdateProfileRequest", &json!({}));
}

#[test]
fn services() {
    check::<CreateServiceKeyRequest>("CreateServiceKeyRequest", &json!({ "name": "A", "scopes": ["USERS"] }));
    check::<PutUserRequest>("PutUserRequest", &json!({ "displayName": "A" }));
    let notification = json!({ "userId": "a", "event": "a", "payload": {} });
    check::<SendNotificationRequest>("SendNotificationRequest", &notification);
}

#[test]
fn null_takes_away_what_can_be_taken_away() {
    let cleared: UpdateSessionRequest = parse(br#"{"description": null}"#).unwrap();
    let left: UpdateSessionRequest = parse(b"{}").unwrap();
    assert_eq!(mockly_service::PatchSession::from(cleared).description, Some(None));
    assert_eq!(mockly_service::PatchSession::from(left).description, None);
}
