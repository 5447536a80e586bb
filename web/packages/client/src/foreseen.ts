import type { Actor, ClientEvents, Member, RoomEvent, Target } from "./room-events";
import { applyRoomEvent, type RoomView } from "./room-view";

type Command = { [Name in keyof ClientEvents]: { event: Name; payload: ClientEvents[Name] } }[keyof ClientEvents];

/** The room as it will be if the server does as it is told; the same object where that is not known before. */
export function foresee<Name extends keyof ClientEvents>(view: RoomView, event: Name, payload: ClientEvents[Name], own: Actor): RoomView {
  return expected(view, { event, payload } as Command, own).reduce(applyRoomEvent, view);
}

/** What the server tells after a command that it carries out. */
function expected(view: RoomView, { event, payload }: Command, own: Actor): RoomEvent[] {
  switch (event) {
    case "raise_hand":
      return [{ event, payload: own }];
    case "lower_hand":
      return (isOwn(payload) ? [own] : named(view.handsRaised, payload)).map((member) => ({ event, payload: member }));
    case "accept_waiting":
      return named(view.waitingUsers, payload).flatMap((member) => [{ event, payload: member }, becomes(member, "participant")]);
    case "deny_waiting":
      return named(view.waitingUsers, payload).map((member) => ({ event, payload: member }));
    case "remove_participant":
      return named(view.participants, payload).map((member) => ({ event, payload: member }));
    case "accept_screenshare":
      return named(view.participants, payload).flatMap((member) => [{ event, payload: member }, becomes(member, "screenshare")]);
    case "deny_screenshare":
      return named(view.participants, payload).flatMap((member) => [
        { event, payload: member },
        ...(member.role === "screenshare" ? [becomes(member, "participant")] : []),
      ]);
    case "mute_participant": {
      const switched = ({ MICROPHONE: "toggle_audio", CAMERA: "toggle_video", SCREEN: null } as const)[payload.source];
      if (switched === null) return [];
      // Everybody is everybody but the hosts.
      const concerned = named(view.participants, payload).filter(({ role }) => "clientId" in payload || role !== "host");
      return concerned.map((member) => ({ event: switched, payload: { ...member, enabled: false } }));
    }
    case "delete_chat":
      return [{ event, payload: { ...own, chatId: "", ...payload } }];
    case "close_poll":
      return view.polls.filter(({ pollId }) => pollId === payload.pollId).map((poll) => ({ event: "poll", payload: { ...poll, closed: true } }));
    default:
      return [];
  }
}

function isOwn(target: Target | Record<string, never>): target is Record<string, never> {
  return !("all" in target) && !("clientId" in target);
}

function named(list: Member[], target: Target): Member[] {
  return "all" in target ? list : list.filter(({ clientId }) => clientId === target.clientId);
}

function becomes({ online: _, ...member }: Member, role: "participant" | "screenshare"): RoomEvent {
  return { event: "connect", payload: { ...member, role, participantCount: 0 } };
}
