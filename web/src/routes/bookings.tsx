import { useRef, useState } from "react";
import { ProblemError, type Session, unwrap, type User, type UserSummary } from "@mockly/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarPlus, CalendarX2 } from "lucide-react";
import { useTranslation } from "react-i18next";

import { newKey, queryClient, rest } from "@/api/client";
import { sessionsQuery } from "@/api/queries";
import { useIdentity } from "@/api/use-topics";
import { Confirm } from "@/components/confirm";
import { PersonPicker } from "@/components/person-picker";
import { cancel, JoinButton } from "@/components/session-actions";
import { Begun, StatusBadge } from "@/components/session-bits";
import { Empty, InlineAlert, Loaded, LoadMore, PageTitle } from "@/components/states";
import { Avatar } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input, Select, Textarea } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { serverNow, useNow } from "@/lib/clock";
import { useForm } from "@/lib/form";
import { dateTimeRange, dateTimeZone, minutes, timeOnly, toLocalInput, zone } from "@/lib/format";
import { fieldProblems, problemText } from "@/lib/problem";
import { isOpen, rights } from "@/lib/sessions";
import { slots } from "@/lib/slots";

const LENGTHS = [30, 45, 60, 90, 120];
const DAY_MS = 86_400_000;

/** The day of a moment, as fields of dates have it, in the viewer's zone. */
const dayOf = (ms: number) => toLocalInput(new Date(ms)).slice(0, 10);

export function BookingsPage() {
  const { t } = useTranslation();
  const user = useIdentity();
  const form = useRef<HTMLFormElement>(null);
  if (!user) return null;
  return (
    <>
      <div className="mb-6 flex flex-wrap items-center justify-between gap-3">
        <PageTitle title={t("nav.bookings")} />
        <Button className="lg:hidden" onClick={() => form.current?.querySelector("input")?.focus()}>
          <CalendarPlus aria-hidden />
          {t("bookings.new")}
        </Button>
      </div>
      <div className="grid grid-cols-1 items-start gap-8 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <Bookings user={user} />
        <Card className="p-5 sm:p-6">
          <h2 className="mb-4 font-semibold">{t("bookings.new")}</h2>
          <BookingForm form={form} user={user} />
        </Card>
      </div>
    </>
  );
}

function Bookings({ user }: { user: User }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(sessionsQuery({ kind: "MENTORING" }));
  return (
    <div>
      <Loaded
        query={query}
        skeleton={
          <div className="grid gap-3">
            {Array.from({ length: 3 }, (_, index) => (
              <Skeleton key={index} className="h-28 rounded-xl" />
            ))}
          </div>
        }
      >
        {({ pages }) =>
          pages[0]?.total === 0 ? <Empty icon={<CalendarPlus />} title={t("bookings.empty")} /> : <Groups sessions={pages.flatMap((page) => page.sessions)} user={user} />
        }
      </Loaded>
      <LoadMore query={query} />
    </div>
  );
}

function Groups({ sessions, user }: { sessions: Session[]; user: User }) {
  const { t } = useTranslation();
  const groups = [
    { title: t("bookings.coming"), sessions: sessions.filter(isOpen).sort((one, other) => Date.parse(one.scheduledAt) - Date.parse(other.scheduledAt)) },
    { title: t("bookings.past"), sessions: sessions.filter((session) => !isOpen(session)) },
  ];
  return (
    <div className="grid grid-cols-1 gap-8">
      {groups.map(
        (group) =>
          group.sessions.length > 0 && (
            <section key={group.title}>
              <h2 className="mb-3 text-sm font-semibold text-muted-foreground">{group.title}</h2>
              <ul className="grid grid-cols-1 gap-3">
                {group.sessions.map((session) => (
                  <Booking key={session.id} session={session} user={user} />
                ))}
              </ul>
            </section>
          ),
      )}
    </div>
  );
}

function Booking({ session, user }: { session: Session; user: User }) {
  const { t, i18n } = useTranslation();
  const [canceling, setCanceling] = useState(false);
  const titleId = `booking-${session.id}`;
  const other = session.participants.find(({ userId }) => userId !== user.id);
  return (
    <li>
      <Card className="flex flex-wrap items-center gap-x-4 gap-y-3 p-4 sm:p-5">
        {other && <Avatar name={other.userDisplayName} className="size-10" />}
        <div className="min-w-0 flex-1 basis-44">
          <h3 id={titleId} className="font-semibold">
            <Link to="/sessions/$id" params={{ id: session.id }} className="rounded-sm hover:underline">
              {session.title}
            </Link>
          </h3>
          <p className="mt-0.5 text-sm">
            <Begun session={session}>
              <time dateTime={session.scheduledAt}>{dateTimeRange(session.scheduledAt, session.duration, i18n.language)}</time>
            </Begun>
          </p>
          {other && <p className="mt-0.5 text-sm text-muted-foreground">{t(other.role === "MENTOR" ? "bookings.withMentor" : "bookings.withMentee", { name: other.userDisplayName })}</p>}
        </div>
        <div className="flex w-full flex-wrap items-center gap-x-3 gap-y-2">
          <StatusBadge status={session.status} />
          {isOpen(session) && <JoinButton session={session} user={user} describedBy={titleId} />}
          {rights(session, user).cancel && (
            <Button variant="outline" size="sm" className="ml-auto" aria-describedby={titleId} onClick={() => setCanceling(true)}>
              <CalendarX2 aria-hidden />
              {t("bookings.cancel")}
            </Button>
          )}
        </div>
        <Confirm
          open={canceling}
          onOpenChange={setCanceling}
          title={t("bookings.cancelTitle")}
          text={t("session.cancelText", { title: session.title })}
          action={t("bookings.cancel")}
          dismiss={t("session.keep")}
          onConfirm={() => cancel(session)}
        />
      </Card>
    </li>
  );
}

/** Where the refusals belong that name no field. */
const FIELD_OF_CODE: Record<string, string> = {
  "not-a-mentor": "mentorId",
  "same-user": "mentorId",
  "unknown-user": "mentorId",
  "time-conflict": "scheduledAt",
};

function BookingForm({ form, user }: { form: React.RefObject<HTMLFormElement | null>; user: User }) {
  const { t, i18n } = useTranslation();
  const [mentor, setMentor] = useState<UserSummary | null>(null);
  const [day, setDay] = useState(() => dayOf(serverNow() + DAY_MS));
  const [time, setTime] = useState("10:00");
  // One key for what is typed: sent twice it is booked once.
  const key = useRef(newKey());
  const [booked, setBooked] = useState<Session | null>(null);
  const now = useNow(60_000);
  const offered = slots(day, now);
  // A time that has passed meanwhile stays chosen and says so: nobody is to book another one unawares.
  const slot = offered.find(({ value }) => value === time);
  const chooseDay = (chosen: string) => {
    setDay(chosen);
    mend("scheduledAt");
    const times = slots(chosen, now);
    if (times[0] !== undefined && !times.some(({ value }) => value === time)) setTime(times[0].value);
  };
  const today = dayOf(now);
  const { problems, error, busy, mend, props } = useForm(
    async (data, element) => {
      if (slot === undefined || mentor === null) return;
      try {
        await book(data, mentor, slot.at);
      } catch (failure) {
        // A refusal is kept under its key; whoever tries again wants another answer.
        if (failure instanceof ProblemError && failure.status !== 0) key.current = newKey();
        throw failure;
      }
      element.reset();
      setMentor(null);
      key.current = newKey();
    },
    { check: () => ({ mentorId: mentor === null && t("bookings.mentorMissing"), scheduledAt: day !== "" && slot === undefined && t("bookings.timeOver") }), fieldsOf },
  );
  const touch = () => {
    key.current = newKey();
    setBooked(null);
  };
  const book = async (data: FormData, { id }: UserSummary, at: Date) => {
    const text = (name: string) => String(data.get(name)).trim();
    const description = text("description");
    const wish = {
      mentorId: id,
      title: text("title"),
      scheduledAt: at.toISOString(),
      duration: Number(text("duration")),
      timeZone: zone,
      ...(description === "" ? {} : { description }),
    };
    const made = await unwrap(rest.POST("/api/bookings", { params: { header: { "Idempotency-Key": key.current } }, body: wish }));
    queryClient.setQueryData(["session", made.id], made);
    await queryClient.invalidateQueries({ queryKey: ["sessions"] });
    setBooked(made);
  };
  return (
    <form ref={form} {...props} onChange={touch} className="grid grid-cols-1 gap-4">
      {error !== null && <InlineAlert>{problemText(error)}</InlineAlert>}
      <PersonPicker
        label={t("role.MENTOR")}
        userRole="MENTOR"
        except={[user.id]}
        error={problems["mentorId"]}
        value={mentor}
        onChange={(person) => {
          setMentor(person);
          mend("mentorId");
          touch();
        }}
      />
      <div className="grid grid-cols-2 gap-3">
        <Field label={t("bookings.day")} error={problems["day"]}>
          {(wiring) => <Input {...wiring} name="day" type="date" required min={slots(today, now).length > 0 ? today : dayOf(now + DAY_MS)} value={day} onChange={(event) => chooseDay(event.target.value)} />}
        </Field>
        <Field label={t("bookings.time")}>
          {(wiring) => (
            <Select {...wiring} name="scheduledAt" value={time} onChange={(event) => setTime(event.target.value)} {...invalid(problems["scheduledAt"])}>
              {slot === undefined && (
                <option value={time} disabled>
                  {time}
                </option>
              )}
              {offered.map(({ value, at }) => (
                <option key={value} value={value}>
                  {timeOnly(at.getTime(), i18n.language)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <p className="col-span-2 -mt-1 text-sm text-muted-foreground" id="booking-time">
          {problems["scheduledAt"] !== undefined ? <span className="text-destructive">{problems["scheduledAt"]}</span> : slot !== undefined ? dateTimeZone(slot.at.toISOString(), i18n.language) : t("bookings.timeOver")}
          <span className="block">{t("bookings.zone", { zone })}</span>
        </p>
      </div>
      <Field label={t("session.duration")} error={problems["duration"]}>
        {(wiring) => (
          <Select {...wiring} name="duration" defaultValue={60}>
            {LENGTHS.map((length) => (
              <option key={length} value={length}>
                {minutes(length, i18n.language)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t("bookings.about")} error={problems["title"]}>
        {(wiring) => <Input {...wiring} name="title" required maxLength={200} />}
      </Field>
      <Field label={t("bookings.note")} error={problems["description"]}>
        {(wiring) => <Textarea {...wiring} name="description" maxLength={4000} />}
      </Field>
      <div role="status" className="empty:-mt-4">
        {booked !== null && <p className="rounded-lg bg-success-soft px-4 py-3 text-sm text-success">{t("bookings.booked", { time: dateTimeZone(booked.scheduledAt, i18n.language) })}</p>}
      </div>
      <Button type="submit" disabled={busy}>
        {t("bookings.book")}
      </Button>
    </form>
  );
}

function invalid(problem: string | undefined) {
  return problem === undefined ? { "aria-describedby": "booking-time" } : { "aria-describedby": "booking-time", "aria-invalid": true as const };
}

function fieldsOf(error: unknown): Record<string, string> {
  const field = error instanceof ProblemError ? FIELD_OF_CODE[error.code] : undefined;
  return field === undefined ? fieldProblems(error) : { [field]: problemText(error) };
}
