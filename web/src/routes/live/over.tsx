import { lazy, type ReactNode, Suspense, useEffect } from "react";
import type { Session, User } from "@mockly/client";
import { Link } from "@tanstack/react-router";
import { CircleCheck, CircleX, DoorOpen, MonitorSmartphone, PlugZap, TriangleAlert, Users } from "lucide-react";
import { useTranslation } from "react-i18next";

import { AppToaster } from "@/components/shell";
import { Screen, ToSessions } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { embedded, tellParent } from "@/lib/embed";

const Summary = lazy(() => import("@/components/summary").then(({ Summary }) => ({ default: Summary })));

/** How being in a room came to an end. */
export type Outcome = "left" | "ended" | "removed" | "denied" | "full" | "elsewhere" | "failed";

const ICONS: Record<Outcome, ReactNode> = {
  left: <DoorOpen />,
  ended: <CircleCheck />,
  removed: <CircleX />,
  denied: <CircleX />,
  full: <Users />,
  elsewhere: <MonitorSmartphone />,
  failed: <PlugZap />,
};

/** What coming back is called, where it makes sense. */
const AGAIN = { left: "over.rejoin", full: "over.tryAgain", elsewhere: "over.useHere", failed: "over.rejoin" } as const;

interface OverProps {
  session: Session;
  user: User;
  outcome: Outcome;
  onAgain: () => void;
}

export function Over({ session, user, outcome, onAgain }: OverProps) {
  const { t } = useTranslation();
  useEffect(() => {
    if (outcome === "left" || outcome === "ended") tellParent({ type: `mockly:${outcome}`, sessionId: session.id });
    else tellParent({ type: "mockly:error", sessionId: session.id, code: outcome });
  }, [outcome, session.id]);
  const canceled = outcome === "ended" && session.status === "CANCELED";
  const title = canceled ? t("gate.canceled") : t(`over.${outcome}`, { max: session.maxParticipants });
  const text = outcome === "ended" && session.endReason === "HOST_ABSENT" ? t("over.hostAbsent") : canceled ? t("session.canceledText") : t(`over.${outcome}Text`);
  const again = outcome in AGAIN ? AGAIN[outcome as keyof typeof AGAIN] : null;
  return (
    <main className="mx-auto max-w-4xl px-4 pb-10">
      <AppToaster />
      <div className={outcome === "ended" ? "[&>div]:min-h-0 [&>div]:pt-12" : ""}>
        <Screen icon={canceled ? <TriangleAlert /> : ICONS[outcome]} title={title} text={text}>
          {again !== null && session.status !== "ENDED" && <Button onClick={onAgain}>{t(again)}</Button>}
          <BackButtons session={session} />
        </Screen>
      </div>
      {outcome === "ended" && session.status === "ENDED" && (
        <Suspense fallback={<Skeleton className="h-48" />}>
          <Summary session={session} user={user} />
        </Suspense>
      )}
    </main>
  );
}

export function BackButtons({ session }: { session?: Session | undefined }) {
  const { t } = useTranslation();
  // The page around has its own ways on.
  if (embedded) return null;
  return (
    <>
      {session !== undefined && (
        <Button variant="outline" asChild>
          <Link to="/sessions/$id" params={{ id: session.id }}>
            {t("over.details")}
          </Link>
        </Button>
      )}
      <ToSessions variant={session === undefined ? "default" : "ghost"} />
    </>
  );
}
