/** Dates, times and lengths, in the page's language and the viewer's time zone. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * The viewer's own kind of the page's language, such as "en-GB" for English: who reads 17:00 and who 5:00 PM is a matter of
 * where one lives.
 */
export function localeOf(language: string): string {
  // Outside of browsers, in tests, there is no list.
  return (globalThis.navigator?.languages ?? []).find((tag) => tag.startsWith(`${language}-`)) ?? language;
}

export function dateTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

export function dateTimeZone(iso: string, language: string): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    weekday: "long",
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "long",
  }).format(new Date(iso));
}

/** From its beginning to its end, such as "26 Nov 2026, 10:00–11:00". */
export function dateTimeRange(iso: string, durationMin: number, language: string): string {
  const from = new Date(iso);
  const format = new Intl.DateTimeFormat(localeOf(language), { weekday: "short", year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
  return format.formatRange(from, new Date(from.getTime() + durationMin * 60_000));
}

export function timeOnly(ms: number, language: string, withSeconds = false): string {
  return new Intl.DateTimeFormat(localeOf(language), { timeStyle: withSeconds ? "medium" : "short" }).format(new Date(ms));
}

/** Whether two moments are on one day, in the viewer's zone. */
export function sameDay(one: string, other: string): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/** Such as "Central European Standard Time (Europe/Berlin)". */
export function zoneName(language: string): string {
  const part = new Intl.DateTimeFormat(localeOf(language), { timeZoneName: "long" }).formatToParts().find(({ type }) => type === "timeZoneName");
  return part === undefined ? zone : `${part.value} (${zone})`;
}

/** Such as "Ada, Bob and Carol". */
export function listed(names: string[], language: string): string {
  return new Intl.ListFormat(localeOf(language)).format(names);
}

/** Such as 1:02:03 or 02:03. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${parts.join(":")}` : parts.join(":");
}

/** Such as "5 min" or "1 hr, 5 min". */
export function minutes(total: number, language: string): string {
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(localeOf(language), { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  const hours = Math.floor(total / 60);
  const rest = total % 60;
  if (hours === 0) return unit(rest, "minute");
  return rest === 0 ? unit(hours, "hour") : `${unit(hours, "hour")} ${unit(rest, "minute")}`;
}

/** Seconds as people say them. */
export function seconds(total: number, language: string): string {
  if (total >= 60) return minutes(Math.round(total / 60), language);
  return new Intl.NumberFormat(localeOf(language), { style: "unit", unit: "second", unitDisplay: "short" }).format(total);
}

/** Such as "1.4 MB". */
export function bytes(total: number, language: string): string {
  const names = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = Math.min(Math.floor(Math.log10(Math.max(total, 1)) / 3), names.length - 1);
  return new Intl.NumberFormat(localeOf(language), { style: "unit", unit: names[step], unitDisplay: step === 0 ? "long" : "short", maximumFractionDigits: step === 0 ? 0 : 1 }).format(total / 1000 ** step);
}

/** The value of an `<input type="datetime-local">`, in the viewer's zone. */
export function toLocalInput(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
