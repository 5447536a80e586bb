import { useEffect, useRef, useState } from "react";
import { type CreateSession, ProblemError, type Session, unwrap, type User, type UserSummary } from "@mockly/client";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { newKey, queryClient, rest } from "@/api/client";
import { classesQuery, sessionsQuery } from "@/api/queries";
import { useForm } from "@/lib/form";
import { toLocalInput, zone, zoneName } from "@/lib/format";
import { problemText } from "@/lib/problem";
import { livePath } from "@/lib/sessions";
import { toast } from "@/lib/toast";
import { loadLive } from "@/router";

import { Confirm } from "./confirm";
import { PersonPicker } from "./person-picker";
import { InlineAlert } from "./states";
import { Button } from "./ui/button";
import { Dialog, DialogContent } from "./ui/dialog";
import { Check, Field, Input, Select, Textarea } from "./ui/field";

type Kind = Session["kind"];

interface SessionFormProps {
  /** `null` makes a new one. */
  session: Session | null;
  user: User;
  onClose: () => void;
}

/** Creates or edits a session, in a dialog. */
export function SessionForm({ session, user, onClose }: SessionFormProps) {
  const { t } = useTranslation();
  const [dirty, setDirty] = useState(false);
  const [asking, setAsking] = useState(false);
  const close = (open: boolean) => {
    if (open) return;
    if (dirty) setAsking(true);
    else onClose();
  };
  return (
    <>
      <Dialog open onOpenChange={close}>
        <DialogContent
          title={session === null ? t("form.newTitle") : t("form.editTitle")}
          onPointerDownOutside={(event) => dirty && event.preventDefault()}
        >
          <Body session={session} user={user} onClose={onClose} onDirty={() => setDirty(true)} />
        </DialogContent>
      </Dialog>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t("form.discardTitle")}
        text={t("form.discardText")}
        action={t("form.discard")}
        dismiss={t("form.goOn")}
        onConfirm={onClose}
      />
    </>
  );
}

function Body({ session, user, onClose, onDirty }: SessionFormProps & { onDirty: () => void }) {
  const { t, i18n } = useTranslation();
  const teacher = user.roles.includes("TEACHER");
  const mentor = user.roles.includes("MENTOR");
  const [kind, setKind] = useState<Kind>(session?.kind ?? (teacher ? "CLASS" : "INTERVIEW"));
  const [asHost, setAsHost] = useState(kind !== "MENTORING" || mentor);
  const [person, setPerson] = useState<UserSummary | null>(null);
  const [startNow, setStartNow] = useState(false);
  const classes = useQuery({ ...classesQuery(), enabled: teacher });
  const own = (classes.data?.items ?? []).filter(({ teacherId }) => teacherId === user.id);
  const needsPerson = session === null && kind !== "CLASS";
  // Of a teacher's classes one is live at a time; an interview that stands in the way is told of before anything is created.
  const live = useInfiniteQuery({ ...sessionsQuery({ status: "live", kind: "CLASS" }), enabled: startNow && kind === "CLASS" });
  const other = startNow && kind === "CLASS" ? live.data?.pages.flatMap(({ sessions }) => sessions).find(({ teacherId }) => teacherId === user.id) : undefined;
  const starts = startNow && other === undefined;
  const send = useSend({ session, starts, onClose });
  const { problems, error, busy, mend, props } = useForm((data) => send(readForm(data, kind, asHost, person, startNow, session)), {
    check: () => ({ [FIELD_OF_ROLE[guestRole(kind, asHost)]]: needsPerson && person === null && t("form.personMissing") }),
  });
  const activeSession = error instanceof ProblemError ? error.text("activeSessionId") : null;
  return (
    <form {...props} onChange={onDirty} className="grid gap-4">
      {error !== null && (
        <InlineAlert>
          {problemText(error)}{" "}
          {activeSession !== null && (
            <Link to="/sessions/$id" params={{ id: activeSession }} className="font-medium underline underline-offset-4" onClick={onClose}>
              {t("form.toActive")}
            </Link>
          )}
        </InlineAlert>
      )}
      <Field label={t("form.title")} error={problems["title"]}>
        {(wiring) => (
          <Input {...wiring} name="title" autoFocus required={kind !== "INTERVIEW"} maxLength={200} defaultValue={session?.title ?? ""} />
        )}
      </Field>
      {session === null && (
        <Field label={t("form.kind")} hint={t(`form.kindHint.${kind}`)}>
          {(wiring) => (
            <Select
              {...wiring}
              value={kind}
              onChange={(event) => {
                const next = event.target.value as Kind;
                setKind(next);
                setAsHost(next !== "MENTORING" || mentor);
                setPerson(null);
              }}
            >
              {teacher && <option value="CLASS">{t("kind.CLASS")}</option>}
              <option value="INTERVIEW">{t("kind.INTERVIEW")}</option>
              <option value="MENTORING">{t("kind.MENTORING")}</option>
            </Select>
          )}
        </Field>
      )}
      {session === null && kind === "CLASS" && (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("form.class")} error={problems["classId"] ?? problems["className"]} hint={classes.isSuccess && own.length === 0 ? t("form.classHint") : undefined}>
            {(wiring) =>
              classes.isSuccess && own.length === 0 ? (
                <Input {...wiring} name="className" required maxLength={200} placeholder={t("form.className")} />
              ) : (
                <Select {...wiring} name="classId" required>
                  {own.map((item) => (
                    <option key={item.id} value={item.id}>
                      {item.name}
                    </option>
                  ))}
                </Select>
              )
            }
          </Field>
          <Field label={t("form.type")} error={problems["type"]}>
            {(wiring) => (
              <Select {...wiring} name="type" required>
                {(["LECTURE", "DISCUSSION", "QUIZ", "DEMO"] as const).map((type) => (
                  <option key={type} value={type}>
                    {t(`type.${type}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
      )}
      {needsPerson && (
        <div className="grid gap-4 sm:grid-cols-2">
          {(kind === "INTERVIEW" || mentor) && (
            <Field label={t("form.yourRole")}>
              {(wiring) => (
                <Select
                  {...wiring}
                  value={asHost ? "host" : "guest"}
                  onChange={(event) => {
                    setAsHost(event.target.value === "host");
                    setPerson(null);
                  }}
                >
                  <option value="host">{t(kind === "INTERVIEW" ? "role.INTERVIEWER" : "role.MENTOR")}</option>
                  <option value="guest">{t(kind === "INTERVIEW" ? "role.CANDIDATE" : "role.MENTEE")}</option>
                </Select>
              )}
            </Field>
          )}
          <PersonPicker
            label={t(`role.${guestRole(kind, asHost)}`)}
            error={problems[FIELD_OF_ROLE[guestRole(kind, asHost)]]}
            {...(kind === "MENTORING" && !asHost ? { userRole: "MENTOR" as const } : {})}
            except={[user.id]}
            value={person}
            onChange={(next) => {
              setPerson(next);
              mend(FIELD_OF_ROLE[guestRole(kind, asHost)]);
              onDirty();
            }}
          />
        </div>
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        {(session === null || session.status === "SCHEDULED") && (
          <Field label={t("form.time")} hint={zoneName(i18n.language)} error={problems["scheduledAt"]}>
            {(wiring) => (
              <Input
                {...wiring}
                name="scheduledAt"
                type="datetime-local"
                required={!startNow}
                disabled={startNow}
                defaultValue={toLocalInput(session === null ? nextHalfHour() : new Date(session.scheduledAt))}
              />
            )}
          </Field>
        )}
        <Field label={t("form.duration")} hint={t("form.durationHint")} error={problems["duration"]}>
          {(wiring) => <Input {...wiring} name="duration" type="number" required min={1} max={1440} defaultValue={session?.duration ?? 60} />}
        </Field>
      </div>
      <Field label={t("form.description")} error={problems["description"]}>
        {(wiring) => <Textarea {...wiring} name="description" maxLength={4000} defaultValue={session?.description ?? ""} />}
      </Field>
      {kind === "CLASS" && (
        <Field label={t("form.maxParticipants")} error={problems["maxParticipants"]}>
          {(wiring) => (
            <Input {...wiring} name="maxParticipants" type="number" required min={2} max={10_000} defaultValue={session?.maxParticipants ?? 100} />
          )}
        </Field>
      )}
      <Check name="knock" label={t("form.waitingRoom")} hint={t("form.waitingRoomHint")} defaultChecked={session?.admission === "KNOCK"} />
      {session === null && (
        <Check label={t("form.startNow")} hint={t("form.startNowHint")} checked={startNow} onChange={(event) => setStartNow(event.target.checked)} />
      )}
      <div role="status" className="empty:-mt-4">
        {other !== undefined && <OtherLive other={other} onClose={onClose} />}
      </div>
      {/* However long the form is, what ends it is in sight. */}
      <div className="sticky -bottom-5 -mx-5 -mb-5 flex justify-end border-t border-border bg-popover px-5 py-4 sm:-bottom-6 sm:-mx-6 sm:-mb-6 sm:px-6">
        <Button type="submit" size="lg" className="w-full sm:w-auto" disabled={busy || live.isLoading || (kind === "CLASS" && session === null && classes.isLoading)}>
          {session !== null ? t("form.save") : starts ? t("form.createAndStart") : t(startNow ? "form.createOnly" : "form.create")}
        </Button>
      </div>
    </form>
  );
}

/** Says what keeps the new one from starting, and what can be done about it. */
function OtherLive({ other, onClose }: { other: Session; onClose: () => void }) {
  const { t } = useTranslation();
  const [ending, setEnding] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a telephone it would appear below the edge. In newer browsers it answers a promise, which is no clean-up.
    void box.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const end = async () => {
    await unwrap(rest.POST("/api/sessions/{id}/end", { params: { path: { id: other.id } } }));
    await queryClient.invalidateQueries({ queryKey: ["sessions"] });
  };
  return (
    <div ref={box} className="grid gap-3 rounded-lg bg-warning-soft px-4 py-3 text-sm text-warning">
      <p>{t("form.otherLive", { title: other.title })}</p>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Link to="/sessions/$id" params={{ id: other.id }} className="font-medium underline underline-offset-4" onClick={onClose}>
          {t("form.toActive")}
        </Link>
        <Button variant="outline" size="sm" className="text-destructive hover:text-destructive" onClick={() => setEnding(true)}>
          {t("form.endOther")}
        </Button>
      </div>
      <Confirm open={ending} onOpenChange={setEnding} title={t("form.endOtherTitle", { title: other.title })} text={t("form.endOtherText")} action={t("form.endOther")} onConfirm={end} />
    </div>
  );
}

interface Read {
  body: CreateSession;
  /** A class that is to be made first. */
  className: string | null;
}

function readForm(form: FormData, kind: Kind, asHost: boolean, person: UserSummary | null, startNow: boolean, session: Session | null): Read {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const time = text("scheduledAt");
  const scheduledAt = startNow ? new Date().toISOString() : time === undefined ? undefined : new Date(time).toISOString();
  const description = text("description") ?? (session === null ? undefined : null);
  const maxParticipants = text("maxParticipants");
  const body: CreateSession = {
    title: text("title"),
    description,
    duration: Number(text("duration")),
    admission: form.get("knock") === null ? "OPEN" : "KNOCK",
    timeZone: zone,
    ...(scheduledAt === undefined ? {} : { scheduledAt }),
    ...(maxParticipants === undefined ? {} : { maxParticipants: Number(maxParticipants) }),
  };
  if (session !== null) return { body, className: null };
  if (kind === "CLASS") {
    const type = text("type") as CreateSession["type"];
    return { body: { ...body, type, classId: text("classId") }, className: text("className") ?? null };
  }
  return { body: { ...body, [FIELD_OF_ROLE[guestRole(kind, asHost)]]: person?.id }, className: null };
}

/** One intention, one key: sent twice it happens once. */
function useSend({ session, starts, onClose }: { session: Session | null; starts: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const intention = useRef<Intention>(null);
  return async ({ body, className }: Read) => {
    if (session !== null) {
      const params = { path: { id: session.id }, header: { "If-Match": `"${session.version}"` } };
      const changed = await unwrap(rest.PATCH("/api/sessions/{id}", { params, body }));
      queryClient.setQueryData(["session", session.id], changed);
      toast.success(t("form.saved"));
    } else {
      const classId = className === null ? body.classId : await createClass(className);
      const wish = { ...body, ...(classId === undefined ? {} : { classId }) };
      const created = await create(wish, intention);
      if (starts) {
        void loadLive();
        await unwrap(rest.POST("/api/sessions/{id}/start", { params: { path: { id: created.id } } }));
        onClose();
        await navigate({ href: livePath(created) });
        return;
      }
      toast.success(t("form.created"));
    }
    void queryClient.invalidateQueries({ queryKey: ["sessions"] });
    onClose();
  };
}

/** What was asked for last: its fields, the body that was sent, and its key. */
type Intention = { fields: string; body: CreateSession; key: string } | null;

/** The same fields are the same intention, though "now" is later by then: the first body goes out again. */
async function create(body: CreateSession, intention: { current: Intention }): Promise<Session> {
  const fields = JSON.stringify({ ...body, scheduledAt: null });
  if (intention.current?.fields !== fields) intention.current = { fields, body, key: newKey() };
  const { key, body: first } = intention.current;
  try {
    return await unwrap(rest.POST("/api/sessions", { params: { header: { "Idempotency-Key": key } }, body: first }));
  } catch (error) {
    // A refusal is kept under its key; whoever tries again wants another answer.
    if (error instanceof ProblemError && error.status !== 0) intention.current = null;
    throw error;
  }
}

async function createClass(name: string): Promise<string> {
  const { id } = await unwrap(rest.POST("/api/classes", { body: { name } }));
  await queryClient.invalidateQueries({ queryKey: ["classes"] });
  return id;
}

/** What a session names the other person by. */
const FIELD_OF_ROLE = { CANDIDATE: "candidateId", INTERVIEWER: "interviewerId", MENTEE: "menteeId", MENTOR: "mentorId" };

/** What the other person is. */
function guestRole(kind: Kind, asHost: boolean) {
  if (kind === "INTERVIEW") return asHost ? ("CANDIDATE" as const) : ("INTERVIEWER" as const);
  return asHost ? ("MENTEE" as const) : ("MENTOR" as const);
}

function nextHalfHour(): Date {
  const half = 30 * 60_000;
  return new Date(Math.ceil((Date.now() + 5 * 60_000) / half) * half);
}
