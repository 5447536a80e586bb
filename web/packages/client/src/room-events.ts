/** The events of a room's door `zoom`, as docs/rooms.md and the contract have them. */

export type RoomRole = "waiting" | "participant" | "screenshare" | "host";
export type MediaSource = "MICROPHONE" | "CAMERA" | "SCREEN";
export type MessageType = "CHAT" | "QUESTION" | "ANSWER" | "POLL" | "SYSTEM";

export interface Actor {
  clientId: string;
  displayName: string;
}

export interface Member extends Actor {
  role: RoomRole;
  roleInSession?: string;
  online: boolean;
}

export interface ChatMessage extends Actor {
  chatId: string;
  messageId: string;
  /** Milliseconds since the epoch. */
  timestamp: number;
  chatContent: string;
  messageType: MessageType;
  sessionId: string;
}

export interface PollView {
  pollId: string;
  question: string;
  options: { id: string; text: string; votes: number }[];
  closed: boolean;
}

export interface RoomState {
  roomId: string;
  hosts: Member[];
  participants: Member[];
  waitingUsers: Member[];
  handsRaised: Member[];
  sharingScreen: Member[];
  unmuted: Member[];
  cameraOn: Member[];
}

interface ServerPayloads {
  connect: Actor & { role: RoomRole; roleInSession?: string; participantCount: number; roleChanged?: boolean };
  disconnect: Actor & { participantCount: number };
  presence: Actor & { online: boolean };
  room_state: RoomState;
  add_chat: ChatMessage;
  delete_chat: Actor & { messageId: string; chatId: string };
  get_recent_chats: ChatMessage[];
  raise_hand: Actor;
  lower_hand: Actor;
  request_waiting: Actor;
  accept_waiting: Actor;
  deny_waiting: Actor;
  request_screenshare: Actor;
  accept_screenshare: Actor;
  deny_screenshare: Actor;
  stop_screenshare: Actor;
  toggle_audio: Actor & { enabled: boolean };
  toggle_video: Actor & { enabled: boolean };
  mute_participant: Actor & { source: MediaSource };
  ask_unmute: Actor;
  remove_participant: Actor;
  poll: PollView;
  vote_poll: Actor & { pollId: string; optionId: string };
  session_started: { startedAt: string };
  session_ended: { endReason: string };
  host_absent: { endsAt: string };
  host_returned: { returnedAt: string };
  pong: Record<string, never>;
  error: { code: string; message: string; event?: string };
}

export type RoomEvent = {
  [Name in keyof ServerPayloads]: { event: Name; payload: ServerPayloads[Name] };
}[keyof ServerPayloads];

export type Target = { clientId: string } | { all: true };

/** What a client may send. */
export interface ClientEvents {
  ping: Record<string, never>;
  get_recent_chats: Record<string, never>;
  add_chat: { chatId: string; chatContent: string; messageType: MessageType };
  delete_chat: { messageId: string };
  raise_hand: Record<string, never>;
  lower_hand: Record<string, never> | Target;
  request_waiting: Record<string, never>;
  accept_waiting: Target;
  deny_waiting: Target;
  request_screenshare: Record<string, never>;
  accept_screenshare: Target;
  deny_screenshare: Target;
  stop_screenshare: Record<string, never>;
  toggle_audio: { enabled: boolean };
  toggle_video: { enabled: boolean };
  mute_participant: Target & { source: MediaSource };
  ask_unmute: Target;
  remove_participant: Target;
  create_poll: { chatContent: string; options: string[] };
  vote_poll: { pollId: string; optionId: string };
  close_poll: { pollId: string };
}
