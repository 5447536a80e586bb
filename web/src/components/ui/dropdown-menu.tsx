import { type ComponentProps, createContext, type KeyboardEvent, type ReactElement, type ReactNode, use, useEffect, useId, useRef, useState } from "react";
import { Slot } from "radix-ui";

import { cn } from "@/lib/cn";

/**
 * A menu button by the ARIA pattern, over the browser's own popover: it lies above everything, closes by Escape and by a
 * click elsewhere. Written here because the usual one brings 25 kB of positioning to every page.
 */
interface Menu {
  id: string;
  open: boolean;
  side: "top" | "bottom";
  trigger: React.RefObject<HTMLElement | null>;
  content: React.RefObject<HTMLDivElement | null>;
  setOpen: (open: boolean) => void;
}

const Context = createContext<Menu | null>(null);
const Group = createContext<{ value: string; choose: (value: string) => void }>({ value: "", choose: () => undefined });

function useMenu(): Menu {
  const menu = use(Context);
  if (menu === null) throw new Error("a part of a menu stands outside of one");
  return menu;
}

const MARGIN = 8;
const ITEM = "[role^=menuitem]:not([aria-disabled=true])";

export function DropdownMenu({ side = "bottom", children }: { side?: "top" | "bottom"; children: ReactNode }) {
  const id = useId();
  const trigger = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  return <Context value={{ id, open, side, trigger, content, setOpen }}>{children}</Context>;
}

export function DropdownMenuTrigger({ children }: { children: ReactElement }) {
  const { id, open, trigger, setOpen } = useMenu();
  return (
    <Slot.Root
      ref={trigger}
      aria-haspopup="menu"
      aria-expanded={open}
      aria-controls={open ? id : undefined}
      onClick={() => setOpen(!open)}
      onKeyDown={(event) => {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
          event.preventDefault();
          setOpen(true);
        }
      }}
    >
      {children}
    </Slot.Root>
  );
}

export function DropdownMenuContent({ className, children }: { className?: string; children: ReactNode }) {
  const { open } = useMenu();
  return open ? <Content className={className}>{children}</Content> : null;
}

function Content({ className, children }: { className: string | undefined; children: ReactNode }) {
  const { id, side, trigger, content, setOpen } = useMenu();
  useEffect(() => {
    const element = content.current;
    const button = trigger.current;
    if (element === null || button === null) return;
    const place = () => {
      const { top, bottom, right } = button.getBoundingClientRect();
      const above = side === "top" || (innerHeight - bottom < element.offsetHeight + MARGIN && top > innerHeight - bottom);
      const room = (above ? top : innerHeight - bottom) - 2 * MARGIN;
      element.style.maxHeight = `${room}px`;
      element.style.left = `${Math.min(Math.max(MARGIN, right - element.offsetWidth), innerWidth - element.offsetWidth - MARGIN)}px`;
      element.style.top = `${above ? top - Math.min(room, element.offsetHeight) - MARGIN / 2 : bottom + MARGIN / 2}px`;
    };
    element.showPopover();
    place();
    element.querySelector<HTMLElement>(ITEM)?.focus({ preventScroll: true });
    // Whoever scrolls has left the menu behind.
    const close = (event: Event) => {
      if (!(event.target instanceof Node) || !element.contains(event.target)) setOpen(false);
    };
    window.addEventListener("resize", place);
    window.addEventListener("scroll", close, true);
    // A click on the button itself is the button's to answer.
    const onPointerDown = (event: PointerEvent) => {
      const target = event.target as Node;
      if (!element.contains(target) && !button.contains(target)) setOpen(false);
    };
    document.addEventListener("pointerdown", onPointerDown, true);
    return () => {
      window.removeEventListener("resize", place);
      window.removeEventListener("scroll", close, true);
      document.removeEventListener("pointerdown", onPointerDown, true);
    };
  }, [content, trigger, side, setOpen]);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>(ITEM)];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    const to = moves[event.key] ?? (event.key.length === 1 && /\S/.test(event.key) ? startingWith(items, at, event.key) : undefined);
    if (to !== undefined) {
      event.preventDefault();
      items.at(to % items.length)?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
      trigger.current?.focus();
    }
  };
  return (
    <div
      ref={content}
      id={id}
      role="menu"
      popover="manual"
      tabIndex={-1}
      aria-label={trigger.current?.getAttribute("aria-label") ?? undefined}
      data-slot="dropdown-menu-content"
      onKeyDown={onKeyDown}
      className={cn("fixed inset-auto m-0 min-w-52 overflow-y-auto rounded-lg border border-border bg-popover p-1 text-popover-foreground shadow-lg", className)}
    >
      {children}
    </div>
  );
}

const ITEM_CLASS =
  "relative flex min-h-9 w-full cursor-pointer items-center gap-2 rounded-md px-2.5 py-1.5 text-left text-sm outline-hidden select-none " +
  "hover:bg-accent focus:bg-accent focus:text-accent-foreground aria-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0";

interface ItemProps extends Omit<ComponentProps<"div">, "onSelect"> {
  disabled?: boolean;
  asChild?: boolean;
  onSelect?: () => void;
}

export function DropdownMenuItem({ className, disabled = false, asChild = false, onSelect, ...props }: ItemProps) {
  const { setOpen, trigger } = useMenu();
  const Tag = asChild ? Slot.Root : "div";
  const select = () => {
    if (disabled) return;
    setOpen(false);
    trigger.current?.focus();
    onSelect?.();
  };
  return (
    <Tag
      role="menuitem"
      tabIndex={-1}
      aria-disabled={disabled || undefined}
      data-slot="dropdown-menu-item"
      className={cn(ITEM_CLASS, className)}
      onClick={select}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.currentTarget.click();
      }}
      {...props}
    />
  );
}

export function DropdownMenuRadioGroup({ label, value, onValueChange, children }: { label: string; value: string; onValueChange: (value: string) => void; children: ReactNode }) {
  return (
    <Group value={{ value, choose: onValueChange }}>
      <div role="group" aria-label={label}>
        <div aria-hidden className="px-2.5 py-1.5 text-xs font-medium text-muted-foreground">
          {label}
        </div>
        {children}
      </div>
    </Group>
  );
}

export function DropdownMenuRadioItem({ value, className, children, lang }: { value: string; className?: string; children: ReactNode; lang?: string }) {
  const group = use(Group);
  const checked = group.value === value;
  const choose = () => group.choose(value);
  return (
    <div
      role="menuitemradio"
      aria-checked={checked}
      tabIndex={-1}
      lang={lang}
      className={cn(ITEM_CLASS, checked && "font-semibold", className)}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        choose();
      }}
    >
      <span aria-hidden className={cn("size-2 shrink-0 rounded-full", checked ? "bg-primary" : "bg-transparent")} />
      {children}
    </div>
  );
}

export function DropdownMenuSeparator() {
  return <hr className="my-1 border-border" />;
}

/** The next item from here whose text begins so. */
function startingWith(items: HTMLElement[], from: number, letter: string): number | undefined {
  const order = items.map((_, index) => (from + 1 + index) % items.length);
  return order.find((index) => items[index]?.textContent?.trim().toLowerCase().startsWith(letter.toLowerCase()));
}
