import { lazy, Suspense, useEffect, useId, useRef, useState } from "react";
import type { Session } from "@mockly/client";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { CalendarDays, LayoutGrid, Plus, Rows3, Search, SearchX, SlidersHorizontal } from "lucide-react";
import { useTranslation } from "react-i18next";

import { classesQuery, type SessionFilters, sessionsQuery } from "@/api/queries";
import { useIdentity } from "@/api/use-topics";
import { SessionCard } from "@/components/session-card";
import { SessionTable } from "@/components/session-table";
import { Empty, Loaded, LoadMore, PageTitle } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Input, Select } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { type ListView, LIST_VIEWS, rememberedView, rememberView } from "@/lib/list-view";

const loadForm = () => import("@/components/session-form");
const SessionForm = lazy(() => loadForm().then(({ SessionForm }) => ({ default: SessionForm })));

const GRID = "grid gap-4 sm:grid-cols-2 lg:grid-cols-3";

export function SessionsPage() {
  const { t } = useTranslation();
  const user = useIdentity();
  const { view = rememberedView(), ...filters } = useSearch({ from: "/shell/member/sessions" });
  const navigate = useNavigate({ from: "/sessions" });
  const query = useInfiniteQuery(sessionsQuery(filters));
  const [form, setForm] = useState<"new" | Session | null>(null);
  const set = (change: Partial<SessionFilters>) => {
    // A new entry for a choice, none for a letter typed: "back" should undo what one did.
    void navigate({ search: (before) => given({ ...before, ...change }), replace: "q" in change, resetScroll: false });
  };
  const clear = () => void navigate({ search: ({ view }) => given({ view }), resetScroll: false });
  const show = (view: ListView) => {
    rememberView(view);
    void navigate({ search: (before) => ({ ...before, view }), replace: true, resetScroll: false });
  };
  if (!user) return null;
  const filtered = Object.keys(filters).length > 0;
  const total = query.data?.pages[0]?.total;
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <PageTitle title={t("sessions.title")} />
        <Button onClick={() => setForm("new")} onPointerEnter={() => void loadForm()} onFocus={() => void loadForm()}>
          <Plus aria-hidden />
          {t("sessions.new")}
        </Button>
      </div>
      <Filters filters={filters} set={set} clear={clear} />
      <div className="mb-4 flex items-center justify-between gap-3">
        <p role="status" className="text-sm text-muted-foreground">
          {total === undefined ? "\u00a0" : t("sessions.count", { count: total })}
        </p>
        <ViewChoice view={view} onChange={show} />
      </div>
      <Loaded
        query={query}
        skeleton={
          <div className={view === "table" ? "grid gap-2" : GRID}>
            {Array.from({ length: 6 }, (_, index) => (
              <Skeleton key={index} className={view === "table" ? "h-14" : "h-60 rounded-xl"} />
            ))}
          </div>
        }
      >
        {({ pages }) => {
          const sessions = pages.flatMap((page) => page.sessions);
          if (sessions.length === 0) return filtered ? <NoMatch onClear={clear} /> : <NoneYet onNew={() => setForm("new")} />;
          if (view === "table") return <SessionTable sessions={sessions} user={user} onEdit={setForm} />;
          return (
            <ul className={GRID}>
              {sessions.map((session) => (
                <li key={session.id} className="min-w-0">
                  <SessionCard session={session} user={user} onEdit={setForm} />
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
      <LoadMore query={query} />
      <Suspense>{form !== null && <SessionForm session={form === "new" ? null : form} user={user} onClose={() => setForm(null)} />}</Suspense>
    </>
  );
}

/** What is not chosen does not stand in the address. */
function given<Search extends object>(search: Search): Search {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== "")) as Search;
}

function NoMatch({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation();
  return (
    <Empty icon={<SearchX />} title={t("sessions.noMatch")}>
      <Button variant="outline" onClick={onClear}>
        {t("sessions.clear")}
      </Button>
    </Empty>
  );
}

function NoneYet({ onNew }: { onNew: () => void }) {
  const { t } = useTranslation();
  return (
    <Empty icon={<CalendarDays />} title={t("sessions.empty")}>
      <Button onClick={onNew}>
        <Plus aria-hidden />
        {t("sessions.new")}
      </Button>
    </Empty>
  );
}

const VIEW_ICONS = { cards: LayoutGrid, table: Rows3 };

function ViewChoice({ view, onChange }: { view: ListView; onChange: (view: ListView) => void }) {
  const { t } = useTranslation();
  return (
    <div role="group" aria-label={t("sessions.view")} className="flex gap-1">
      {LIST_VIEWS.map((name) => {
        const Icon = VIEW_ICONS[name];
        return (
          <Button
            key={name}
            variant="ghost"
            size="icon-sm"
            aria-pressed={name === view}
            aria-label={t(`sessions.${name}`)}
            title={t(`sessions.${name}`)}
            className={name === view ? "bg-accent text-accent-foreground" : "text-muted-foreground"}
            onClick={() => onChange(name)}
          >
            <Icon aria-hidden />
          </Button>
        );
      })}
    </div>
  );
}

interface FiltersProps {
  filters: SessionFilters;
  set: (change: Partial<SessionFilters>) => void;
  clear: () => void;
}

function Filters({ filters, set, clear }: FiltersProps) {
  const { t } = useTranslation();
  const classes = useQuery(classesQuery());
  const { q: _, ...others } = filters;
  const chosen = Object.keys(others).length;
  // On a telephone the list comes first; what is set is seen all the same.
  const [shown, setShown] = useState(chosen > 0);
  const id = useId();
  return (
    <form role="search" onSubmit={(event) => event.preventDefault()} className="mt-5 mb-4 grid gap-3">
      <div className="flex gap-2">
        <TextFilter value={filters.q ?? ""} onChange={(q) => set({ q })} />
        <Button variant="outline" aria-expanded={shown} aria-controls={id} className="md:hidden" onClick={() => setShown(!shown)}>
          <SlidersHorizontal aria-hidden />
          {chosen > 0 ? t("sessions.filtersSet", { count: chosen }) : t("sessions.filters")}
        </Button>
      </div>
      <div id={id} className={cn("grid-cols-2 items-end gap-3 md:grid md:grid-cols-6", shown ? "grid" : "hidden")}>
      <LabelledSelect label={t("sessions.status")} value={filters.status} onChange={(status) => set({ status: status as SessionFilters["status"] })}>
        <option value="">{t("sessions.all")}</option>
        <option value="live">{t("status.ACTIVE")}</option>
        <option value="upcoming">{t("status.SCHEDULED")}</option>
        <option value="ended">{t("status.ENDED")}</option>
        <option value="cancelled">{t("status.CANCELED")}</option>
      </LabelledSelect>
      <LabelledSelect label={t("sessions.kind")} value={filters.kind} onChange={(kind) => set({ kind: kind as SessionFilters["kind"] })}>
        <option value="">{t("sessions.all")}</option>
        <option value="CLASS">{t("kind.CLASS")}</option>
        <option value="INTERVIEW">{t("kind.INTERVIEW")}</option>
        <option value="MENTORING">{t("kind.MENTORING")}</option>
      </LabelledSelect>
      {(classes.data?.items.length ?? 0) > 0 && (
        <LabelledSelect label={t("sessions.class")} value={filters.classId} onChange={(classId) => set({ classId })}>
          <option value="">{t("sessions.all")}</option>
          {classes.data?.items.map((item) => (
            <option key={item.id} value={item.id}>
              {item.name}
            </option>
          ))}
        </LabelledSelect>
      )}
      <LabelledDate label={t("sessions.from")} value={filters.from} max={filters.to} onChange={(from) => set({ from })} />
      <LabelledDate label={t("sessions.to")} value={filters.to} min={filters.from} onChange={(to) => set({ to })} />
      {Object.keys(filters).length > 0 && (
        <Button variant="ghost" onClick={clear} className="justify-self-start">
          {t("sessions.clear")}
        </Button>
      )}
      </div>
    </form>
  );
}

/** Searches when the typing pauses. */
function TextFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const told = useRef(value);
  const tell = useRef(onChange);
  tell.current = onChange;
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    const trimmed = text.trim();
    if (trimmed === told.current) return;
    const timer = setTimeout(() => {
      told.current = trimmed;
      tell.current(trimmed);
    }, 300);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label className="grid min-w-0 flex-1 text-sm font-medium">
      <span className="sr-only">{t("sessions.search")}</span>
      <span className="relative">
        <Search aria-hidden className="pointer-events-none absolute top-3 left-3 size-4 text-muted-foreground" />
        <Input type="search" value={text} maxLength={200} placeholder={t("sessions.search")} onChange={(event) => setText(event.target.value)} className="pl-9" />
      </span>
    </label>
  );
}

interface LabelledSelectProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  children: React.ReactNode;
}

function LabelledSelect({ label, value, onChange, children }: LabelledSelectProps) {
  return (
    <label className="grid min-w-0 gap-1.5 text-sm font-medium">
      {label}
      <Select value={value ?? ""} onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}>
        {children}
      </Select>
    </label>
  );
}

interface LabelledDateProps {
  label: string;
  value: string | undefined;
  min?: string | undefined;
  max?: string | undefined;
  onChange: (value: string | undefined) => void;
}

function LabelledDate({ label, value, min, max, onChange }: LabelledDateProps) {
  return (
    <label className="grid min-w-0 gap-1.5 text-sm font-medium">
      {label}
      <Input type="date" value={value ?? ""} min={min} max={max} onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)} className="min-w-0" />
    </label>
  );
}
