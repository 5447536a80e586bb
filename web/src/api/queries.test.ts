import type { Session, SessionEvent } from "@mockly/client";
import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, it, vi } from "vitest";

const { get } = vi.hoisted(() => ({ get: vi.fn() }));
vi.mock("./client", () => ({ queryClient: new QueryClient(), rest: { GET: get } }));
const { queryClient } = await import("./client");
const { sessionQuery, takeSessionEvent } = await import("./queries");

const ID = "019a0000-0000-7000-8000-000000000001";
const session = (status: Session["status"]) => ({ id: ID, status, participants: [], participantCount: 0 }) as unknown as Session;
const answer = (status: Session["status"]) => ({ data: session(status), response: new Response() });
const ended = { type: "SESSION_ENDED", data: session("ENDED") } as SessionEvent;

it("does not show an answer that is older than an event", async () => {
  let release: (late: unknown) => void = () => undefined;
  get.mockReturnValueOnce(new Promise((resolve) => (release = resolve))).mockResolvedValue(answer("ENDED"));
  const shown: unknown[] = [];
  const observer = new QueryObserver<Session>(queryClient, { ...sessionQuery(ID) } as never);
  const leave = observer.subscribe(({ data }) => shown.push(data?.status));
  takeSessionEvent(ended);
  release(answer("ACTIVE"));
  await vi.waitFor(() => expect(shown.at(-1)).toBe("ENDED"));
  expect(shown).not.toContain("ACTIVE");
  leave();
});

it("reads what was refused again when an event says that one is in it", async () => {
  queryClient.clear();
  get.mockResolvedValueOnce({ error: { status: 403, code: "forbidden", title: "No" }, response: new Response(null, { status: 403 }) }).mockResolvedValue(answer("ENDED"));
  const observer = new QueryObserver<Session>(queryClient, { ...sessionQuery(ID), retry: false } as never);
  const leave = observer.subscribe(() => {});
  await vi.waitFor(() => expect(observer.getCurrentResult().status).toBe("error"));
  takeSessionEvent(ended);
  await vi.waitFor(() => expect(observer.getCurrentResult().data?.status).toBe("ENDED"));
  leave();
});
