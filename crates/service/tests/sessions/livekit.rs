//! Stands for a LiveKit server: it keeps rooms and who is in them, and writes down what it is asked to do. Tokens and
//! signatures are the real adapter's.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use mockly_domain::room::MediaSource;
use mockly_domain::{SessionId, Timestamp, UserId};
use mockly_service::media::{Grant, MediaParticipant, MediaRoom, RoomSpec, TokenSpec, WebhookEvent};
use mockly_service::{LivekitMedia, LivekitReadiness, LivekitSettings, Media, MediaError, ServiceError};

pub(crate) const API_KEY: &str = "devkey";
pub(crate) const API_SECRET: &str = "e7d1c9a40b6f4c0f9d3a52b861c0f7aa";
pub(crate) const WEBHOOK_SECRET: &str = "51a0c3d97f2e4b688d1c0e9fb3a7742d";

/// Something it was asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    CreateRoom { room: String, empty_timeout_sec: u32, max_participants: u32 },
    RemoveParticipant { room: String, identity: String },
    UpdateParticipant { identity: String, grant: Grant },
    MuteTracks { identity: String, source: MediaSource },
    DeleteRoom { room: String },
}

pub(crate) struct FakeLivekit {
    real: LivekitMedia,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rooms: BTreeMap<String, Vec<MediaParticipant>>,
    sids: BTreeMap<String, String>,
    lives: u32,
    calls: Vec<Call>,
    down: bool,
    silent: bool,
    unlisted: Vec<String>,
    on_delete: Option<BoxFuture<'static, ()>>,
}

impl FakeLivekit {
    pub(crate) fn new() -> Self {
        // The first test of the process does it; the others find it done.
        let _done_before = rustls::crypto::ring::default_provider().install_default();
        let real = LivekitMedia::new(LivekitSettings {
            api_url: "http://127.0.0.1:9".to_owned(),
            client_url: "ws://livekit.example".to_owned(),
            api_key: API_KEY.to_owned(),
            api_secret: API_SECRET.to_owned(),
            webhook_secret: Some(WEBHOOK_SECRET.to_owned()),
            timeout: Duration::from_secs(1),
        });
        Self { real, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What it was asked since the last time, but for looking.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state().calls)
    }

    /// From now on it answers nothing, or everything again.
    pub(crate) fn set_down(&self, down: bool) {
        self.state().down = down;
    }

    /// From now on it takes what it is asked, and gives no answer.
    pub(crate) fn fall_silent(&self) {
        self.state().silent = true;
    }

    /// Something happens while it closes the next room.
    pub(crate) fn when_deleting(&self, step: impl Future<Output = ()> + Send + 'static) {
        self.state().on_delete = Some(Box::pin(step));
    }

    /// Who is in a session's room cannot be found out.
    pub(crate) fn refuse_to_list(&self, id: SessionId) {
        self.state().unlisted.push(format!("session-{id}"));
    }

    /// Somebody who may publish everything is in a session's room, which no webhook tells.
    pub(crate) fn put(&self, id: SessionId, sid: &str, identity: &str, joined_at: Timestamp) {
        let someone = MediaParticipant {
            sid: sid.to_owned(),
            identity: identity.to_owned(),
            is_person: true,
            joined_at,
            grant: Some(Grant { microphone: true, camera: true, screen_share: true }),
        };
        self.state().rooms.entry(format!("session-{id}")).or_default().push(someone);
    }

    /// A recorder is in a session's room.
    pub(crate) fn put_recorder(&self, id: SessionId, sid: &str) {
        let recorder = MediaParticipant {
            sid: sid.to_owned(),
            identity: "EG_recorder".to_owned(),
            is_person: false,
            joined_at: Timestamp::EPOCH,
            grant: None,
        };
        self.state().rooms.entry(format!("session-{id}")).or_default().push(recorder);
    }

    /// A connection is gone, which no webhook tells.
    pub(crate) fn take(&self, sid: &str) {
        for room in self.state().rooms.values_mut() {
            room.retain(|someone| someone.sid != sid);
        }
    }

    /// The server was started anew: all rooms are gone, and nobody is told.
    pub(crate) fn restart(&self) {
        let mut state = self.state();
        state.rooms.clear();
        state.sids.clear();
    }

    /// Ends the present life of a session's room.
    pub(crate) fn drop_room(&self, id: SessionId) {
        let mut state = self.state();
        state.rooms.remove(&format!("session-{id}"));
        state.sids.remove(&format!("session-{id}"));
    }

    /// The id of the present life of a session's room.
    pub(crate) fn room_sid(&self, id: SessionId) -> String {
        self.state().sids.get(&format!("session-{id}")).cloned().expect("the room was made")
    }

    fn answering(&self) -> Result<MutexGuard<'_, State>, MediaError> {
        let state = self.state();
        if state.down { Err(MediaError::Unavailable("it is down".into())) } else { Ok(state) }
    }
}

#[async_trait]
impl Media for FakeLivekit {
    fn is_configured(&self) -> bool {
        true
    }

    fn client_url(&self) -> &str {
        self.real.client_url()
    }

    async fn readiness(&self) -> LivekitReadiness {
        if self.state().silent {
            std::future::pending::<()>().await;
        }
        if self.answering().is_ok() { LivekitReadiness::Up } else { LivekitReadiness::Degraded }
    }

    async fn ensure_room(&self, room: &RoomSpec) -> Result<String, MediaError> {
        let mut state = self.answering()?;
        state.calls.push(Call::CreateRoom {
            room: room.name.clone(),
            empty_timeout_sec: room.empty_timeout_sec,
            max_participants: room.max_participants,
        });
        state.rooms.entry(room.name.clone()).or_default();
        state.lives += 1;
        let sid = format!("RM_{}", state.lives);
        Ok(state.sids.entry(room.name.clone()).or_insert(sid).clone())
    }

    fn sign_token(&self, token: &TokenSpec<'_>) -> Result<String, MediaError> {
        self.real.sign_token(token)
    }

    async fn list_rooms(&self, names: Vec<String>) -> Result<Vec<MediaRoom>, MediaError> {
        let state = self.answering()?;
        let there = names.into_iter().filter(|name| state.rooms.contains_key(name));
        Ok(there.map(|name| MediaRoom { sid: format!("sid of {name}"), name }).collect())
    }

    async fn list_participants(&self, room: &str) -> Result<Vec<MediaParticipant>, MediaError> {
        let state = self.answering()?;
        if state.unlisted.iter().any(|unlisted| unlisted == room) {
            return Err(MediaError::Unavailable("it does not say".into()));
        }
        Ok(state.rooms.get(room).cloned().unwrap_or_default())
    }

    async fn remove_participant(&self, room: &str, identity: &str) -> Result<(), MediaError> {
        let mut state = self.answering()?;
        state.calls.push(Call::RemoveParticipant { room: room.to_owned(), identity: identity.to_owned() });
        if let Some(participants) = state.rooms.get_mut(room) {
            participants.retain(|someone| someone.identity != identity);
        }
        Ok(())
    }

    async fn update_grant(&self, _room: &str, identity: &str, grant: Grant) -> Result<(), MediaError> {
        self.answering()?.calls.push(Call::UpdateParticipant { identity: identity.to_owned(), grant });
        Ok(())
    }

    async fn mute_tracks(&self, _room: &str, identity: &str, source: MediaSource) -> Result<(), MediaError> {
        self.answering()?.calls.push(Call::MuteTracks { identity: identity.to_owned(), source });
        Ok(())
    }

    async fn delete_room(&self, room: &str) -> Result<(), MediaError> {
        let step = self.state().on_delete.take();
        if let Some(step) = step {
            step.await;
        }
        let mut state = self.answering()?;
        state.calls.push(Call::DeleteRoom { room: room.to_owned() });
        state.rooms.remove(room);
        state.sids.remove(room);
        Ok(())
    }

    fn read_webhook(&self, authorization: &str, body: &[u8], now: Timestamp) -> Result<WebhookEvent, ServiceError> {
        self.real.read_webhook(authorization, body, now)
    }
}

/// What removing a user from a session's room looks like.
pub(crate) fn thrown_out(id: SessionId, user: &UserId) -> Call {
    Call::RemoveParticipant { room: format!("session-{id}"), identity: user.to_string() }
}

/// What closing a session's room looks like.
pub(crate) fn closed(id: SessionId) -> Call {
    Call::DeleteRoom { room: format!("session-{id}") }
}
