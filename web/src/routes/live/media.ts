import { ProblemError, unwrap } from "@mockly/client";
import {
  ConnectionQuality,
  ConnectionState,
  DisconnectReason,
  LogLevel,
  type Participant,
  Room,
  RoomEvent,
  setLogLevel,
  Track,
  type TrackPublication,
  type VideoTrack,
} from "livekit-client";

import { rest } from "@/api/client";

import type { Choices } from "./choices";
import { type DeviceFault, deviceFault } from "./devices";

export type MediaState =
  | "off"
  | "connecting"
  | "connected"
  | "reconnecting"
  /** This server has no LiveKit: chat and hands go on without media. */
  | "none"
  /** Gave up; the user may try again. */
  | "failed"
  /** The same user came in elsewhere. */
  | "elsewhere"
  /** Somebody took the user out, or the session is over; the room's socket says which. */
  | "gone";

export interface Tile {
  key: string;
  userId: string;
  name: string;
  local: boolean;
  screen: boolean;
  video: VideoTrack | null;
  microphone: boolean;
  quality: "good" | "poor" | "lost" | "unknown";
}

export interface MediaSnapshot {
  state: MediaState;
  tiles: Tile[];
  /** Ids of those who speak, the loudest first. */
  speaking: readonly string[];
  microphone: boolean;
  camera: boolean;
  screen: boolean;
  mayPublish: { microphone: boolean; camera: boolean; screen: boolean };
  /** The browser plays no sound before the user has clicked. */
  soundBlocked: boolean;
  audioOnly: boolean;
  /** Which device could not be used last, and why. */
  deviceProblem: DeviceProblem | null;
  quality: Tile["quality"];
  /** Whether what is said and shown is being recorded. */
  recording: boolean;
}

export interface DeviceProblem {
  device: "camera" | "microphone" | "speaker" | "screen";
  fault: DeviceFault;
}

// The client's own lines may have a token in them.
setLogLevel(LogLevel.silent);

const TRIES = 8;
const BACKOFF_MAX_MS = 8_000;
const STARTING: MediaSnapshot = {
  state: "off",
  tiles: [],
  speaking: [],
  microphone: false,
  camera: false,
  screen: false,
  mayPublish: { microphone: true, camera: true, screen: true },
  soundBlocked: false,
  audioOnly: false,
  deviceProblem: null,
  quality: "unknown",
  recording: false,
};

/** Events after which the picture of the room is taken anew. */
const CHANGES = [
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.ParticipantNameChanged,
  RoomEvent.ParticipantPermissionsChanged,
  RoomEvent.TrackPublished,
  RoomEvent.TrackUnpublished,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.ActiveSpeakersChanged,
  RoomEvent.ConnectionQualityChanged,
  RoomEvent.AudioPlaybackStatusChanged,
  RoomEvent.RecordingStatusChanged,
] as const;

/**
 * The media room. It comes back by itself: within a connection LiveKit's client does it, and where that gives up (a
 * restarted server) this does, with a new token each time.
 *
 * Errors of the client are never shown or logged: their text may have the token in it.
 */
export class Media {
  readonly #sessionId: string;
  readonly #choices: () => Choices;
  readonly #listeners = new Set<() => void>();
  readonly #sounds = new Map<string, HTMLMediaElement>();
  readonly #room: Room;
  #snapshot: MediaSnapshot;
  /** What one wants open, so that coming back opens nothing that was closed meanwhile. */
  #wanted: { microphone: boolean; camera: boolean };
  #attempt = 0;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sessionId: string, choices: () => Choices) {
    this.#sessionId = sessionId;
    this.#choices = choices;
    const { microphone, camera, audioOnly } = choices();
    this.#wanted = { microphone, camera };
    this.#snapshot = { ...STARTING, audioOnly };
    const { speakerId } = choices();
    this.#room = new Room({
      adaptiveStream: true,
      dynacast: true,
      stopLocalTrackOnUnpublish: true,
      ...(speakerId === null ? {} : { audioOutput: { deviceId: speakerId } }),
    });
    for (const event of CHANGES) this.#room.on(event, () => this.#look());
    this.#room
      .on(RoomEvent.SignalReconnecting, () => this.#change({ state: "reconnecting" }))
      .on(RoomEvent.Reconnecting, () => this.#change({ state: "reconnecting" }))
      .on(RoomEvent.Reconnected, () => this.#look({ state: "connected" }))
      .on(RoomEvent.ConnectionStateChanged, (state) => {
        if (state === ConnectionState.Connected) this.#look({ state: "connected" });
      })
      .on(RoomEvent.TrackPublished, (publication) => {
        if (this.#snapshot.audioOnly && publication.kind === Track.Kind.Video) publication.setSubscribed(false);
      })
      .on(RoomEvent.TrackSubscribed, (track, publication) => {
        if (track.kind !== Track.Kind.Audio) return;
        const sound = track.attach();
        sound.hidden = true;
        document.body.append(sound);
        this.#sounds.set(publication.trackSid, sound);
      })
      .on(RoomEvent.TrackUnsubscribed, (track, publication) => {
        track.detach();
        this.#sounds.get(publication.trackSid)?.remove();
        this.#sounds.delete(publication.trackSid);
      })
      .on(RoomEvent.Disconnected, (reason) => this.#lost(reason));
  }

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get = (): MediaSnapshot => this.#snapshot;

  /** Does nothing while it is under way. */
  async start() {
    const { state } = this.#snapshot;
    if (state === "connecting" || state === "connected" || state === "reconnecting") return;
    this.#stopped = false;
    this.#attempt = 0;
    await this.#connect();
  }

  async stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#room.disconnect();
    for (const sound of this.#sounds.values()) sound.remove();
    this.#sounds.clear();
  }

  async setMicrophone(on: boolean) {
    this.#wanted.microphone = on;
    await this.#device("microphone", () => this.#room.localParticipant.setMicrophoneEnabled(on, capture(this.#choices().microphoneId)));
  }

  async setCamera(on: boolean) {
    this.#wanted.camera = on;
    await this.#device("camera", () => this.#room.localParticipant.setCameraEnabled(on, capture(this.#choices().cameraId)));
  }

  /** Closing the browser's own dialog is a choice, no error. */
  async setScreen(on: boolean) {
    await this.#device("screen", () => this.#room.localParticipant.setScreenShareEnabled(on, { audio: true }));
  }

  async useDevice(kind: MediaDeviceKind, id: string) {
    const device = ({ audioinput: "microphone", videoinput: "camera", audiooutput: "speaker" } as const)[kind];
    await this.#device(device, () => this.#room.switchActiveDevice(kind, id));
  }

  forgetProblem() {
    this.#change({ deviceProblem: null });
  }

  async startSound() {
    await this.#room.startAudio();
  }

  setAudioOnly(on: boolean) {
    this.#change({ audioOnly: on });
    for (const participant of this.#room.remoteParticipants.values()) {
      for (const publication of participant.trackPublications.values()) {
        if (publication.kind === Track.Kind.Video) publication.setSubscribed(!on);
      }
    }
    if (on && this.#snapshot.camera) void this.setCamera(false);
    this.#look();
  }

  async #connect() {
    this.#change({ state: this.#attempt === 0 ? "connecting" : "reconnecting" });
    try {
      const params = { path: { id: this.#sessionId } };
      const { token, url } = await unwrap(rest.GET("/api/sessions/{id}/token", { params }));
      if (this.#stopped) return;
      await this.#room.connect(url, token);
      this.#attempt = 0;
    } catch (error) {
      if (error instanceof ProblemError && error.code === "livekit-not-configured") this.#change({ state: "none" });
      else if (error instanceof ProblemError && error.status >= 400 && error.status < 500 && error.status !== 429) this.#change({ state: "gone" });
      else this.#again();
      return;
    }
    const { camera, microphone } = this.#wanted;
    if (this.#stopped) return;
    const { mayPublish } = this.#look({ state: "connected" });
    // One failing device must not keep the other from working.
    if (microphone && mayPublish.microphone) await this.setMicrophone(true);
    // Whoever has left meanwhile is not to be seen.
    if (camera && mayPublish.camera && !this.#snapshot.audioOnly && !this.#stopped) await this.setCamera(true);
  }

  #lost(reason: DisconnectReason | undefined) {
    this.#look();
    if (this.#stopped) return;
    switch (reason) {
      case DisconnectReason.DUPLICATE_IDENTITY:
        this.#change({ state: "elsewhere" });
        return;
      case DisconnectReason.PARTICIPANT_REMOVED:
      case DisconnectReason.ROOM_DELETED:
        this.#change({ state: "gone" });
        return;
      // A connect that failed says so twice; `#connect` takes care of it.
      case DisconnectReason.JOIN_FAILURE:
      case DisconnectReason.USER_REJECTED:
        return;
      default:
        this.#again();
    }
  }

  #again() {
    if (this.#stopped) return;
    this.#attempt += 1;
    if (this.#attempt > TRIES) {
      this.#change({ state: "failed" });
      return;
    }
    this.#change({ state: "reconnecting" });
    clearTimeout(this.#timer);
    const wait = Math.min(BACKOFF_MAX_MS, 500 * 2 ** (this.#attempt - 1)) * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => void this.#connect(), wait);
  }

  async #device(device: DeviceProblem["device"], use: () => Promise<unknown>) {
    const before = this.#snapshot.deviceProblem;
    try {
      await use();
      // What works by now is no problem any more; another device's stays one.
      this.#look({ deviceProblem: before?.device === device ? null : before });
    } catch (error) {
      const fault = deviceFault(error);
      const declined = device === "screen" && fault === "denied";
      this.#look({ deviceProblem: declined ? before : { device, fault } });
    }
  }

  #look(change: Partial<MediaSnapshot> = {}): MediaSnapshot {
    const room = this.#room;
    const local = room.localParticipant;
    const everybody: Participant[] = [local, ...room.remoteParticipants.values()];
    const tiles = room.state === ConnectionState.Disconnected ? [] : everybody.flatMap((participant) => tilesOf(participant, participant === local));
    const { permissions } = local;
    const may = (source: Track.Source) =>
      permissions === undefined ||
      (permissions.canPublish && (permissions.canPublishSources.length === 0 || permissions.canPublishSources.includes(Track.sourceToProto(source))));
    this.#change({
      tiles,
      speaking: room.activeSpeakers.map(({ identity }) => identity),
      microphone: local.isMicrophoneEnabled,
      camera: local.isCameraEnabled,
      screen: local.isScreenShareEnabled,
      mayPublish: { microphone: may(Track.Source.Microphone), camera: may(Track.Source.Camera), screen: may(Track.Source.ScreenShare) },
      soundBlocked: room.state === ConnectionState.Connected && !room.canPlaybackAudio,
      quality: room.state === ConnectionState.Disconnected ? "unknown" : qualityOf(local),
      recording: room.isRecording,
      ...change,
    });
    return this.#snapshot;
  }

  #change(change: Partial<MediaSnapshot>) {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function tilesOf(participant: Participant, local: boolean): Tile[] {
  const base = {
    userId: participant.identity,
    name: participant.name ?? "",
    local,
    microphone: participant.isMicrophoneEnabled,
    quality: qualityOf(participant),
  };
  const camera = participant.getTrackPublication(Track.Source.Camera);
  const screen = participant.getTrackPublication(Track.Source.ScreenShare);
  const tiles: Tile[] = [{ ...base, key: `${participant.identity}/camera`, screen: false, video: videoOf(camera) }];
  if (screen !== undefined && !screen.isMuted) tiles.push({ ...base, key: `${participant.identity}/screen`, screen: true, video: videoOf(screen) });
  return tiles;
}

function videoOf(publication: TrackPublication | undefined): VideoTrack | null {
  return publication === undefined || publication.isMuted ? null : (publication.videoTrack ?? null);
}

function qualityOf(participant: Participant): Tile["quality"] {
  switch (participant.connectionQuality) {
    case ConnectionQuality.Excellent:
    case ConnectionQuality.Good:
      return "good";
    case ConnectionQuality.Poor:
      return "poor";
    case ConnectionQuality.Lost:
      return "lost";
    default:
      return "unknown";
  }
}

function capture(deviceId: string | null) {
  return deviceId === null ? undefined : { deviceId };
}

