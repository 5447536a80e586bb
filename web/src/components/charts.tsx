import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

export interface Bar {
  name: string;
  /** From 0 on; the longest bar is the largest of them, or `most`. */
  value: number;
  /** The number as it reads. */
  text?: string;
}

/** Bars with their numbers: a list to who cannot see them. */
export function Bars({ title, rows, most, children }: { title: string; rows: Bar[]; most?: number; children?: ReactNode }) {
  const longest = most ?? Math.max(1, ...rows.map(({ value }) => value));
  return (
    <section className="grid gap-2">
      <h3 className="text-sm font-medium">{title}</h3>
      <ul className="grid grid-cols-1 gap-1.5">
        {rows.map(({ name, value, text = value }, index) => (
          <li key={index} className="grid grid-cols-[minmax(5rem,9rem)_1fr_minmax(2.5rem,auto)] items-center gap-3 text-sm">
            <span className="truncate text-muted-foreground">{name}</span>
            <span aria-hidden className="h-2.5 overflow-hidden rounded-full bg-muted">
              <span className="block h-full rounded-full bg-primary" style={{ width: `${Math.min(100, Math.max(0, (value / longest) * 100))}%` }} />
            </span>
            <span className="text-right whitespace-nowrap tabular-nums">{text}</span>
          </li>
        ))}
      </ul>
      {children}
    </section>
  );
}

export interface Span {
  from: number;
  until: number;
}

interface TimelineProps {
  title: string;
  rows: { name: string; spans: Span[] }[];
  from: number;
  until: number;
  tick: (at: number) => string;
  children?: ReactNode;
}

const TICKS = 4;

/** When what was, a row each. Who cannot see it reads the table that goes with it, so the picture itself is hidden from them. */
export function Timeline({ title, rows, from, until, tick, children }: TimelineProps) {
  const length = Math.max(1, until - from);
  const x = (at: number) => (Math.min(Math.max(at, from), until) - from) / length;
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => from + (length * index) / TICKS);
  return (
    <section className="grid gap-2">
      <h3 className="text-sm font-medium">{title}</h3>
      <div aria-hidden className="grid grid-cols-[minmax(5rem,9rem)_1fr] gap-x-3 gap-y-1.5 text-sm">
        {rows.map(({ name, spans }, index) => (
          <div key={index} className="col-span-2 grid grid-cols-subgrid items-center">
            <span className="truncate text-muted-foreground">{name}</span>
            <svg viewBox="0 0 1000 16" preserveAspectRatio="none" className="h-4 w-full rounded-sm bg-muted">
              {spans.map((span, at) => (
                // Not so short that it cannot be seen.
                <rect key={at} x={x(span.from) * 1000} width={Math.max(2, (x(span.until) - x(span.from)) * 1000)} y={0} height={16} className="fill-primary" />
              ))}
            </svg>
          </div>
        ))}
        <div className="col-start-2 flex justify-between text-xs text-muted-foreground tabular-nums">
          {ticks.map((at, index) => (
            // A telephone has room for the ends.
            <span key={index} className={cn("whitespace-nowrap", index > 0 && index < ticks.length - 1 && "hidden sm:inline")}>
              {tick(at)}
            </span>
          ))}
        </div>
      </div>
      {children}
    </section>
  );
}

interface DataTableProps {
  label: string;
  head: string[];
  rows: ReactNode[][];
  className?: string;
}

/** A table that scrolls by itself where it is too wide, and breaks no word of its head; the first cell of a row names it. */
export function DataTable({ label, head, rows, className }: DataTableProps) {
  return (
    <div role="region" aria-label={label} tabIndex={0} className={cn("overflow-auto", className)}>
      <table className="w-full text-left text-sm">
        <thead className="text-muted-foreground">
          <tr className="border-b border-border [&>th]:wrap-break-word [&>th]:py-2 [&>th]:pr-4 [&>th]:font-medium">
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...cells], index) => (
            <tr key={index} className="border-b border-border tabular-nums last:border-0 [&>*]:py-2 [&>*]:pr-4">
              <th scope="row" className="font-medium">
                {first}
              </th>
              {cells.map((cell, at) => (
                <td key={at}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export interface Figure {
  name: string;
  value: ReactNode;
}

/** Numbers that are read at a glance. */
export function Figures({ figures }: { figures: Figure[] }) {
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-5 sm:grid-cols-3">
      {figures.map(({ name, value }) => (
        <div key={name}>
          <dt className="text-sm text-muted-foreground">{name}</dt>
          <dd className="mt-0.5 text-2xl font-semibold tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
