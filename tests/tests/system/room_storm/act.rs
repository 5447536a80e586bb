//! What users do.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{DOORS, Out, Storm};

/// Most commands and comings and goings that are under way at once.
const AT_ONCE: usize = 8;
/// Most connections of all users.
const TABS_MAX: usize = 80;
/// Most users who are out at once.
const OUT_MAX: usize = 8;
/// Rounds after which whoever lost the connection is back, which is well before the grace is over.
const BACK_AFTER: usize = 5;
/// Whoever was denied may ask again after a minute; until shortly before it, they surely may not.
const SURELY_DENIED_FOR: Duration = Duration::from_secs(50);
/// What a command may be answered with that was sent by somebody of the wrong role, at the wrong door or too late.
const REFUSALS: [&str; 4] = ["forbidden", "wrong-door", "participant-not-found", "limit-exceeded"];

impl Storm {
    pub(super) async fn play_round(&mut self) {
        self.round += 1;
        if self.dice.roll(100) < 15 {
            self.moderate().await;
        } else {
            self.act_at_once().await;
        }
        for tab in &self.tabs {
            for heard in tab.log.iter().filter(|heard| heard.name == "error") {
                let code = heard.payload["code"].as_str().unwrap_or_default();
                assert!(
                    REFUSALS.contains(&code) || WRONG.iter().any(|(_, wrong)| *wrong == code),
                    "{} heard {heard:?}",
                    tab.id
                );
            }
        }
        self.check().await;
        self.bring_back(BACK_AFTER).await;
    }

    /// Whoever was away for so many rounds comes back.
    pub(super) async fn bring_back(&mut self, rounds: usize) {
        let back: Vec<usize> =
            self.away.iter().filter(|(_, since)| **since + rounds <= self.round).map(|(who, _)| *who).collect();
        if back.is_empty() {
            return;
        }
        self.round += 1;
        for who in back {
            self.actions += 1;
            self.open(who).await;
        }
        self.settle(&BTreeSet::new()).await;
        self.check().await;
    }

    async fn act_at_once(&mut self) {
        let (mut came, mut gone) = (BTreeSet::new(), BTreeSet::new());
        // Mostly one after another, so that the room is looked at after each; now and then as it comes.
        let more = if self.dice.roll(4) > 0 { 0 } else { self.dice.roll(AT_ONCE) };
        for _ in 0..=more {
            self.actions += 1;
            match self.dice.roll(100) {
                0..80 => self.command().await,
                80..84 => self.err().await,
                84..92 => self.come(&mut came, &gone).await,
                _ => self.go(&came, &mut gone).await,
            }
        }
        self.settle(&gone).await;
    }

    /// Somebody sends a command, whether they may or not.
    async fn command(&mut self) {
        let user = self.people[self.dice.roll(self.people.len())].id.clone();
        let (event, payload, of_host) = match self.dice.roll(80) {
            0..28 => ("add_chat", json!({ "chatContent": format!("{} says {}", self.round, self.actions) }), false),
            28..38 => ("raise_hand", json!({}), false),
            38..45 => ("lower_hand", json!({}), false),
            45..51 => ("toggle_audio", json!({ "enabled": self.dice.roll(2) == 0 }), false),
            51..54 => ("toggle_video", json!({ "enabled": self.dice.roll(2) == 0 }), false),
            54..57 => ("request_screenshare", json!({}), false),
            57..59 => ("stop_screenshare", json!({}), false),
            59..61 => ("request_waiting", json!({}), false),
            61..66 => ("accept_waiting", json!({ "clientId": user }), false),
            66..70 => ("accept_waiting", self.someone_who_waits(), true),
            70..73 => ("accept_screenshare", self.someone_who_is_in(), true),
            73..75 => ("deny_screenshare", self.someone_who_is_in(), true),
            75..77 => ("mute_participant", json!({ "clientId": user, "source": "MICROPHONE" }), true),
            77..78 => ("lower_hand", json!({ "all": true }), true),
            _ => ("create_poll", json!({ "chatContent": "Well?", "options": ["a", "b"] }), true),
        };
        let tab = if of_host { self.host_tab() } else { self.dice.roll(self.tabs.len()) };
        // What concerns somebody who is out is a host's decision, which is made alone.
        let is_decision = event == "accept_waiting" && self.out.keys().any(|who| self.people[*who].id == user);
        if !is_decision {
            self.tabs[tab].client.send(event, payload).await;
        }
    }

    fn someone_who_waits(&mut self) -> Value {
        if self.dice.roll(6) == 0 {
            return json!({ "all": true });
        }
        let waiting: Vec<String> = self.room.waiting.iter().map(|one| one.id.clone()).collect();
        // Where nobody waits it is a decision that was taken before.
        let id = self.dice.pick(&waiting).cloned().unwrap_or_else(|| self.room.host().to_owned());
        json!({ "clientId": id })
    }

    fn someone_who_is_in(&mut self) -> Value {
        let inside = &self.room.participants;
        json!({ "clientId": inside[self.dice.roll(inside.len())].id })
    }

    /// Somebody sends what nobody may.
    async fn err(&mut self) {
        let (event, code) = WRONG[self.dice.roll(WRONG.len())];
        let payload = match code {
            "forged-identity" => json!({ "clientId": "somebody-else" }),
            "validation-failed" => json!({ "chatContent": "x".repeat(1_001) }),
            _ => json!({}),
        };
        let tab = self.dice.roll(self.tabs.len());
        self.tabs[tab].client.send(event, payload).await;
    }

    /// Somebody opens one more connection, or tries to who may not.
    async fn come(&mut self, came: &mut BTreeSet<usize>, gone: &BTreeSet<usize>) {
        let who = self.dice.roll(self.people.len());
        match self.out.get(&who) {
            Some(Out::Denied(at)) if at.elapsed() > SURELY_DENIED_FOR => {}
            Some(_) => {
                let door = DOORS[self.dice.roll(DOORS.len())];
                let refused = self.enter(who, door).await.err();
                assert_eq!(refused, Some(4403), "{} is out", self.people[who].id);
            }
            None if gone.contains(&who) || self.tabs.len() >= TABS_MAX => {}
            None => {
                came.insert(who);
                self.open(who).await;
            }
        }
    }

    /// Somebody loses a connection, but not the host the last one.
    async fn go(&mut self, came: &BTreeSet<usize>, gone: &mut BTreeSet<usize>) {
        let place = self.dice.roll(self.tabs.len());
        let who = self.tabs[place].who;
        let is_last = self.tabs.iter().filter(|tab| tab.who == who).count() == 1;
        let is_host = self.tabs[place].id == self.room.host();
        if came.contains(&who) || is_last && (is_host || self.tabs.len() <= 10) {
            return;
        }
        let tab = self.tabs.remove(place);
        tab.client.close().await;
        if is_last {
            gone.insert(who);
            self.away.insert(who, self.round);
        }
    }

    /// The host turns somebody away, or undoes it.
    async fn moderate(&mut self) {
        self.actions += 1;
        let host = self.host_tab();
        let undone: Vec<usize> = self.out.keys().copied().collect();
        let full = undone.len() >= OUT_MAX;
        if full || self.dice.roll(3) == 0 {
            let Some(&who) = self.dice.pick(&undone) else { return self.settle(&BTreeSet::new()).await };
            self.out.remove(&who);
            let id = self.people[who].id.clone();
            self.tabs[host].client.send("accept_waiting", json!({ "clientId": id })).await;
            self.settle(&BTreeSet::new()).await;
            // Back in without being asked for.
            self.open(who).await;
            assert_eq!(self.tabs.last().map(|tab| tab.role.as_str()), Some("participant"), "{id} was let in again");
            return self.settle(&BTreeSet::new()).await;
        }
        let waits = self.dice.roll(2) == 0;
        let host_id = self.room.host().to_owned();
        let among = if waits { &self.room.waiting } else { &self.room.participants };
        let those: Vec<String> = among.iter().map(|one| one.id.clone()).filter(|id| *id != host_id).collect();
        let Some(id) = self.dice.pick(&those).cloned() else { return self.settle(&BTreeSet::new()).await };
        let who = self.people.iter().position(|person| person.id == id).expect("one of the fifty");
        let event = if waits { "deny_waiting" } else { "remove_participant" };
        self.tabs[host].client.send(event, json!({ "clientId": id })).await;
        self.out.insert(who, if waits { Out::Denied(Instant::now()) } else { Out::Removed });
        self.away.remove(&who);
        while let Some(place) = self.tabs.iter().position(|tab| tab.who == who) {
            let mut tab = self.tabs.remove(place);
            let (last, code) = tab.client.closed().await;
            let names: Vec<&str> = last.iter().map(|heard| heard.name.as_str()).collect();
            assert_eq!((code, names.as_slice()), (4403, &[event, "disconnect"][..]), "{id}");
        }
        self.settle(&BTreeSet::new()).await;
    }
}

/// What nobody may send, and what it is answered with.
const WRONG: [(&str, &str); 4] = [
    ("raise_hand", "forged-identity"),
    ("add_chat", "validation-failed"),
    ("explode", "unknown-event"),
    ("session_ended", "unknown-event"),
];
