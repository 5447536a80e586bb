import { type FormEvent, useRef, useState } from "react";
import { flushSync } from "react-dom";
import i18next from "i18next";

import { fieldProblems } from "./problem";

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
type Problems = Record<string, string>;

interface Checks {
  /** What is wrong beyond the fields' own constraints, by field; `false` where nothing is. */
  check?: (data: FormData) => Record<string, string | false>;
  /** Which fields a refusal is about. */
  fieldsOf?: (error: unknown) => Problems;
}

/**
 * A form that says beside its fields what is wrong with them, in the page's own words, and has the first of them focused:
 * before it is sent by their constraints, afterwards as the server finds. It is sent once at a time.
 */
export function useForm(send: (data: FormData, form: HTMLFormElement) => Promise<void>, { check, fieldsOf = fieldProblems }: Checks = {}) {
  const [problems, setProblems] = useState<Problems>({});
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const submit = async (form: HTMLFormElement) => {
    if (running.current) return;
    const data = new FormData(form);
    setError(null);
    let found = constraintProblems(form);
    for (const [name, problem] of Object.entries(check?.(data) ?? {})) if (problem !== false) found[name] = problem;
    let failure: unknown = null;
    if (Object.keys(found).length === 0) {
      running.current = true;
      setBusy(true);
      try {
        await send(data, form);
      } catch (error) {
        failure = error;
        found = fieldsOf(error);
      } finally {
        running.current = false;
        setBusy(false);
      }
    }
    // At once, so that what is marked can be found.
    flushSync(() => setProblems(found));
    form.querySelector<HTMLElement>("[aria-invalid]")?.focus();
    // A field that this form does not have can say nothing.
    if (failure !== null && form.querySelector("[aria-invalid], [role=alert]") === null) setError(failure);
  };
  /** A field is filled in anew: what was wrong with it is so no more. */
  const mend = (name: string) => setProblems((before) => (name in before ? Object.fromEntries(Object.entries(before).filter(([other]) => other !== name)) : before));
  return {
    busy,
    /** By field. */
    problems: problems as Partial<Problems>,
    /** What no field is to blame for. */
    error,
    mend,
    props: {
      noValidate: true,
      onInput: ({ target }: FormEvent<HTMLFormElement>) => mend((target as Control).name),
      onSubmit: (event: FormEvent<HTMLFormElement>) => {
        event.preventDefault();
        void submit(event.currentTarget);
      },
    },
  };
}

/** What is wrong by `required`, `type`, `min` and the like, which browsers tell in a bubble of their own. */
export function constraintProblems(form: HTMLFormElement): Problems {
  const problems: Problems = {};
  for (const control of form.querySelectorAll<Control>("input, select, textarea")) {
    const problem = control.willValidate && control.name !== "" ? problemOf(control) : null;
    if (problem !== null) problems[control.name] = problem;
  }
  return problems;
}

function problemOf(control: Control): string | null {
  const { validity, value } = control;
  const { min, max, minLength = -1 } = control as Partial<HTMLInputElement>;
  if (control.type === "number" && (validity.badInput || validity.rangeUnderflow || validity.rangeOverflow || validity.stepMismatch)) return i18next.t("field.number", { min, max });
  // Blanks alone are nothing, and half a date is none.
  if (control.required && value.trim() === "") return i18next.t("field.missing");
  if (validity.rangeUnderflow) return i18next.t(control.type === "date" ? "field.later" : "field.laterTime");
  if (validity.typeMismatch) return i18next.t("field.email");
  // Not by `validity`, to which a text is too short only where a key has put it there.
  if (value !== "" && value.length < minLength) return i18next.t("field.tooShort", { count: minLength });
  return null;
}
