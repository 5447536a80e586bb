import type { ReactNode } from "react";

const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/g;

/** Text stays text; only addresses become links. */
export function withLinks(text: string): ReactNode[] {
  return text.split(LINK).map((part, index) =>
    index % 2 === 1 ? (
      <a key={index} href={part} target="_blank" rel="noopener noreferrer nofollow" className="text-primary underline underline-offset-2">
        {part}
      </a>
    ) : (
      part
    ),
  );
}
