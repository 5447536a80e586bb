import i18next from "i18next";

import { problemCode, problemText } from "@/lib/problem";

/** What to tell of an error with a file: some refusals read differently there. */
export function fileProblem(error: unknown): string {
  const key = `files:problem.${problemCode(error)}`;
  return i18next.exists(key) ? i18next.t(key as "files:problem.limit-exceeded") : problemText(error);
}
