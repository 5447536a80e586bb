//! What must hold of a room when everything has been heard.

use std::collections::BTreeSet;

use mockly_tests::Heard;

use super::view::{Subject, View, subject};
use super::{Storm, Tab};

impl Storm {
    /// Looks at the room anew and compares it with what everybody knows.
    pub(super) async fn check(&mut self) {
        let host = self.host_tab();
        let probe = self.enter(self.tabs[host].who, "zoom").await.expect("the host comes in");
        let room = probe.view.clone();
        probe.client.close().await;
        let connected: BTreeSet<&str> = self.tabs.iter().map(|tab| tab.id.as_str()).collect();
        let everybody = || room.participants.iter().chain(&room.waiting);
        let online: BTreeSet<&str> = everybody().filter(|one| one.online).map(|one| one.id.as_str()).collect();
        assert_eq!(online, connected, "who is present is not who is connected");
        let turned_away: Vec<_> = self.out.keys().filter(|who| room.role(&self.people[**who].id).is_some()).collect();
        assert!(turned_away.is_empty(), "{turned_away:?} were turned away and are here");
        for tab in &self.tabs {
            check_view(tab, &room);
        }
        self.check_order();
        for tab in &mut self.tabs {
            tab.log.clear();
            tab.role.clone_into(&mut tab.role_before);
        }
        self.room = room;
    }

    /// All doors hear what they have in common in the same order.
    fn check_order(&self) {
        let inside = |tab: &&Tab| tab.since < self.round && tab.role != "waiting" && tab.role_before != "waiting";
        let Some(first) = self.tabs.iter().filter(inside).find(|tab| tab.hears_all()) else { return };
        for tab in self.tabs.iter().filter(inside) {
            let carried = |heard: &&Heard| match subject(&heard.name) {
                Subject::Presence => true,
                Subject::Chat => tab.door != "screenshare",
                Subject::Screens => tab.door != "chat",
                Subject::Rest => tab.hears_all(),
            };
            let expected: Vec<String> = first.log.iter().filter(carried).filter_map(shared).collect();
            let heard: Vec<String> = tab.log.iter().filter_map(shared).collect();
            assert_eq!(heard, expected, "{} at {} and {} at {}", tab.id, tab.door, first.id, first.door);
        }
    }
}

/// What everybody who is in hears, in words that are the same at all doors.
fn shared(heard: &Heard) -> Option<String> {
    let detail = match heard.name.as_str() {
        "add_chat" | "delete_chat" => &heard.payload["messageId"],
        "presence" => &heard.payload["online"],
        "toggle_audio" | "toggle_video" => &heard.payload["enabled"],
        "poll" => &heard.payload["options"],
        "connect" | "disconnect" => &heard.payload["participantCount"],
        "raise_hand" | "lower_hand" | "stop_screenshare" => &serde_json::Value::Null,
        _ => return None,
    };
    Some(format!("{} {} {detail}", heard.name, heard.who()))
}

/// What a connection knows is what is so, as far as its door and its user's role tell.
fn check_view(tab: &Tab, room: &View) {
    let (mut seen, mut expected) = (tab.view.clone(), room.clone());
    if tab.role == "waiting" {
        seen = seen.as_seen_waiting(&tab.id);
        expected = expected.as_seen_waiting(&tab.id);
    }
    if tab.door == "screenshare" {
        seen.hands.clear();
        expected.hands.clear();
    }
    if !tab.hears_all() {
        seen.unmuted.clear();
        expected.unmuted.clear();
    }
    assert_eq!(seen, expected, "{} at {} sees another room", tab.id, tab.door);
}
