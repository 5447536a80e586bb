import { type ReactNode, useId, useState } from "react";
import { type LiveRoom, type Member, type RoomView, type Session, unwrap, type User } from "@mockly/client";
import { DoorOpen, Ellipsis, Hand, Lock, LockOpen, Mic, MicOff, MonitorUp, MonitorX, UserX, VideoOff } from "lucide-react";
import { useTranslation } from "react-i18next";

import { queryClient, rest } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import { Confirm } from "@/components/confirm";
import { Avatar } from "@/components/ui/avatar";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuSeparator, DropdownMenuTrigger } from "@/components/ui/dropdown-menu";
import { Input } from "@/components/ui/field";
import { problemText } from "@/lib/problem";
import { toast } from "@/lib/toast";

import type { Tile } from "./media";

const SEARCH_FROM = 10;

interface PeopleProps {
  session: Session;
  room: RoomView;
  tiles: Tile[];
  user: User;
  store: LiveRoom;
  host: boolean;
}

export function People({ session, room, tiles, user, store, host }: PeopleProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const [removing, setRemoving] = useState<Member | null>(null);
  const found = inOrder(room).filter(({ displayName }) => displayName.toLowerCase().includes(search.trim().toLowerCase()));
  return (
    <div className="grid gap-5 p-3">
      {host && room.waitingUsers.length > 0 && <Waiting room={room} store={store} />}
      {host && room.requests.length > 0 && <Requests room={room} store={store} />}
      <section className="grid gap-2">
        <h2 className="sr-only">{t("room.peopleTitle")}</h2>
        {host && <HostBar session={session} room={room} store={store} />}
        {room.participants.length > SEARCH_FROM && (
          <Input type="search" aria-label={t("people.search")} placeholder={t("people.search")} value={search} onChange={(event) => setSearch(event.target.value)} />
        )}
        <ul className="grid grid-cols-1">
          {found.map((member) => (
            <Row key={member.clientId} session={session} member={member} room={room} own={member.clientId === user.id} host={host} sharing={tiles.some(({ screen, userId }) => screen && userId === member.clientId)} store={store} onRemove={() => setRemoving(member)} />
          ))}
        </ul>
      </section>
      <Left session={session} room={room} />
      {host && <TurnedAway session={session} store={store} />}
      <Confirm
        open={removing !== null}
        onOpenChange={(open) => !open && setRemoving(null)}
        title={t("people.removeTitle", { name: removing?.displayName ?? "" })}
        text={t("people.removeText")}
        action={t("people.remove")}
        onConfirm={() => {
          if (removing !== null) store.act("remove_participant", { clientId: removing.clientId });
        }}
      />
    </div>
  );
}

/** Who was here and is gone. */
function Left({ session, room }: { session: Session; room: RoomView }) {
  const { t } = useTranslation();
  const here = new Set(room.participants.map(({ clientId }) => clientId));
  return <Absent title={t("people.left")} people={session.participants.filter(({ userId, status }) => status === "LEFT" && !here.has(userId))} />;
}

/** Who was removed or denied; they come again by themselves, once they may. */
function TurnedAway({ session, store }: { session: Session; store: LiveRoom }) {
  const { t } = useTranslation();
  return (
    <Absent
      title={t("people.turnedAway")}
      people={session.participants.filter(({ status }) => status === "REMOVED" || status === "DENIED")}
      action={({ userId, userDisplayName }) => (
        <Button variant="outline" size="sm" aria-label={t("people.admitAgainName", { name: userDisplayName })} onClick={() => store.act("accept_waiting", { clientId: userId })}>
          {t("people.admitAgain")}
        </Button>
      )}
    />
  );
}

type Person = Session["participants"][number];

function Absent({ title, people, action }: { title: string; people: Person[]; action?: (person: Person) => ReactNode }) {
  const titleId = useId();
  if (people.length === 0) return null;
  return (
    <section aria-labelledby={titleId} className="grid gap-1">
      <h2 id={titleId} className="text-sm font-semibold">
        {title}
      </h2>
      <ul className="grid grid-cols-1">
        {people.map((person) => (
          <li key={person.userId} className="flex min-h-10 items-center gap-2.5 px-1 text-sm text-muted-foreground">
            <Avatar name={person.userDisplayName} className="size-7 text-[0.65rem]" />
            <span className="min-w-0 flex-1 truncate">{person.userDisplayName}</span>
            {action?.(person)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Hosts first, then raised hands by their time, then by name. */
export function inOrder(room: RoomView): Member[] {
  const hand = new Map(room.handsRaised.map(({ clientId }, place) => [clientId, place]));
  const rank = (member: Member) => (member.role === "host" ? 0 : hand.has(member.clientId) ? 1 : 2);
  return [...room.participants].sort(
    (a, b) => rank(a) - rank(b) || (hand.get(a.clientId) ?? 0) - (hand.get(b.clientId) ?? 0) || a.displayName.localeCompare(b.displayName),
  );
}

function Waiting({ room, store }: { room: RoomView; store: LiveRoom }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="waiting-title" className="rounded-xl border border-border bg-card p-3">
      <div className="mb-2 flex items-center justify-between gap-2">
        <h2 id="waiting-title" className="flex items-center gap-2 text-sm font-semibold">
          <DoorOpen aria-hidden className="size-4" />
          {t("people.waiting", { count: room.waitingUsers.length })}
        </h2>
        {room.waitingUsers.length > 1 && (
          <Button size="sm" onClick={() => store.act("accept_waiting", { all: true })}>
            {t("people.admitAll")}
          </Button>
        )}
      </div>
      <ul className="grid grid-cols-1 gap-2">
        {room.waitingUsers.map(({ clientId, displayName }) => (
          <li key={clientId} className="flex items-center gap-2">
            <Avatar name={displayName} className="size-7 text-[0.65rem]" />
            <span className="min-w-0 flex-1 truncate text-sm">{displayName}</span>
            <Button variant="ghost" size="sm" aria-label={t("people.denyName", { name: displayName })} onClick={() => store.act("deny_waiting", { clientId })}>
              {t("people.deny")}
            </Button>
            <Button size="sm" aria-label={t("people.admitName", { name: displayName })} onClick={() => store.act("accept_waiting", { clientId })}>
              {t("people.admit")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Requests({ room, store }: { room: RoomView; store: LiveRoom }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="requests-title" className="rounded-xl border border-border bg-card p-3">
      <h2 id="requests-title" className="mb-2 flex items-center gap-2 text-sm font-semibold">
        <MonitorUp aria-hidden className="size-4" />
        {t("people.requests")}
      </h2>
      <ul className="grid grid-cols-1 gap-2">
        {room.requests.map(({ clientId, displayName }) => (
          <li key={clientId} className="flex items-center gap-2">
            <span className="min-w-0 flex-1 truncate text-sm">{displayName}</span>
            <Button variant="ghost" size="sm" aria-label={t("people.refuseShareName", { name: displayName })} onClick={() => store.act("deny_screenshare", { clientId })}>
              {t("people.deny")}
            </Button>
            <Button size="sm" aria-label={t("people.allowShareName", { name: displayName })} onClick={() => store.act("accept_screenshare", { clientId })}>
              {t("people.allow")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function HostBar({ session, room, store }: { session: Session; room: RoomView; store: LiveRoom }) {
  const { t } = useTranslation();
  const locked = session.admission === "KNOCK";
  const lock = async () => {
    const admission = locked ? "OPEN" : "KNOCK";
    const key = sessionQuery(session.id).queryKey;
    const show = (shown: Session["admission"]) => queryClient.setQueryData(key, (known) => known && { ...known, admission: shown });
    show(admission);
    try {
      queryClient.setQueryData(key, await unwrap(rest.PATCH("/api/sessions/{id}", { params: { path: { id: session.id } }, body: { admission } })));
    } catch (error) {
      toast.error(problemText(error));
      show(session.admission);
    }
  };
  return (
    <div className="flex flex-wrap gap-2">
      <Button variant="outline" size="sm" onClick={() => store.act("mute_participant", { all: true, source: "MICROPHONE" })}>
        <MicOff aria-hidden />
        {t("people.muteAll")}
      </Button>
      <Button variant="outline" size="sm" aria-pressed={locked} onClick={() => void lock()}>
        {locked ? <Lock aria-hidden /> : <LockOpen aria-hidden />}
        {t(locked ? "people.unlock" : "people.lock")}
      </Button>
      {room.handsRaised.length > 0 && (
        <Button variant="outline" size="sm" onClick={() => store.act("lower_hand", { all: true })}>
          <Hand aria-hidden />
          {t("people.lowerAll")}
        </Button>
      )}
    </div>
  );
}

interface RowProps {
  session: Session;
  member: Member;
  room: RoomView;
  own: boolean;
  host: boolean;
  /** Whether one shows a screen now. */
  sharing: boolean;
  store: LiveRoom;
  onRemove: () => void;
}

function Row({ session, member, room, own, host, sharing, store, onRemove }: RowProps) {
  const { t } = useTranslation();
  const { clientId, displayName, role, online } = member;
  // Where everybody may share there is nothing to allow.
  const mayBeGranted = !session.media.screenShare;
  const has = (list: Member[]) => list.some((other) => other.clientId === clientId);
  const hand = room.handsRaised.findIndex((other) => other.clientId === clientId);
  return (
    <li className="flex min-h-12 items-center gap-2.5 rounded-lg px-1">
      <Avatar name={displayName} />
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm font-medium">{own ? t("stage.you", { name: displayName }) : displayName}</p>
        <p className="text-xs text-muted-foreground">
          {sharing ? t("people.sharing") : role === "host" ? t("people.host") : role === "screenshare" ? t("people.presenter") : t("people.participant")}
          {!online && ` · ${t("people.reconnecting")}`}
        </p>
      </div>
      {hand >= 0 && (
        <Badge variant="warning">
          <Hand aria-hidden />
          <span className="sr-only">{t("stage.hand")}</span>
          {hand + 1}
        </Badge>
      )}
      {has(room.unmuted) ? <Mic aria-label={t("people.unmuted")} role="img" className="size-4 text-muted-foreground" /> : <MicOff aria-label={t("stage.muted")} role="img" className="size-4 text-muted-foreground" />}
      {host && !own && (
        <DropdownMenu>
          <DropdownMenuTrigger>
            <Button variant="ghost" size="icon-sm" aria-label={t("people.actions", { name: displayName })}>
              <Ellipsis aria-hidden />
            </Button>
          </DropdownMenuTrigger>
          <DropdownMenuContent>
            {has(room.unmuted) ? (
              <DropdownMenuItem onSelect={() => store.act("mute_participant", { clientId, source: "MICROPHONE" })}>
                <MicOff aria-hidden />
                {t("people.mute")}
              </DropdownMenuItem>
            ) : (
              <DropdownMenuItem onSelect={() => store.act("ask_unmute", { clientId })}>
                <Mic aria-hidden />
                {t("people.askUnmute")}
              </DropdownMenuItem>
            )}
            {has(room.cameraOn) && (
              <DropdownMenuItem onSelect={() => store.act("mute_participant", { clientId, source: "CAMERA" })}>
                <VideoOff aria-hidden />
                {t("people.stopCamera")}
              </DropdownMenuItem>
            )}
            {hand >= 0 && (
              <DropdownMenuItem onSelect={() => store.act("lower_hand", { clientId })}>
                <Hand aria-hidden />
                {t("people.lowerHand")}
              </DropdownMenuItem>
            )}
            {sharing && role !== "screenshare" && (
              <DropdownMenuItem onSelect={() => store.act("mute_participant", { clientId, source: "SCREEN" })}>
                <MonitorX aria-hidden />
                {t("people.stopShare")}
              </DropdownMenuItem>
            )}
            {role === "participant" && mayBeGranted && (
              <DropdownMenuItem onSelect={() => store.act("accept_screenshare", { clientId })}>
                <MonitorUp aria-hidden />
                {t("people.allowShare")}
              </DropdownMenuItem>
            )}
            {role === "screenshare" && (
              <DropdownMenuItem onSelect={() => store.act("deny_screenshare", { clientId })}>
                <MonitorX aria-hidden />
                {t("people.stopShare")}
              </DropdownMenuItem>
            )}
            <DropdownMenuSeparator />
            <DropdownMenuItem className="text-destructive" onSelect={onRemove}>
              <UserX aria-hidden />
              {t("people.remove")}
            </DropdownMenuItem>
          </DropdownMenuContent>
        </DropdownMenu>
      )}
    </li>
  );
}
