import type { ReactNode } from "react";

interface RowProps {
  lead?: ReactNode;
  title: ReactNode;
  text: ReactNode;
  /** What stands at its end: a state, or what can be done. */
  children?: ReactNode;
}

/** One of a list of people, or of their addresses. */
export function Row({ lead, title, text, children }: RowProps) {
  return (
    <li className="flex min-h-12 items-center gap-3">
      {lead}
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm font-medium">{title}</p>
        <p className="text-xs text-muted-foreground">{text}</p>
      </div>
      {children}
    </li>
  );
}
