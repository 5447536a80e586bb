import i18next from "i18next";

import { problemCode, problemText } from "@/lib/problem";

/** What to tell of an error here: some refusals are an admin's alone. */
export function adminProblem(error: unknown): string {
  const key = `admin:problem.${problemCode(error)}`;
  return i18next.exists(key) ? i18next.t(key as "admin:problem.job-not-dead") : problemText(error);
}
