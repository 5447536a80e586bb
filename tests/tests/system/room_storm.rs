//! Fifty users at the doors of one room do what the dice say, over lost connections, many tabs, hosts that change and a
//! server that dies; and what must hold of a room holds after every round.
//!
//! `TEST_SEED` repeats a run, `TEST_ACTIONS` makes it longer.

mod act;
mod check;
mod dice;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use mockly_tests::{Backend, Door, Heard, Mockly, Person, TestDatabase, actions_wanted, run, seed};

use dice::Dice;
use view::{View, may_hear};

const USERS: usize = 50;
const ROOM: &str = "storm";
const DOORS: [&str; 4] = ["zoom", "chat", "screenshare", "class"];

/// One connection, and what it knows.
struct Tab {
    /// Whose.
    who: usize,
    id: String,
    door: &'static str,
    client: Door,
    view: View,
    role: String,
    /// What it heard in this round.
    log: Vec<Heard>,
    /// The round in which it was opened.
    since: usize,
    /// The role at the beginning of this round.
    role_before: String,
}

impl Tab {
    fn hears_all(&self) -> bool {
        self.door == "zoom" || self.door == "class"
    }

    /// Takes note of what was heard, if that may be.
    fn absorb(&mut self, heard: Heard) {
        let before = self.role.clone();
        self.view.follow(&heard, &self.id);
        if let Some(role) = self.view.role(&self.id) {
            role.clone_into(&mut self.role);
        }
        let may = [before.as_str(), self.role.as_str()].iter().any(|role| may_hear(role, self.door, &heard, &self.id));
        assert!(may, "{} as {} at {} heard {heard:?}", self.id, self.role, self.door);
        self.log.push(heard);
    }
}

/// Why somebody is out.
#[derive(Debug, Clone, Copy)]
enum Out {
    Denied(Instant),
    Removed,
}

struct Storm {
    server: Mockly,
    people: Vec<Person>,
    tabs: Vec<Tab>,
    /// Who was turned away.
    out: BTreeMap<usize, Out>,
    /// Who has no connection at the moment, and since which round.
    away: BTreeMap<usize, usize>,
    dice: Dice,
    round: usize,
    actions: usize,
    /// The room as of the last check.
    room: View,
}

/// Tells how to repeat a run that failed.
struct Repeat {
    seed: u64,
}

impl Drop for Repeat {
    #[expect(clippy::print_stderr, reason = "without the seed a failure cannot be repeated")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("repeat this run with TEST_SEED={}", self.seed);
        }
    }
}

#[test]
fn fifty_users_do_what_the_dice_say_and_the_server_dies() {
    run(Backend::Sqlite, async |database| storm(&database, actions_wanted(), true).await);
}

/// With PostgreSQL a node that is silent may live for another 40 s, for which the others wait; so nothing dies here.
#[test]
fn fifty_users_do_what_the_dice_say_on_postgres() {
    run(Backend::Postgres, async |database| storm(&database, actions_wanted() / 4, false).await);
}

async fn storm(database: &TestDatabase, wanted: usize, dies: bool) {
    let repeat = Repeat { seed: seed() };
    let mut storm = Storm::begin(database, Dice::new(repeat.seed)).await;
    let (mut killed, mut led_anew) = (!dies, false);
    while storm.actions < wanted {
        storm.play_round().await;
        if !killed && storm.actions * 2 > wanted {
            storm.kill_server().await;
            killed = true;
        }
        if !led_anew && storm.actions * 4 > wanted * 3 {
            storm.lose_host().await;
            led_anew = true;
        }
    }
    assert!(killed && led_anew);
    let Storm { server, tabs, .. } = storm;
    for command in ["add_chat", "raise_hand", "accept_waiting"] {
        let done = format!("command=\"{command}\",outcome=\"done\"");
        assert!(server.metric("mockly_room_commands_total", &done).await > 0, "nobody ever did {command}");
    }
    drop(tabs);
    server.stop().await;
}

impl Storm {
    async fn begin(database: &TestDatabase, dice: Dice) -> Self {
        let server = Mockly::start(database, &[]).await;
        let mut people = Vec::new();
        for number in 0..USERS {
            people.push(Person::sign_in(&server, &format!("user-{number}")).await);
        }
        let (tabs, room) = (Vec::new(), View::default());
        let (out, away) = (BTreeMap::new(), BTreeMap::new());
        let mut storm = Self { server, people, tabs, out, away, dice, round: 0, actions: 0, room };
        for who in 0..USERS {
            storm.open(who).await;
        }
        storm.settle(&BTreeSet::new()).await;
        storm.check().await;
        storm
    }

    /// Somebody comes to a door; they must be let in, at least to wait.
    async fn open(&mut self, who: usize) {
        let door = DOORS[self.dice.roll(DOORS.len())];
        let tab = self.enter(who, door).await;
        let tab = tab.unwrap_or_else(|code| panic!("{} was refused with {code}", self.people[who].id));
        self.away.remove(&who);
        self.tabs.push(tab);
    }

    /// Comes to a door; the close code where that is refused.
    async fn enter(&self, who: usize, door: &'static str) -> Result<Tab, u16> {
        let person = &self.people[who];
        let mut client = Door::open(self.server.address(), door, ROOM, person).await;
        let mut counted = None;
        let state = loop {
            let heard = client.next().await?;
            match heard.name.as_str() {
                "welcome" => counted = heard.payload["participantCount"].as_u64(),
                "error" => {}
                "room_state" => break heard,
                other => panic!("{} heard {other} first", person.id),
            }
        };
        let view = View::of_state(&state.payload);
        // Whoever waits is told how many are in, and sees the hosts alone.
        if let Some(counted) = counted.filter(|_| view.role(&person.id) != Some("waiting")) {
            assert_eq!(counted, view.count() as u64, "{} is welcomed by another number", person.id);
        }
        let role = view.role(&person.id).expect("whoever comes in sees themselves").to_owned();
        let (id, role_before) = (person.id.clone(), role.clone());
        Ok(Tab { who, id, door, client, view, role, log: Vec::new(), since: self.round, role_before })
    }

    /// Everything that was done takes effect and is heard: first each connection's own commands, then what others have
    /// heard of them; and of those whose last connection has ended, that they are gone.
    async fn settle(&mut self, gone: &BTreeSet<usize>) {
        let host = self.host_tab();
        for who in gone {
            let id = self.people[*who].id.clone();
            let tab = &mut self.tabs[host];
            let is_offline =
                |heard: &Heard| heard.name == "presence" && heard.who() == id && heard.payload["online"] == false;
            while !tab.log.iter().any(is_offline) {
                let heard = tab.client.hear().await;
                tab.absorb(heard);
            }
        }
        for _ in 0..2 {
            for tab in &mut self.tabs {
                tab.client.send("ping", serde_json::json!({})).await;
            }
            for tab in &mut self.tabs {
                loop {
                    let heard = tab.client.hear().await;
                    if heard.name == "pong" {
                        break;
                    }
                    tab.absorb(heard);
                }
            }
        }
    }

    /// A connection of the host's, at a door that carries everything where there is one.
    fn host_tab(&self) -> usize {
        let host = if self.room.participants.is_empty() { &self.people[0].id } else { self.room.host() };
        let of_host = |tab: &Tab| tab.id == host;
        let tab = self.tabs.iter().position(|tab| of_host(tab) && tab.hears_all());
        let tab = tab.or_else(|| self.tabs.iter().position(of_host));
        tab.unwrap_or_else(|| panic!("the host {host} has no connection"))
    }

    /// The server dies; everybody comes back and is what they were.
    async fn kill_server(&mut self) {
        let before = self.room.clone();
        self.server.kill();
        self.tabs.clear();
        self.server.start_again(true).await;
        self.people = self.people.iter().map(|person| person.at(&self.server)).collect();
        self.round += 1;
        let mut back: Vec<usize> = (0..USERS).filter(|who| !self.out.contains_key(who)).collect();
        while !back.is_empty() {
            let who = back.swap_remove(self.dice.roll(back.len()));
            self.open(who).await;
        }
        self.settle(&BTreeSet::new()).await;
        self.check().await;
        let places = |view: &View| -> Vec<(String, String)> {
            let everybody = view.participants.iter().chain(&view.waiting);
            everybody.map(|one| (one.id.clone(), one.role.clone())).collect()
        };
        assert_eq!(places(&self.room), places(&before), "somebody lost their place when the server died");
        assert_eq!(self.room.hands, before.hands, "a hand went down when the server died");
    }

    /// The host and some others go and do not come back in time: whoever is there longest leads.
    async fn lose_host(&mut self) {
        self.bring_back(0).await;
        let host = self.room.host().to_owned();
        let mut leaving = BTreeSet::from([host]);
        for _ in 0..4 {
            let place = self.dice.roll(self.room.participants.len());
            leaving.insert(self.room.participants[place].id.clone());
        }
        let stay = self.room.participants.iter().find(|one| !leaving.contains(&one.id));
        // Where all go who are in, the one who waited longest is let in and leads.
        let heir = stay.or(self.room.waiting.first()).expect("fifty users are not all leaving").id.clone();
        self.round += 1;
        let (gone, stay): (Vec<Tab>, Vec<Tab>) =
            std::mem::take(&mut self.tabs).into_iter().partition(|tab| leaving.contains(&tab.id));
        self.tabs = stay;
        for tab in gone {
            self.away.insert(tab.who, 0);
            tab.client.close().await;
        }
        let listening = self.tabs.iter().position(|tab| tab.id == heir).expect("the heir is there");
        let tab = &mut self.tabs[listening];
        for id in &leaving {
            while !tab.log.iter().any(|heard| heard.name == "disconnect" && heard.who() == id) {
                let heard = tab.client.hear().await;
                tab.absorb(heard);
            }
        }
        self.room.participants.retain(|one| !leaving.contains(&one.id));
        self.room.participants.iter_mut().filter(|one| one.id == heir).for_each(|one| "host".clone_into(&mut one.role));
        if self.room.participants.is_empty() {
            self.room.participants.clone_from(&self.tabs[listening].view.participants);
        }
        self.settle(&BTreeSet::new()).await;
        // Who left is nobody here until they come again.
        self.check().await;
        assert_eq!(self.room.host(), heir);
        self.bring_back(0).await;
    }
}
