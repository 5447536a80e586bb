//! What one connection knows of its room by what it has heard, and what it may hear at all.

use mockly_tests::Heard;
use serde_json::Value;

/// Somebody as seen at a door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) id: String,
    pub(super) role: String,
    pub(super) online: bool,
}

/// A room as seen at a door.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct View {
    /// Those who are in, in order of entry.
    pub(super) participants: Vec<Seen>,
    pub(super) waiting: Vec<Seen>,
    /// In the order of raising.
    pub(super) hands: Vec<String>,
    pub(super) unmuted: Vec<String>,
}

impl View {
    /// A room's state, after checking what holds in every state.
    pub(super) fn of_state(state: &Value) -> Self {
        let members = |list: &str| -> Vec<Seen> {
            let members = state[list].as_array().unwrap_or_else(|| panic!("no {list} in {state}"));
            members.iter().map(seen).collect()
        };
        let ids = |list: &str| members(list).into_iter().map(|member| member.id).collect::<Vec<_>>();
        let mut unmuted = ids("unmuted");
        unmuted.sort_unstable();
        let view = Self {
            participants: members("participants"),
            waiting: members("waitingUsers"),
            hands: ids("handsRaised"),
            unmuted,
        };
        let mut everybody: Vec<&str> =
            view.participants.iter().chain(&view.waiting).map(|one| one.id.as_str()).collect();
        everybody.sort_unstable();
        assert!(everybody.windows(2).all(|pair| pair[0] != pair[1]), "somebody has two roles: {state}");
        assert!(view.waiting.iter().all(|one| one.role == "waiting"), "{state}");
        assert!(view.participants.iter().all(|one| one.role != "waiting"), "{state}");
        let of_role = |role: &str| -> Vec<String> {
            view.participants.iter().filter(|one| one.role == role).map(|one| one.id.clone()).collect()
        };
        assert_eq!(ids("hosts"), of_role("host"), "{state}");
        assert_eq!(ids("hosts").len(), 1, "an ad-hoc room has one host: {state}");
        let is_in = |id: &String| view.participants.iter().any(|one| one.id == *id);
        assert!(view.hands.iter().chain(&view.unmuted).all(is_in), "a hand or a voice of nobody here: {state}");
        view
    }

    /// Somebody's role; `None` where they are not here.
    pub(super) fn role(&self, id: &str) -> Option<&str> {
        self.participants.iter().chain(&self.waiting).find(|one| one.id == id).map(|one| one.role.as_str())
    }

    pub(super) fn host(&self) -> &str {
        let host = self.participants.iter().find(|one| one.role == "host");
        host.map_or_else(|| panic!("nobody leads"), |host| host.id.as_str())
    }

    /// How many are present.
    pub(super) fn count(&self) -> usize {
        self.participants.iter().filter(|one| one.online).count()
    }

    /// What somebody who waits may know of it.
    pub(super) fn as_seen_waiting(&self, id: &str) -> Self {
        Self {
            participants: self.participants.iter().filter(|one| one.role == "host").cloned().collect(),
            waiting: self.waiting.iter().filter(|one| one.id == id).cloned().collect(),
            ..Self::default()
        }
    }

    /// Follows what was heard.
    pub(super) fn follow(&mut self, heard: &Heard, me: &str) {
        let (who, payload) = (heard.who(), &heard.payload);
        match heard.name.as_str() {
            "room_state" => *self = Self::of_state(payload),
            "connect" => {
                let waits = payload["role"] == "waiting";
                let list = if waits { &mut self.waiting } else { &mut self.participants };
                // Of the own coming the state tells before this does.
                let known = list.iter().any(|one| one.id == who);
                assert!(!known || who == me, "{who} came twice");
                if !known {
                    list.push(Seen { role: payload["role"].as_str().unwrap_or_default().to_owned(), ..online(who) });
                }
                self.check_count(payload, me);
            }
            "disconnect" => {
                self.participants.retain(|one| one.id != who);
                self.waiting.retain(|one| one.id != who);
                self.hands.retain(|id| id != who);
                self.unmuted.retain(|id| id != who);
                self.check_count(payload, me);
            }
            "presence" => {
                let everybody = self.participants.iter_mut().chain(&mut self.waiting);
                everybody.filter(|one| one.id == who).for_each(|one| one.online = payload["online"] == true);
            }
            "raise_hand" => {
                assert!(!self.hands.iter().any(|id| id == who), "{who} raised a hand that was up");
                self.hands.push(who.to_owned());
            }
            "lower_hand" => {
                assert!(self.hands.iter().any(|id| id == who), "{who} lowered a hand that was down");
                self.hands.retain(|id| id != who);
            }
            "toggle_audio" => {
                self.unmuted.retain(|id| id != who);
                if payload["enabled"] == true {
                    self.unmuted.push(who.to_owned());
                    self.unmuted.sort_unstable();
                }
            }
            _ => {}
        }
    }

    /// Those who are in know who is present, and so does the count.
    fn check_count(&self, payload: &Value, me: &str) {
        if self.role(me).is_some_and(|role| role != "waiting") {
            assert_eq!(payload["participantCount"], self.count(), "{payload} for {me} who sees {self:?}");
        }
    }
}

fn seen(member: &Value) -> Seen {
    let text = |field: &str| member[field].as_str().unwrap_or_else(|| panic!("no {field} in {member}")).to_owned();
    Seen { id: text("clientId"), role: text("role"), online: member["online"] == true }
}

fn online(id: &str) -> Seen {
    Seen { id: id.to_owned(), role: String::new(), online: true }
}

/// Whether somebody of a role may hear it at that door.
pub(super) fn may_hear(role: &str, door: &str, heard: &Heard, me: &str) -> bool {
    let own = heard.who() == me;
    let carried = match subject(&heard.name) {
        Subject::Presence => true,
        Subject::Chat => door != "screenshare",
        Subject::Screens => door != "chat",
        Subject::Rest => door == "zoom" || door == "class",
    };
    let by_role = match heard.name.as_str() {
        "connect" | "disconnect" | "presence" | "room_state" | "accept_waiting" | "stop_screenshare" | "error" => true,
        "request_waiting" | "request_screenshare" => role == "host",
        "deny_waiting" | "remove_participant" | "accept_screenshare" | "deny_screenshare" | "mute_participant" => {
            own || role == "host"
        }
        _ => role != "waiting",
    };
    carried && by_role
}

#[derive(PartialEq, Eq)]
pub(super) enum Subject {
    Presence,
    Chat,
    Screens,
    Rest,
}

/// What an event belongs to, which decides about the doors.
pub(super) fn subject(name: &str) -> Subject {
    match name {
        "add_chat" | "delete_chat" | "get_recent_chats" | "raise_hand" | "lower_hand" => Subject::Chat,
        "request_screenshare" | "accept_screenshare" | "deny_screenshare" | "stop_screenshare" => Subject::Screens,
        "toggle_audio" | "toggle_video" | "mute_participant" | "ask_unmute" | "poll" | "vote_poll" => Subject::Rest,
        _ => Subject::Presence,
    }
}
