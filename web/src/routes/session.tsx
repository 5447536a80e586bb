import { lazy, Suspense, useState } from "react";
import { ProblemError, type Session, type SessionParticipant, type User } from "@mockly/client";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { CalendarX2, ChevronLeft, Lock, SearchX } from "lucide-react";
import { useTranslation } from "react-i18next";

import { sessionQuery } from "@/api/queries";
import { useIdentity, useSessionTopic } from "@/api/use-topics";
import { Row } from "@/components/row";
import { JoinButton, SessionMenu, StartButton } from "@/components/session-actions";
import { KindBadge, Moment, StatusBadge, useOthers } from "@/components/session-bits";
import { Failure, Loading, PageTitle, Screen, ToSessions } from "@/components/states";
import { Avatar } from "@/components/ui/avatar";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { dateTimeZone, minutes } from "@/lib/format";
import { standing } from "@/lib/problem";
import { hostName, isOpen } from "@/lib/sessions";

const SessionForm = lazy(() => import("@/components/session-form").then(({ SessionForm }) => ({ default: SessionForm })));
const Artifacts = lazy(() => import("@/components/artifacts").then(({ Artifacts }) => ({ default: Artifacts })));
const AnalysisPanel = lazy(() => import("@/components/analysis").then(({ AnalysisPanel }) => ({ default: AnalysisPanel })));
const SessionChat = lazy(() => import("@/components/session-chat").then(({ SessionChat }) => ({ default: SessionChat })));
const Summary = lazy(() => import("@/components/summary").then(({ Summary }) => ({ default: Summary })));

export function SessionPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/shell/member/sessions/$id" });
  const user = useIdentity();
  const query = useQuery(sessionQuery(id));
  const error = standing(query);
  useSessionTopic(id, query.data !== undefined && error === null);
  if (!user) return null;
  if (error !== null) {
    const status = error instanceof ProblemError ? error.status : 0;
    const wall = status === 404 || status === 400 ? { icon: <SearchX />, is: "notFound" as const } : status === 403 ? { icon: <Lock />, is: "denied" as const } : null;
    if (wall !== null) {
      return (
        <Screen icon={wall.icon} title={t(`session.${wall.is}`)} text={t(`session.${wall.is}Text`)}>
          <ToSessions />
        </Screen>
      );
    }
    return (
      <>
        <PageTitle title={t("nav.sessions")} className="mb-6 text-2xl font-semibold tracking-tight" />
        <Failure error={error} onRetry={() => void query.refetch()} />
      </>
    );
  }
  if (query.data === undefined) {
    return (
      <Loading>
        <Skeleton className="mb-4 h-9 w-2/3" />
        <Skeleton className="h-64 rounded-xl" />
      </Loading>
    );
  }
  return <Details session={query.data} user={user} />;
}

function Details({ session, user }: { session: Session; user: User }) {
  const { t, i18n } = useTranslation();
  const { analysis } = useSearch({ from: "/shell/member/sessions/$id" });
  const [editing, setEditing] = useState(false);
  const others = useOthers(session, user);
  return (
    <>
      <Link to="/sessions" search={{}} className="mb-3 inline-flex items-center gap-1 rounded-sm text-sm text-muted-foreground hover:text-foreground">
        <ChevronLeft aria-hidden className="size-4" />
        {t("nav.sessions")}
      </Link>
      <div className={cn("flex items-start justify-between gap-4", isOpen(session) && "flex-wrap")}>
        <div className="min-w-0">
          <PageTitle title={session.title} />
          <div className="mt-3 flex flex-wrap gap-2">
            <StatusBadge status={session.status} />
            <KindBadge session={session} />
            {session.admission === "KNOCK" && <Badge variant="outline">{t("session.knock")}</Badge>}
          </div>
        </div>
        <div className={cn("flex flex-wrap items-center gap-2", isOpen(session) && "w-full sm:w-auto")}>
          {isOpen(session) && (
            <>
              <StartButton session={session} user={user} />
              <JoinButton session={session} user={user} />
            </>
          )}
          <SessionMenu session={session} user={user} onEdit={() => setEditing(true)} />
        </div>
      </div>
      <div className="mt-6 grid grid-cols-1 gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="grid grid-cols-1 content-start gap-6">
          {session.status === "CANCELED" && (
            <Card className="flex items-center gap-3 p-5">
              <CalendarX2 aria-hidden className="size-5 shrink-0 text-destructive" />
              <p>{t(session.endReason === "EXPIRED" ? "session.expiredText" : "session.canceledText")}</p>
            </Card>
          )}
          <Card className="p-5 sm:p-6">
            <h2 className="sr-only">{t("session.details")}</h2>
            <dl className="grid gap-x-6 gap-y-4 sm:grid-cols-2">
              <Fact label={t("session.planned")} wide>
                <time dateTime={session.scheduledAt}>{dateTimeZone(session.scheduledAt, i18n.language)}</time>
              </Fact>
              {session.startedAt && (
                <Fact label={t("session.startedAt")}>
                  <Moment iso={session.startedAt} />
                </Fact>
              )}
              {session.endedAt && (
                <Fact label={t(session.status === "CANCELED" ? "status.CANCELED" : "session.endedAt")}>
                  <Moment iso={session.endedAt} />
                </Fact>
              )}
              <Fact label={t("session.plannedLength")}>{minutes(session.duration, i18n.language)}</Fact>
              <Fact label={t(others === null ? "session.host" : "session.with")}>{others ?? hostName(session)}</Fact>
              {session.className && (
                <Fact label={t("session.class")}>
                  {session.classId ? (
                    <Link to="/classes/$id" params={{ id: session.classId }} className="text-primary underline underline-offset-4">
                      {session.className}
                    </Link>
                  ) : (
                    session.className
                  )}
                </Fact>
              )}
            </dl>
            {session.description && <p className="mt-5 border-t border-border pt-5 whitespace-pre-wrap">{session.description}</p>}
          </Card>
          {session.status === "ENDED" && (
            <Suspense fallback={<Skeleton className="h-48" />}>
              <Summary session={session} user={user} />
            </Suspense>
          )}
          {!isOpen(session) && (
            <Suspense>
              <SessionChat session={session} user={user} />
            </Suspense>
          )}
          {analysis !== undefined && (
            <Suspense fallback={<Skeleton className="h-48" />}>
              <AnalysisPanel session={session} id={analysis} />
            </Suspense>
          )}
          <Suspense>
            <Artifacts session={session} user={user} />
          </Suspense>
        </div>
        <Participants session={session} />
      </div>
      <Suspense>{editing && <SessionForm session={session} user={user} onClose={() => setEditing(false)} />}</Suspense>
    </>
  );
}

function Fact({ label, wide = false, children }: { label: string; wide?: boolean; children: React.ReactNode }) {
  return (
    <div className={wide ? "sm:col-span-2" : ""}>
      <dt className="text-sm text-muted-foreground">{label}</dt>
      <dd className="mt-0.5 font-medium">{children}</dd>
    </div>
  );
}

function Participants({ session }: { session: Session }) {
  const { t } = useTranslation();
  return (
    <Card className="self-start p-5 sm:p-6">
      <h2 className="flex items-baseline justify-between gap-3 font-semibold">
        {t("session.participants")}
        {isOpen(session) && (
          <span className="text-sm font-normal text-muted-foreground">
            {t("session.count", { count: session.participantCount, max: session.maxParticipants })}
          </span>
        )}
      </h2>
      {session.participants.length === 0 ? (
        <p className="mt-3 text-sm text-muted-foreground">{t("session.nobodyYet")}</p>
      ) : (
        <ul className="mt-3 grid gap-1">
          {session.participants.map((participant) => (
            <Person key={participant.userId} participant={participant} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Person({ participant }: { participant: SessionParticipant }) {
  const { t } = useTranslation();
  const { status, online, userDisplayName } = participant;
  return (
    <Row lead={<Avatar name={userDisplayName} />} title={userDisplayName} text={t(`role.${participant.role}`)}>
      <Badge variant={status === "JOINED" && online ? "live" : status === "DENIED" || status === "REMOVED" ? "danger" : "default"}>
        {status === "JOINED" && online ? t("place.online") : t(`place.${status}`)}
      </Badge>
    </Row>
  );
}
