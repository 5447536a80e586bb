import type { ChatMessage, Member, PollView, RoomEvent, RoomState } from "./room-events";

/** A message as its reader sees it: stored, or one's own on the way. */
export interface ChatEntry extends Omit<ChatMessage, "messageId"> {
  /** `null` until the server has stored it. */
  messageId: string | null;
  state: "stored" | "pending" | "failed";
}

/** Everything that a room's page shows, made from its events. */
export interface RoomView extends Omit<RoomState, "roomId"> {
  /** Oldest first, those on the way last. */
  messages: ChatEntry[];
  /** Whether there may be older ones than the first. */
  hasOlder: boolean;
  polls: PollView[];
  /** Poll to one's own answer. */
  votes: Readonly<Record<string, string>>;
  /** Who asks to share the screen. */
  requests: { clientId: string; displayName: string }[];
  /** When the session ends unless the host comes back, in RFC 3339. */
  hostAbsentUntil: string | null;
  endReason: string | null;
}

/** As many as `get_recent_chats` answers with by default; fewer mean that there are no older ones. */
const RECENT = 100;
/** Older ones than these are dropped from the page's memory. */
const KEPT = 2_000;

export function emptyRoom(): RoomView {
  return {
    hosts: [],
    participants: [],
    waitingUsers: [],
    handsRaised: [],
    sharingScreen: [],
    unmuted: [],
    cameraOn: [],
    messages: [],
    hasOlder: false,
    polls: [],
    votes: {},
    requests: [],
    hostAbsentUntil: null,
    endReason: null,
  };
}

/** The room after an event. Events that change nothing give the same object back. */
export function applyRoomEvent(view: RoomView, { event, payload }: RoomEvent): RoomView {
  switch (event) {
    case "room_state": {
      const { roomId: _, ...lists } = payload;
      const inside = new Set(payload.participants.map((member) => member.clientId));
      const sharing = new Set(payload.sharingScreen.map((member) => member.clientId));
      const requests = view.requests.filter(({ clientId }) => inside.has(clientId) && !sharing.has(clientId));
      return { ...view, ...lists, requests };
    }
    case "connect": {
      const { clientId, displayName, role, roleInSession } = payload;
      const member: Member = { clientId, displayName, role, online: true, ...(roleInSession === undefined ? {} : { roleInSession }) };
      const rest = without(view, clientId, ["hosts", "participants", "waitingUsers", "sharingScreen"]);
      if (role === "waiting") return { ...rest, waitingUsers: [...rest.waitingUsers, member] };
      const known = view.participants.findIndex((other) => other.clientId === clientId);
      return {
        ...rest,
        // Whoever was in before keeps the place.
        participants: known < 0 ? [...rest.participants, member] : view.participants.with(known, member),
        hosts: role === "host" ? [...rest.hosts, member] : rest.hosts,
        sharingScreen: role === "screenshare" ? [...rest.sharingScreen, member] : rest.sharingScreen,
      };
    }
    case "disconnect":
      return without(view, payload.clientId, EVERY_LIST);
    case "remove_participant":
    case "deny_waiting":
      return without(view, payload.clientId, event === "deny_waiting" ? ["waitingUsers"] : EVERY_LIST);
    case "presence": {
      const mark = (list: Member[]) =>
        list.map((member) => (member.clientId === payload.clientId ? { ...member, online: payload.online } : member));
      return {
        ...view,
        hosts: mark(view.hosts),
        participants: mark(view.participants),
        waitingUsers: mark(view.waitingUsers),
        handsRaised: mark(view.handsRaised),
      };
    }
    case "raise_hand":
      return include(view, "handsRaised", payload.clientId);
    case "lower_hand":
      return without(view, payload.clientId, ["handsRaised"]);
    case "toggle_audio":
      return payload.enabled ? include(view, "unmuted", payload.clientId) : without(view, payload.clientId, ["unmuted"]);
    case "toggle_video":
      return payload.enabled ? include(view, "cameraOn", payload.clientId) : without(view, payload.clientId, ["cameraOn"]);
    case "accept_waiting":
      return without(view, payload.clientId, ["waitingUsers"]);
    case "request_screenshare": {
      const { clientId, displayName } = payload;
      if (view.requests.some((request) => request.clientId === clientId)) return view;
      return { ...view, requests: [...view.requests, { clientId, displayName }] };
    }
    case "accept_screenshare":
      return settle(include(view, "sharingScreen", payload.clientId), payload.clientId);
    case "deny_screenshare":
      return settle(without(view, payload.clientId, ["sharingScreen"]), payload.clientId);
    case "add_chat":
      return { ...view, messages: merge(view.messages, [payload]) };
    case "get_recent_chats":
      return recent(view, payload);
    case "delete_chat":
      return { ...view, messages: view.messages.filter((message) => message.messageId !== payload.messageId) };
    case "poll": {
      const known = view.polls.findIndex((poll) => poll.pollId === payload.pollId);
      return { ...view, polls: known < 0 ? [...view.polls, payload] : view.polls.with(known, payload) };
    }
    case "vote_poll":
      return { ...view, votes: { ...view.votes, [payload.pollId]: payload.optionId } };
    case "host_absent":
      return { ...view, hostAbsentUntil: payload.endsAt };
    case "host_returned":
      return { ...view, hostAbsentUntil: null };
    case "session_ended":
      return { ...view, endReason: payload.endReason };
    case "error":
      return payload.event === "add_chat" ? failOldest(view) : view;
    case "stop_screenshare":
    case "request_waiting":
    case "mute_participant":
    case "ask_unmute":
    case "session_started":
    case "pong":
      return view;
  }
}

/** One's own message before the server has it. */
export function addPending(view: RoomView, message: Omit<ChatEntry, "state" | "messageId">): RoomView {
  return { ...view, messages: [...view.messages, { ...message, messageId: null, state: "pending" }] };
}

/** Marks one's own message as on the way again, or as failed. */
export function markPending(view: RoomView, chatId: string, state: "pending" | "failed"): RoomView {
  const messages = view.messages.map((message) =>
    message.messageId === null && message.chatId === chatId ? { ...message, state } : message,
  );
  return { ...view, messages };
}

/** Adds older messages in front, as `GET /messages?before=` answers them. */
export function addOlder(view: RoomView, older: ChatMessage[], hasOlder: boolean): RoomView {
  return { ...view, messages: merge(view.messages, older), hasOlder };
}

type List = "hosts" | "participants" | "waitingUsers" | "handsRaised" | "sharingScreen" | "unmuted" | "cameraOn";
const EVERY_LIST: List[] = ["hosts", "participants", "waitingUsers", "handsRaised", "sharingScreen", "unmuted", "cameraOn"];

function without(view: RoomView, clientId: string, lists: List[]): RoomView {
  const next = { ...view };
  for (const list of lists) next[list] = view[list].filter((member) => member.clientId !== clientId);
  if (lists.includes("participants")) next.requests = view.requests.filter((request) => request.clientId !== clientId);
  return next;
}

function include(view: RoomView, list: List, clientId: string): RoomView {
  const member = view.participants.find((other) => other.clientId === clientId);
  if (member === undefined || view[list].some((other) => other.clientId === clientId)) return view;
  return { ...view, [list]: [...view[list], member] };
}

function settle(view: RoomView, clientId: string): RoomView {
  return { ...view, requests: view.requests.filter((request) => request.clientId !== clientId) };
}

/**
 * Each stored message once, by the server's time; a stored one takes the place of the pending one with its `chatId`.
 */
function merge(known: ChatEntry[], arrived: ChatMessage[]): ChatEntry[] {
  const stored = new Map<string, ChatEntry>();
  for (const entry of known) if (entry.messageId !== null) stored.set(entry.messageId, entry);
  for (const message of arrived) stored.set(message.messageId, { ...message, state: "stored" });
  const own = new Set(arrived.map((message) => `${message.clientId}\n${message.chatId}`));
  const pending = known.filter((entry) => entry.messageId === null && !own.has(`${entry.clientId}\n${entry.chatId}`));
  // Ids are time-ordered (UUID v7), which settles messages of the same millisecond.
  const order = (a: ChatEntry, b: ChatEntry) => a.timestamp - b.timestamp || (a.messageId! < b.messageId! ? -1 : 1);
  return [...[...stored.values()].sort(order).slice(-KEPT), ...pending];
}

/** After a gap longer than what is sent, what is known before it is dropped: it is read again on the way up. */
function recent(view: RoomView, messages: ChatMessage[]): RoomView {
  const full = messages.length >= RECENT;
  const ids = new Set(messages.map((message) => message.messageId));
  const storedBefore = view.messages.filter((entry) => entry.messageId !== null);
  const touches = storedBefore.some((entry) => ids.has(entry.messageId!));
  if (storedBefore.length === 0 || touches || !full) {
    // What was taken back meanwhile is missing among the recent ones.
    const first = messages[0]?.timestamp ?? Infinity;
    const kept = view.messages.filter(
      (entry) => entry.messageId === null || ids.has(entry.messageId) || (full && entry.timestamp < first),
    );
    return { ...view, messages: merge(kept, messages), hasOlder: storedBefore.length === 0 || !full ? full : view.hasOlder };
  }
  return { ...view, messages: merge(view.messages.filter((entry) => entry.messageId === null), messages), hasOlder: true };
}

/** A refused frame carries no id; frames are answered in order, so it is the oldest on the way. */
function failOldest(view: RoomView): RoomView {
  const index = view.messages.findIndex((message) => message.state === "pending");
  const message = view.messages[index];
  return message === undefined ? view : { ...view, messages: view.messages.with(index, { ...message, state: "failed" }) };
}
