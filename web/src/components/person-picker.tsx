import { type KeyboardEvent, useEffect, useId, useState } from "react";
import type { UserSummary } from "@mockly/client";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";

import { usersQuery } from "@/api/queries";
import { cn } from "@/lib/cn";

import { Avatar } from "./ui/avatar";
import { Button } from "./ui/button";
import { Field, Input } from "./ui/field";

interface PersonPickerProps {
  label: string;
  hint?: string;
  error?: string | undefined;
  /** Only those who have it. */
  userRole?: "MENTOR";
  /** Who is not offered. */
  except: string[];
  value: UserSummary | null;
  onChange: (person: UserSummary | null) => void;
}

/** Finds a user by name: a combobox by the ARIA pattern. */
export function PersonPicker({ label, hint, error, userRole, except, value, onChange }: PersonPickerProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [query, setQuery] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const listId = useId();
  const errorId = useId();
  useEffect(() => {
    const timer = setTimeout(() => setQuery(text.trim()), 200);
    return () => clearTimeout(timer);
  }, [text]);
  const users = useQuery({ ...usersQuery(query, userRole), enabled: open });
  const found = (users.data?.items ?? []).filter(({ id }) => !except.includes(id));
  const choose = (person: UserSummary) => {
    onChange(person);
    setText("");
    setOpen(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) {
        setOpen(true);
        return;
      }
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((index) => (found.length === 0 ? 0 : (index + step + found.length) % found.length));
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      const person = found[active];
      if (person !== undefined) choose(person);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      event.preventDefault();
      setOpen(false);
    }
  };
  if (value !== null) {
    return (
      <div className="grid min-w-0 content-start gap-1.5">
        <span className="text-sm font-medium">{label}</span>
        <div className="flex h-10 items-center gap-2 rounded-lg border border-input/60 bg-card pr-1 pl-2 text-sm">
          <Avatar name={value.displayName} className="size-6 text-[0.6rem]" />
          <span className="min-w-0 flex-1 truncate">{value.displayName}</span>
          <Button variant="ghost" size="icon-sm" aria-label={t("form.changePerson", { name: value.displayName })} aria-describedby={error === undefined ? undefined : errorId} onClick={() => onChange(null)}>
            <X aria-hidden />
          </Button>
        </div>
        {error !== undefined && (
          <p id={errorId} role="alert" className="text-sm text-destructive">
            {error}
          </p>
        )}
      </div>
    );
  }
  return (
    <Field label={label} hint={hint} error={error}>
      {(wiring) => (
        <div className="relative">
          <Input
            {...wiring}
            role="combobox"
            aria-expanded={open}
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={open && found[active] !== undefined ? `${listId}-${active}` : undefined}
            autoComplete="off"
            value={text}
            placeholder={t("form.findPerson")}
            onChange={(event) => {
              setText(event.target.value);
              setActive(0);
              setOpen(true);
            }}
            onClick={() => setOpen(true)}
            onBlur={() => setOpen(false)}
            onKeyDown={onKeyDown}
          />
          <ul
            id={listId}
            role="listbox"
            aria-label={label}
            className={cn(
              "absolute inset-x-0 top-11 z-10 max-h-56 overflow-y-auto rounded-lg border border-border bg-popover p-1 shadow-lg",
              !open && "hidden",
            )}
          >
            {found.map((person, index) => (
              <li
                key={person.id}
                id={`${listId}-${index}`}
                role="option"
                aria-selected={index === active}
                className={cn("flex min-h-9 cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 text-sm", index === active && "bg-accent text-accent-foreground")}
                // Before the blur, which would close the list.
                onPointerDown={(event) => {
                  event.preventDefault();
                  choose(person);
                }}
                onPointerEnter={() => setActive(index)}
              >
                <Avatar name={person.displayName} className="size-6 text-[0.6rem]" />
                <span className="truncate">{person.displayName}</span>
              </li>
            ))}
            {found.length === 0 && (
              <li role="option" aria-selected={false} aria-disabled className="px-2 py-2 text-sm text-muted-foreground">
                {users.isFetching ? t("common.loading") : t("form.nobodyFound")}
              </li>
            )}
          </ul>
        </div>
      )}
    </Field>
  );
}
