/** A time that can be booked. */
export interface Slot {
  /** Such as "09:15", in the viewer's zone. */
  value: string;
  at: Date;
}

const STEP_MIN = 15;

/** The times of a day, such as "2026-11-26", that are still to come and that there are: clocks put forward skip some. */
export function slots(day: string, now: number): Slot[] {
  const found: Slot[] = [];
  for (let minute = 0; minute < 24 * 60; minute += STEP_MIN) {
    const value = [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
    const at = new Date(`${day}T${value}`);
    if (at.getTime() > now && at.getHours() * 60 + at.getMinutes() === minute) found.push({ value, at });
  }
  return found;
}
