//! Values that the document shows.

use serde_json::{Value, json};

/// A session as `SessionResponse` has it.
pub(crate) fn session() -> Value {
    json!({
        "id": "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
        "sessionId": "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
        "kind": "INTERVIEW",
        "status": "SCHEDULED",
        "title": "Back-end interview",
        "createdBy": "0197c19f-1111-7000-8000-000000000001",
        "creatorDisplayName": "Carla Candidate",
        "scheduledAt": "2026-01-15T10:00:00Z",
        "startsAt": "2026-01-15T10:00:00Z",
        "duration": 60,
        "timeZone": "UTC",
        "maxParticipants": 2,
        "participantCount": 0,
        "admission": "OPEN",
        "media": { "microphone": true, "camera": true, "screenShare": true },
        "roomProvider": "livekit",
        "roomId": "session-0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
        "meetingUrl": "https://meet.example.org/meeting/0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
        "websocketUrl": "wss://meet.example.org/ws/zoom/0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
        "version": 1,
        "createdAt": "2026-01-10T08:30:00Z",
        "updatedAt": "2026-01-10T08:30:00Z",
        "participants": [participant("0197c19f-1111-7000-8000-000000000001", "Carla Candidate", "CANDIDATE")],
        "artifacts": []
    })
}

/// A participant as `SessionParticipantResponse` has it.
pub(crate) fn participant(user_id: &str, name: &str, role: &str) -> Value {
    json!({
        "id": "0197c1a0-7e5e-7000-8000-000000000002",
        "sessionId": "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
        "userId": user_id,
        "userName": name,
        "userDisplayName": name,
        "role": role,
        "roleInSession": role,
        "status": "INVITED",
        "online": false,
        "isHandRaised": false
    })
}

#[cfg(test)]
mod tests {
    use mockly_domain::view::SessionView;

    #[test]
    fn the_example_is_a_session() {
        let session: SessionView = serde_json::from_value(super::session()).unwrap();
        assert_eq!(serde_json::to_value(&session).unwrap(), super::session());
    }
}
