import type { LiveRoom, Member } from "@mockly/client";
import { DoorOpen } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";

interface WaitingBarProps {
  /** At least one. */
  waiting: Member[];
  store: LiveRoom;
  onShow: () => void;
  /** The last of them has had an answer, and the bar goes. */
  onDone: () => void;
}

/** Who waits to be let in, in sight of the host for as long as they do. */
export function WaitingBar({ waiting, store, onShow, onDone }: WaitingBarProps) {
  const { t } = useTranslation();
  const [{ clientId, displayName: name }, ...more] = waiting as [Member, ...Member[]];
  const answer = (event: "accept_waiting" | "deny_waiting") => {
    store.act(event, more.length === 0 ? { clientId } : { all: true });
    onDone();
  };
  return (
    <section aria-label={t("room.waitingRoom")} className="flex flex-wrap items-center gap-x-4 gap-y-2 bg-accent px-4 py-2 text-sm text-accent-foreground">
      <p className="flex min-w-0 items-center gap-2 font-medium">
        <DoorOpen aria-hidden className="size-4 shrink-0" />
        <span className="min-w-0 break-words">{more.length === 0 ? t("news.waiting", { name }) : t("news.waitingMore", { name, count: more.length })}</span>
      </p>
      <div className="ml-auto flex gap-2">
        {more.length === 0 ? (
          <Button variant="outline" size="sm" aria-label={t("people.denyName", { name })} onClick={() => answer("deny_waiting")}>
            {t("people.deny")}
          </Button>
        ) : (
          <Button variant="outline" size="sm" onClick={onShow}>
            {t("news.show")}
          </Button>
        )}
        <Button size="sm" {...(more.length === 0 ? { "aria-label": t("people.admitName", { name }) } : {})} onClick={() => answer("accept_waiting")}>
          {t(more.length === 0 ? "people.admit" : "people.admitAll")}
        </Button>
      </div>
    </section>
  );
}
