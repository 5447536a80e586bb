import { cn } from "@/lib/cn";

/** Initials on a colour that stays the same for a name. The name itself stands beside it, so it is hidden from readers. */
export function Avatar({ name, className }: { name: string; className?: string }) {
  return (
    <span
      aria-hidden
      data-slot="avatar"
      data-initials={initials(name)}
      style={{ backgroundColor: `oklch(0.47 0.12 ${hue(name)})` }}
      className={cn(
        // As generated content the initials are no part of a button's name.
        "before:content-[attr(data-initials)] inline-flex size-8 shrink-0 items-center justify-center rounded-full text-xs font-semibold text-white",
        className,
      )}
    />
  );
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? "")][0] ?? "?";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return (first + last).toUpperCase();
}

function hue(name: string): number {
  let sum = 0;
  for (const sign of name) sum = (sum * 31 + sign.codePointAt(0)!) % 360;
  return sum;
}
