import type { ComponentProps } from "react";
import { Tabs as Radix } from "radix-ui";

import { cn } from "@/lib/cn";

export const Tabs = Radix.Root;

export function TabsList({ className, ...props }: ComponentProps<typeof Radix.List>) {
  return <Radix.List data-slot="tabs-list" className={cn("flex gap-1 rounded-lg bg-muted p-1", className)} {...props} />;
}

export function TabsTrigger({ className, ...props }: ComponentProps<typeof Radix.Trigger>) {
  return (
    <Radix.Trigger
      data-slot="tabs-trigger"
      className={cn(
        "flex min-h-8 min-w-min flex-auto items-center justify-center gap-1.5 rounded-md px-1.5 py-1 text-sm leading-tight font-medium wrap-normal text-muted-foreground",
        "data-[state=active]:bg-card data-[state=active]:text-foreground data-[state=active]:shadow-xs",
        className,
      )}
      {...props}
    />
  );
}

export const TabsContent = Radix.Content;
