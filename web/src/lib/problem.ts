import { ProblemError } from "@mockly/client";
import i18next from "i18next";

/** What to tell of an error, in the page's language: never a raw error, since its text may carry a token. */
export function problemText(error: unknown): string {
  if (!(error instanceof ProblemError)) return i18next.t("problem.internal");
  const wait = error.retryAfter ?? 1;
  const key = `problem.${error.code}`;
  if (i18next.exists(key, { count: wait })) return i18next.t(key as "problem.internal", { count: wait });
  if (error.status >= 500 || error.detail === "") return i18next.t("problem.internal");
  return error.detail;
}

/**
 * The error that takes the place of what was read: a refusal, or one before which nothing was there. One that keeps what
 * is there from being read anew is none; the connection's own line tells of that.
 */
export function standing({ data, error }: { data: unknown; error: unknown }): unknown {
  if (error === null || (data !== undefined && !(error instanceof ProblemError && [400, 403, 404].includes(error.status)))) return null;
  return error;
}

export function problemCode(error: unknown): string {
  return error instanceof ProblemError ? error.code : "internal";
}

/** The server's words for single fields, by field. */
export function fieldProblems(error: unknown): Record<string, string> {
  if (!(error instanceof ProblemError)) return {};
  return Object.fromEntries(error.fields.map(({ field, message }) => [field, message]));
}
