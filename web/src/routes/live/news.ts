import { useEffect, useRef } from "react";
import { type Heard, type LiveRoom, type Member, OFFLINE, type User } from "@mockly/client";
import i18next from "i18next";
import { useTranslation } from "react-i18next";

import { dismissToasts, toast } from "@/lib/toast";

import { announce, interrupt } from "./announce";
import { choose, getChoices } from "./choices";
import type { Media } from "./media";
import type { Panel } from "./room";

interface News {
  store: LiveRoom;
  media: Media;
  user: User;
  host: boolean;
  chatOpen: boolean;
  questionsOpen: boolean;
  openPanel: (panel: Panel) => void;
}

const pollToast = (pollId: string) => `poll-${pollId}`;
const dismissPoll = (pollId: string) => dismissToasts(({ id }) => id === pollToast(pollId));

/** What is refused of these shows where it stands, or was not the user's doing. */
const QUIET = new Set(["add_chat", "toggle_audio", "toggle_video"]);

/** What just happened, as toasts for who looks and as announcements for who listens. */
export function useRoomNews(news: News) {
  const { t } = useTranslation();
  const now = useRef(news);
  now.current = news;
  const { store, questionsOpen } = news;
  const polls = useRef(new Set<string>());
  useEffect(() => {
    if (questionsOpen) dismissToasts(({ id }) => [...polls.current].some((poll) => id === pollToast(poll)));
  }, [questionsOpen]);
  useEffect(
    () =>
      store.listen((event: Heard) => {
        const { media, user, host, chatOpen, questionsOpen, openPanel } = now.current;
        const { event: name, payload } = event;
        const goTo = (panel: Panel) => {
          // Left, the toaster gives the focus back to where it was, and a tab that gets it opens: so it does that first.
          (document.activeElement as HTMLElement | null)?.blur();
          openPanel(panel);
        };
        switch (name) {
          case "connect":
            if (payload.clientId === user.id || payload.roleChanged === true) return;
            if (payload.role !== "waiting") announce(t("news.joined", { name: payload.displayName }));
            return;
          case "disconnect":
            if (payload.clientId !== user.id) announce(t("news.left", { name: payload.displayName }));
            return;
          case "request_waiting":
            // Asked once more: it is seen all the time.
            if (host) announce(t("news.waiting", { name: payload.displayName }));
            return;
          case "lost":
            toast(t(payload.what === "hand" ? "news.handLost" : "news.shareLost"), { id: `lost-${payload.what}`, duration: 15_000 });
            return;
          case "raise_hand":
            if (payload.clientId === user.id) return;
            announce(t("news.hand", { name: payload.displayName }));
            if (host) toast(t("news.hand", { name: payload.displayName }), { id: `hand-${payload.clientId}`, action: { label: t("news.show"), onClick: () => goTo("people") } });
            return;
          case "request_screenshare":
            if (!host) return;
            toast(t("news.wantsShare", { name: payload.displayName }), {
              id: `share-${payload.clientId}`,
              action: { label: t("people.allow"), onClick: () => store.act("accept_screenshare", { clientId: payload.clientId }) },
            });
            return;
          case "accept_screenshare":
            if (payload.clientId === user.id) toast.success(t("news.shareAllowed"));
            return;
          case "deny_screenshare":
            if (payload.clientId === user.id) {
              void media.setScreen(false);
              toast(t("news.shareRefused"));
            }
            return;
          case "stop_screenshare":
            if (media.get().screen && payload.clientId !== user.id) void media.setScreen(false);
            return;
          case "mute_participant": {
            if (payload.clientId !== user.id) return;
            if (payload.source === "MICROPHONE") {
              choose({ microphone: false });
              void media.setMicrophone(false);
            }
            if (payload.source === "CAMERA") {
              choose({ camera: false });
              void media.setCamera(false);
            }
            if (payload.source === "SCREEN") void media.setScreen(false);
            const text = t(payload.source === "CAMERA" ? "news.cameraStopped" : payload.source === "SCREEN" ? "news.screenStopped" : "news.muted");
            interrupt(text);
            toast(text);
            return;
          }
          case "ask_unmute":
            if (payload.clientId !== user.id) return;
            interrupt(t("news.askUnmute"));
            toast(t("news.askUnmute"), {
              duration: 15_000,
              action: {
                label: t("news.unmute"),
                onClick: () => {
                  choose({ microphone: true });
                  void media.setMicrophone(true);
                },
              },
            });
            return;
          case "lower_hand":
            return;
          case "add_chat":
            if (payload.clientId === user.id || chatOpen || !getChoices().announceChat) return;
            announce(t("news.chat", { name: payload.displayName, text: payload.chatContent.slice(0, 120) }));
            return;
          case "poll":
            if (payload.closed) dismissPoll(payload.pollId);
            else if (!host && !polls.current.has(payload.pollId)) {
              // Coming back, all open polls are told again.
              polls.current.add(payload.pollId);
              const text = t("news.poll", { question: payload.question });
              if (questionsOpen) announce(text);
              else toast(text, { id: pollToast(payload.pollId), duration: 15_000, action: { label: t("news.vote"), onClick: () => goTo("questions") } });
            }
            return;
          case "vote_poll":
            dismissPoll(payload.pollId);
            return;
          case "session_started":
            announce(t("news.started"));
            return;
          case "host_absent":
            announce(t("news.hostAway"));
            return;
          case "host_returned":
            announce(t("news.hostBack"));
            return;
          case "error":
            if (payload.code === OFFLINE) toast.error(t("news.offline"), { id: OFFLINE });
            else if (payload.event === undefined ? payload.code === "rate-limited" : !QUIET.has(payload.event)) {
              const text = refusalText(payload.code);
              interrupt(text);
              toast.error(text);
            }
            return;
          default:
            return;
        }
      }),
    [store, t],
  );
}

/** Says aloud who has come to wait, be it before or after the host. */
export function useWaitingTold(waiting: Member[]) {
  const { t } = useTranslation();
  const told = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    for (const { clientId, displayName } of waiting) if (!told.current.has(clientId)) announce(t("news.waiting", { name: displayName }));
    told.current = new Set(waiting.map(({ clientId }) => clientId));
  }, [waiting, t]);
}

/** Why something that was shown already is not so after all. */
function refusalText(code: string): string {
  const key = `problem.${code}`;
  return i18next.t(i18next.exists(key) ? (key as "problem.internal") : "news.refused");
}
