//! Doors without sockets: coming in, commands, going, and the events that were stored, as one line each.

use std::time::Duration;

use mockly_data::Store;
use mockly_domain::room::{Audience, Closing, Door, RoomCommand, RoomEvent, RoomKey, RoomMessage, RoomRole, RoomState};
use mockly_domain::{Admission, ClassType, ConnectionId, RoomId, SessionId, UserId, UserRole};
use mockly_realtime::{Disconnect, Outbox};
use mockly_service::{CreateClass, CreateSession, Entered, IdSource, Principal, ServiceError, SystemIds};

use crate::sessions::stage::Stage;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
/// How long one who lost the connection may take to come back.
pub(crate) const GRACE: Duration = Duration::from_secs(15);

/// One connection at a door.
pub(crate) struct Tab {
    pub(crate) who: Principal,
    pub(crate) key: RoomKey,
    pub(crate) door: Door,
    pub(crate) id: ConnectionId,
    /// Told to end where the server gives the connection up.
    pub(crate) outbox: Outbox,
    pub(crate) entered: Entered,
}

impl Tab {
    pub(crate) fn room_id(&self) -> RoomId {
        self.entered.room_id
    }

    pub(crate) fn role(&self) -> RoomRole {
        self.entered.role
    }
}

/// What was heard so far of a room's events.
pub(crate) struct Ear {
    room_id: RoomId,
    sequence: i64,
}

impl Stage {
    /// A running class of Bob's, in which Ada and others are enrolled.
    pub(crate) async fn class(&self, admission: Admission, students: &[&Principal]) -> SessionId {
        let id = self.lesson(admission, students).await;
        self.services().start_session(&self.bob, id).await.unwrap();
        id
    }

    /// The same before it has started.
    pub(crate) async fn lesson(&self, admission: Admission, students: &[&Principal]) -> SessionId {
        let mut teacher = self.bob.clone();
        teacher.user.roles.push(UserRole::Teacher);
        let wanted = CreateClass { name: "Algebra".to_owned(), ..CreateClass::default() };
        let class = self.services().create_class(&teacher, wanted).await.unwrap().class.id;
        for student in students.iter().chain([&&self.ada]) {
            self.services().enrol_student(&teacher, class, student.user_id()).await.unwrap();
        }
        let request = CreateSession {
            class_id: Some(class),
            class_type: Some(ClassType::Lecture),
            title: Some("Fractions".to_owned()),
            scheduled_at: Some(self.now()),
            admission: Some(admission),
            ..CreateSession::default()
        };
        self.services().create_session(&teacher, request).await.unwrap().id
    }

    /// Comes to the door `zoom`.
    pub(crate) async fn enter(&self, who: &Principal, key: &RoomKey) -> Tab {
        self.try_enter(who, key, Door::Zoom).await.unwrap()
    }

    /// Comes to a door, or is told why not.
    pub(crate) async fn try_enter(&self, who: &Principal, key: &RoomKey, door: Door) -> Result<Tab, ServiceError> {
        let (id, outbox) = (ConnectionId(SystemIds.uuid()), Outbox::new(64 * 1024));
        self.services().door_opened(id, outbox.clone());
        match self.services().enter_room(who, key, door, id).await {
            Ok(entered) => Ok(Tab { who: who.clone(), key: key.clone(), door, id, outbox, entered }),
            Err(error) => {
                self.services().door_closed(id);
                Err(error)
            }
        }
    }

    /// Loses a connection.
    pub(crate) async fn close(&self, tab: &Tab) {
        self.services().door_closed(tab.id);
        self.services().follow_presence().await.unwrap();
    }

    /// Sends a command; what comes back to the sender alone.
    pub(crate) async fn send(&self, tab: &Tab, command: RoomCommand) -> Vec<RoomEvent> {
        self.try_send(tab, command).await.unwrap()
    }

    pub(crate) async fn try_send(&self, tab: &Tab, command: RoomCommand) -> Result<Vec<RoomEvent>, ServiceError> {
        self.services().room_command(&tab.who, &tab.key, tab.door, command).await
    }

    /// Hears a room from now on.
    pub(crate) async fn listen(&self, room_id: RoomId) -> Ear {
        let mut ear = Ear { room_id, sequence: 0 };
        self.news(&mut ear).await;
        ear
    }

    /// What happened since the last time, one line an event: what, about whom, who hears it, which roles it changes and
    /// whose connections it ends.
    pub(crate) async fn news(&self, ear: &mut Ear) -> Vec<String> {
        self.messages(ear).await.iter().map(line).collect()
    }

    /// The same as messages, after checking that the sequence has no gap.
    pub(crate) async fn messages(&self, ear: &mut Ear) -> Vec<RoomMessage> {
        let messages = self.world.database.room_events().list_of_room(ear.room_id, ear.sequence, 10_000).await.unwrap();
        for message in &messages {
            ear.sequence += 1;
            assert_eq!(message.sequence, ear.sequence, "a gap in the sequence");
        }
        messages
    }

    /// Everybody and everything in a room, as one more connection of somebody who is in meets it.
    pub(crate) async fn state(&self, who: &Principal, key: &RoomKey) -> RoomState {
        let tab = self.enter(who, key).await;
        self.close(&tab).await;
        tab.entered.state
    }
}

pub(crate) fn session_key(id: SessionId) -> RoomKey {
    RoomKey::Session(id)
}

pub(crate) fn named(name: &str) -> RoomKey {
    RoomKey::AdHoc(name.to_owned())
}

/// The ids of members.
pub(crate) fn ids(members: &[mockly_domain::room::Member]) -> Vec<&str> {
    members.iter().map(|member| member.client_id.as_str()).collect()
}

/// Whether the server has given a connection up, and why.
pub(crate) fn ended(tab: &Tab) -> Option<Disconnect> {
    tab.outbox.disconnect_reason()
}

fn line(message: &RoomMessage) -> String {
    let mut line = what(&message.event);
    line.push_str(" > ");
    line.push_str(&hearers(&message.audience));
    for change in &message.roles {
        let role = change.role.map_or("gone", RoomRole::as_str);
        line.extend([" (", change.user.as_str(), "=", role, ")"]);
    }
    let closed = |why: &str, users: &[UserId]| {
        let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
        format!(" [{why} {}]", users.join(" "))
    };
    match &message.closing {
        Closing::Nobody => {}
        Closing::TurnedAway(users) => line.push_str(&closed("turned away", users)),
        Closing::Left(users) => line.push_str(&closed("left", users)),
        Closing::Ended => line.push_str(" [ended]"),
    }
    line
}

fn what(event: &RoomEvent) -> String {
    let frame = serde_json::to_value(event).unwrap();
    let (name, payload) = (frame["event"].as_str().unwrap(), &frame["payload"]);
    let mut words = vec![name.to_owned()];
    words.extend(payload["clientId"].as_str().map(str::to_owned));
    match event {
        RoomEvent::Connect(entrant) => words.push(entrant.role.as_str().to_owned()),
        RoomEvent::Disconnect(gone) => words.push(format!("{} left", gone.participant_count)),
        RoomEvent::Presence { online, .. } => words.push(if *online { "online" } else { "offline" }.to_owned()),
        RoomEvent::ToggleAudio { enabled, .. } | RoomEvent::ToggleVideo { enabled, .. } => {
            words.push(if *enabled { "on" } else { "off" }.to_owned());
        }
        RoomEvent::AddChat(message) => words.push(format!("{:?}", message.chat_content)),
        RoomEvent::MuteParticipant { source, .. } => words.push(source.to_string()),
        RoomEvent::SessionEnded { end_reason } => words.push(end_reason.to_string()),
        RoomEvent::Poll(poll) => {
            let votes: Vec<String> = poll.options.iter().map(|option| option.votes.to_string()).collect();
            words.push(format!("{} {}{}", poll.question, votes.join(":"), if poll.closed { " closed" } else { "" }));
        }
        _ => {}
    }
    words.join(" ")
}

fn hearers(audience: &Audience) -> String {
    let by_role = audience.from_role.map(|role| match role {
        RoomRole::Waiting => "everyone",
        RoomRole::Participant => "admitted",
        RoomRole::Screenshare => "screenshare",
        RoomRole::Host => "hosts",
    });
    let names = audience.users.iter().map(UserId::as_str);
    by_role.into_iter().chain(names).collect::<Vec<_>>().join("+")
}
