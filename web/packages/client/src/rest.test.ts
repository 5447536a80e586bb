import { expect, it, vi } from "vitest";

import { ProblemError } from "./problem";
import { createRest, unwrap } from "./rest";

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

it("sends a request once more with a new token, its body too", async () => {
  const seen: [string | null, string][] = [];
  const send = vi.fn(async (request: Request) => {
    seen.push([request.headers.get("Authorization"), await request.text()]);
    return seen.length === 1 ? answer(401, { code: "token-expired" }) : answer(200, { ticket: "t", expiresAt: "" });
  });
  const rest = createRest({
    baseUrl: "https://meet.example",
    tokens: { token: () => Promise.resolve("old"), renew: () => Promise.resolve("new") },
    fetch: send,
  });
  const call = rest.POST("/api/classes", { body: { name: "Algebra" } });
  await unwrap(call);
  expect(seen).toEqual([
    ["Bearer old", '{"name":"Algebra"}'],
    ["Bearer new", '{"name":"Algebra"}'],
  ]);
});

it("throws a refusal with its code, its fields and how long to wait", async () => {
  const problem = { code: "rate-limited", detail: "Slow down.", errors: [{ field: "title", message: "too long" }] };
  const rest = createRest({
    baseUrl: "https://meet.example",
    tokens: { token: () => Promise.resolve(null), renew: () => Promise.resolve(null) },
    fetch: () => Promise.resolve(answer(429, problem, { "Retry-After": "7" })),
  });
  const error = await unwrap(rest.GET("/api/config")).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({ code: "rate-limited", status: 429, retryAfter: 7, fields: problem.errors });
});

it("says that the server cannot be reached, whatever the browser calls it", async () => {
  const rest = createRest({
    baseUrl: "https://meet.example",
    tokens: { token: () => Promise.resolve(null), renew: () => Promise.resolve(null) },
    fetch: () => Promise.reject(new TypeError("Failed to fetch")),
  });
  await expect(unwrap(rest.GET("/api/config"))).rejects.toMatchObject({ code: "network", status: 0 });
});
