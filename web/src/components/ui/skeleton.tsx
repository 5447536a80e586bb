import { cn } from "@/lib/cn";

export function Skeleton({ className }: { className?: string }) {
  return <div data-slot="skeleton" className={cn("animate-pulse rounded-lg bg-muted", className)} />;
}
