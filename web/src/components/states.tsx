import { type ReactNode, useEffect, useRef, useState } from "react";
import type { UseInfiniteQueryResult, UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { problemCode, problemText, standing } from "@/lib/problem";

import { Button } from "./ui/button";

/** Sets the document's title and moves the focus to the heading of a page that was just come to, unless it has a better place for it. */
export function PageTitle({ title, children, className }: { title: string; children?: ReactNode; className?: string }) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${t("product")}`;
  }, [title, t]);
  useEffect(() => {
    // Not on the very first page: there the browser's own order is right.
    if (arrived && !holdsFocus(heading.current?.closest("main"))) heading.current?.focus({ preventScroll: true });
    arrived = true;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} className={className ?? "text-2xl font-semibold tracking-tight"}>
      {children ?? title}
    </h1>
  );
}
let arrived = false;

function holdsFocus(main: Element | null | undefined): boolean {
  const { activeElement } = document;
  return activeElement !== main && main?.contains(activeElement) === true;
}

/** What is shown while something loads; only after a moment, so that fast answers do not flicker. */
export function Loading({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div aria-busy className={shown ? "" : "invisible"}>
      <span className="sr-only">{t("common.loading")}</span>
      {children}
    </div>
  );
}

/** An error in place of what it kept from being shown. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <div role="alert" className="flex flex-col items-center gap-3 rounded-xl border border-border bg-card px-6 py-10 text-center">
      <TriangleAlert className="size-8 text-destructive" aria-hidden />
      <p className="max-w-prose">{problemText(error)}</p>
      <p className="text-xs text-muted-foreground">{problemCode(error)}</p>
      {onRetry !== undefined && (
        <Button variant="outline" onClick={onRetry}>
          {t("common.retry")}
        </Button>
      )}
    </div>
  );
}

interface LoadedProps<Data> {
  query: Pick<UseQueryResult<Data>, "data" | "error" | "refetch">;
  skeleton: ReactNode;
  children: (data: Data) => ReactNode;
}

/** What was asked for: on its way, not to be had, or here. What is here stays where reading it anew has failed, but not where it is refused. */
export function Loaded<Data>({ query, skeleton, children }: LoadedProps<Data>) {
  const error = standing(query);
  if (error !== null) return <Failure error={error} onRetry={() => void query.refetch()} />;
  return query.data === undefined ? <Loading>{skeleton}</Loading> : children(query.data);
}

/** The way to the next page of a list, where there is one. */
export function LoadMore({ query }: { query: Pick<UseInfiniteQueryResult, "hasNextPage" | "isFetchingNextPage" | "isFetchNextPageError" | "error" | "fetchNextPage"> }) {
  const { t } = useTranslation();
  if (!query.hasNextPage) return null;
  return (
    <div className="mt-6 flex flex-col items-center gap-3">
      {query.isFetchNextPageError && (
        <p role="alert" className="text-sm text-destructive">
          {problemText(query.error)}
        </p>
      )}
      <Button variant="outline" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {t("common.loadMore")}
      </Button>
    </div>
  );
}

/** One short line of an error, beside what was tried. */
export function InlineAlert({ children }: { children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), [children]);
  return (
    <div ref={box} role="alert" tabIndex={-1} className="rounded-lg bg-danger-soft px-4 py-3 text-sm text-destructive outline-hidden">
      {children}
    </div>
  );
}

export function Empty({ icon, title, children }: { icon: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-4 rounded-xl border border-dashed border-border px-6 py-14 text-center">
      <span aria-hidden className="flex size-12 items-center justify-center rounded-full bg-accent text-accent-foreground [&_svg]:size-6">
        {icon}
      </span>
      <p className="max-w-sm text-muted-foreground">{title}</p>
      {children}
    </div>
  );
}

/** The way on where there is none here. */
export function ToSessions({ variant }: { variant?: "default" | "ghost" }) {
  const { t } = useTranslation();
  return (
    <Button variant={variant} asChild>
      <Link to="/sessions" search={{}}>
        {t("common.toSessions")}
      </Link>
    </Button>
  );
}

/** A page that says one thing and leads on. */
export function Screen({ icon, title, text, children }: { icon?: ReactNode; title: string; text?: ReactNode; children?: ReactNode }) {
  return (
    <div className="mx-auto flex min-h-[70dvh] max-w-lg flex-col items-center justify-center gap-4 px-4 py-10 text-center">
      {icon !== undefined && (
        <span aria-hidden className="flex size-14 items-center justify-center rounded-full bg-accent text-accent-foreground [&_svg]:size-7">
          {icon}
        </span>
      )}
      <PageTitle title={title} />
      {text !== undefined && <div className="text-muted-foreground">{text}</div>}
      {children !== undefined && <div className="mt-2 flex flex-wrap items-center justify-center gap-3">{children}</div>}
    </div>
  );
}
