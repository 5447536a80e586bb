import { memo } from "react";
import type { Session, User } from "@mockly/client";
import { Link } from "@tanstack/react-router";
import { CalendarClock, UserRound, Users } from "lucide-react";
import { useTranslation } from "react-i18next";

import { hostName, isOpen } from "@/lib/sessions";

import { JoinButton, SessionMenu, StartButton } from "./session-actions";
import { KindBadge, StatusBadge, Times, useOthers } from "./session-bits";
import { Card } from "./ui/card";

interface SessionCardProps {
  session: Session;
  user: User;
  onEdit: (session: Session) => void;
}

export const SessionCard = memo(function SessionCard({ session, user, onEdit }: SessionCardProps) {
  const { t } = useTranslation();
  const others = useOthers(session, user);
  const titleId = `session-${session.id}`;
  return (
    <Card className="flex h-full flex-col gap-4 p-5 transition-shadow hover:shadow-md">
      <div className="flex items-start gap-2">
        <div className="flex min-w-0 flex-1 flex-wrap gap-2">
          <StatusBadge status={session.status} />
          <KindBadge session={session} />
        </div>
        <SessionMenu session={session} user={user} onEdit={onEdit} className="-mt-1 -mr-2" />
      </div>
      <div className="min-w-0 flex-1">
        <h2 id={titleId} className="line-clamp-2 text-base leading-6 font-semibold">
          <Link to="/sessions/$id" params={{ id: session.id }} className="rounded-sm hover:underline">
            {session.title}
          </Link>
        </h2>
        {session.className && <p className="mt-0.5 truncate text-sm text-muted-foreground">{session.className}</p>}
        <dl className="mt-3 grid gap-1.5 text-sm text-muted-foreground [&_svg]:size-4 [&_svg]:shrink-0">
          <Fact icon={<UserRound aria-hidden />} label={t(others === null ? "session.host" : "session.who")}>
            {others === null ? hostName(session) : t("session.withNames", { names: others })}
          </Fact>
          <Fact icon={<CalendarClock aria-hidden />} label={t("session.time")}>
            <Times session={session} />
          </Fact>
          {isOpen(session) && (
            <Fact icon={<Users aria-hidden />} label={t("session.participants")}>
              {t("session.count", { count: session.participantCount, max: session.maxParticipants })}
            </Fact>
          )}
        </dl>
      </div>
      {isOpen(session) && (
        <div className="flex flex-wrap gap-2">
          <StartButton session={session} user={user} className="flex-1" describedBy={titleId} />
          <JoinButton session={session} user={user} className="flex-1" describedBy={titleId} />
        </div>
      )}
    </Card>
  );
});

function Fact({ icon, label, children }: { icon: React.ReactNode; label: string; children: React.ReactNode }) {
  return (
    <div className="flex gap-2">
      <dt className="pt-0.5">
        {icon}
        <span className="sr-only">{label}</span>
      </dt>
      <dd className="line-clamp-2 min-w-0 break-words">{children}</dd>
    </div>
  );
}
