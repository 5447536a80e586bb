import { lazy, Suspense, useRef, useState } from "react";
import { ProblemError, type Session, unwrap, type User } from "@mockly/client";
import { Link, useNavigate } from "@tanstack/react-router";
import { CalendarPlus, CircleX, Ellipsis, Link2, Pencil, Play, Video } from "lucide-react";
import { useTranslation } from "react-i18next";

import { newKey, queryClient, rest } from "@/api/client";
import { useNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { clockTime, dateTime } from "@/lib/format";
import { problemText } from "@/lib/problem";
import { livePath, rights } from "@/lib/sessions";
import { toast } from "@/lib/toast";
import { loadLive } from "@/router";

import { Button } from "./ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuSeparator, DropdownMenuTrigger } from "./ui/dropdown-menu";

const Confirm = lazy(() => import("./confirm").then(({ Confirm }) => ({ default: Confirm })));

interface ActionProps {
  session: Session;
  user: User;
  className?: string;
  size?: "sm";
  /** The element that names the session, so that ten "Join" differ. */
  describedBy?: string;
}

/** Where a session has a window, it opens this long before its time (the server's default; the server decides). */
const WINDOW_OPENS_MS = 15 * 60_000;

export function StartButton({ session, user, className, size, describedBy }: ActionProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  if (!rights(session, user).start || (session.kind === "MENTORING" && Date.parse(session.scheduledAt) - Date.now() > WINDOW_OPENS_MS)) return null;
  const start = async () => {
    setBusy(true);
    try {
      const { id } = session;
      const started = await unwrap(rest.POST("/api/sessions/{id}/start", { params: { path: { id } } }));
      queryClient.setQueryData(["session", id], started);
      void loadLive();
      await navigate({ href: livePath(session) });
    } catch (error) {
      toast.error(problemText(error));
      setBusy(false);
    }
  };
  return (
    <Button className={className} size={size} disabled={busy} onClick={() => void start()} aria-describedby={describedBy}>
      <Play aria-hidden />
      {t("session.start")}
    </Button>
  );
}

/** Join, or Open for who leads it; before its time it says when, and turns into the button by itself. */
export function JoinButton({ session, user, className, size, describedBy }: ActionProps) {
  const { t, i18n } = useTranslation();
  const now = useNow(session.status === "SCHEDULED" ? 1_000 : 60_000);
  const can = rights(session, user);
  if (can.start && session.kind !== "MENTORING") return null;
  const opensAt = Date.parse(session.scheduledAt) - WINDOW_OPENS_MS;
  const own = session.participants.find(({ userId }) => userId === user.id);
  if (own?.status === "REMOVED" || own?.status === "DENIED") {
    return <p className="py-2 text-sm text-muted-foreground">{t(own.status === "REMOVED" ? "session.youWereRemoved" : "session.youWereDenied")}</p>;
  }
  if (session.kind === "MENTORING" && now < opensAt) {
    const wait = opensAt - now;
    return (
      <p className={cn("flex items-center text-sm text-muted-foreground", size === undefined && "min-h-10")}>
        {wait < 3_600_000 ? t("session.opensIn", { time: clockTime(wait) }) : t("session.opensAt", { time: dateTime(new Date(opensAt).toISOString(), i18n.language) })}
      </p>
    );
  }
  const preload = () => void loadLive();
  return (
    <Button variant={session.status === "ACTIVE" ? "default" : "secondary"} size={size} asChild className={className}>
      <Link to={livePath(session)} onPointerEnter={preload} onFocus={preload} aria-describedby={describedBy}>
        <Video aria-hidden />
        {t(can.host && session.status === "ACTIVE" ? "session.open" : session.kind === "CLASS" && session.status === "SCHEDULED" ? "session.waitForStart" : "session.join")}
      </Link>
    </Button>
  );
}

/** The rarer actions; nothing that this user may not do is in it. */
export function SessionMenu({ session, user, className, onEdit }: ActionProps & { onEdit: (session: Session) => void }) {
  const { t } = useTranslation();
  const [confirming, setConfirming] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  const can = rights(session, user);
  return (
    <>
      <DropdownMenu>
        <DropdownMenuTrigger>
          <Button ref={trigger} variant="ghost" size="icon-sm" className={className} aria-label={t("session.more", { title: session.title })}>
            <Ellipsis aria-hidden />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent>
          <DropdownMenuItem onSelect={() => void copyLink(session, t("session.copied"), t("session.notCopied"))}>
            <Link2 aria-hidden />
            {t("session.copyLink")}
          </DropdownMenuItem>
          <DropdownMenuItem onSelect={() => void saveCalendar(session)}>
            <CalendarPlus aria-hidden />
            {t("session.calendar")}
          </DropdownMenuItem>
          {can.edit && (
            <DropdownMenuItem onSelect={() => onEdit(session)}>
              <Pencil aria-hidden />
              {t("session.edit")}
            </DropdownMenuItem>
          )}
          {can.cancel && (
            <>
              <DropdownMenuSeparator />
              <DropdownMenuItem className="text-destructive" onSelect={() => setConfirming(true)}>
                <CircleX aria-hidden />
                {t("session.cancel")}
              </DropdownMenuItem>
            </>
          )}
        </DropdownMenuContent>
      </DropdownMenu>
      <Suspense>
        {confirming && (
          <Confirm
            open
            onOpenChange={setConfirming}
            returnTo={trigger}
            title={t("session.cancelTitle")}
            text={t("session.cancelText", { title: session.title })}
            action={t("session.cancel")}
            dismiss={t("session.keep")}
            onConfirm={() => cancel(session)}
          />
        )}
      </Suspense>
    </>
  );
}

export async function cancel(session: Session) {
  const params = { path: { id: session.id }, header: { "Idempotency-Key": newKey() } };
  const canceled = await unwrap(rest.POST("/api/sessions/{id}/cancel", { params }));
  queryClient.setQueryData(["session", session.id], canceled);
  void queryClient.invalidateQueries({ queryKey: ["sessions"] });
}

async function copyLink(session: Session, done: string, failed: string) {
  try {
    await navigator.clipboard.writeText(new URL(livePath(session), location.href).href);
    toast.success(done);
  } catch {
    toast.error(failed);
  }
}

/** A link would not carry the token, so the file is fetched and handed over. */
async function saveCalendar(session: Session) {
  try {
    const call = rest.GET("/api/sessions/{id}/calendar.ics", { params: { path: { id: session.id } }, parseAs: "blob" });
    save(await unwrap(call as Promise<{ data?: Blob; response: Response }>), "session.ics");
  } catch (error) {
    toast.error(error instanceof ProblemError ? problemText(error) : problemText(null));
  }
}

/** Hands a file to the browser's downloads. */
export function save(blob: Blob, name: string) {
  const url = URL.createObjectURL(blob);
  saveFrom(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Has the browser download what is at an address. */
export function saveFrom(url: string, name: string) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}
