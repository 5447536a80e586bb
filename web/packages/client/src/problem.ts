/** What is wrong with one field of a request. */
export interface FieldProblem {
  field: string;
  message: string;
}

/**
 * A refusal of the server, or that it could not be reached (`code` is then `network`, `status` 0).
 *
 * Decide by `code`; `detail` is the server's sentence in English.
 */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(
    readonly code: string,
    readonly status: number,
    readonly detail: string,
    /** Members of the problem document, such as `activeSessionId` and `opensAt`. */
    readonly members: Readonly<Record<string, unknown>> = {},
    /** From `Retry-After`, in seconds. */
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
  }

  get fields(): FieldProblem[] {
    const errors = this.members["errors"];
    return Array.isArray(errors) ? (errors as FieldProblem[]) : [];
  }

  /** A member that is a string, else `null`. */
  text(member: string): string | null {
    const value = this.members[member];
    return typeof value === "string" ? value : null;
  }

  static network(): ProblemError {
    return new ProblemError("network", 0, "The server cannot be reached.");
  }

  /** From the body of an answer, whatever it is. */
  static of(body: unknown, response: Response): ProblemError {
    const after = Number(response.headers.get("Retry-After"));
    const retryAfter = Number.isFinite(after) && after > 0 ? after : null;
    if (typeof body === "object" && body !== null) {
      const members = body as Record<string, unknown>;
      if (typeof members["code"] === "string") {
        return new ProblemError(members["code"], response.status, String(members["detail"] ?? ""), members, retryAfter);
      }
    }
    return new ProblemError("internal", response.status, "", {}, retryAfter);
  }
}
