import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { Link, Navigate, Outlet, useRouter, useRouterState } from "@tanstack/react-router";
import { CalendarCheck, CalendarDays, GraduationCap, Languages, LogOut, Menu, Monitor, Moon, Sun, UserRound, Wrench } from "lucide-react";
import { useTranslation } from "react-i18next";

import { auth } from "@/api/auth";
import { queryClient, topics } from "@/api/client";
import { useIdentity, useUserTopic, useWithoutTopics } from "@/api/use-topics";
import { type Language, LANGUAGES, setLanguage } from "@/i18n";
import { cn } from "@/lib/cn";
import { useOffline } from "@/lib/offline";
import { type Theme, setTheme, useTheme } from "@/lib/theme";
import { dismissToasts } from "@/lib/toast";

import { Bell } from "./bell";
import { Avatar } from "./ui/avatar";
import { Button } from "./ui/button";
import type { ToastPlace } from "./ui/sonner";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "./ui/dropdown-menu";

const Toaster = lazy(() => import("./ui/sonner").then(({ Toaster }) => ({ default: Toaster })));

/** What stands around every page but the live ones. */
export function Shell() {
  const { t } = useTranslation();
  const user = useIdentity();
  useUserTopic(user?.id);
  const link = useWithoutTopics();
  const offline = useOffline();
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-lg focus:bg-primary focus:px-4 focus:py-2 focus:text-primary-foreground"
      >
        {t("nav.skip")}
      </a>
      {/* No blur on a telephone: what is filtered holds its fixed parts within itself, and the navigation is one. */}
      <header className="sticky top-0 z-30 border-b border-border bg-background sm:bg-background/90 sm:backdrop-blur">
        <div className="mx-auto flex h-14 max-w-6xl items-center gap-2 px-4 sm:gap-6 sm:px-6">
          <Link to="/" className="flex items-center gap-2 rounded-lg font-semibold">
            <img src="/icon.svg" alt="" className="size-7" />
            {t("product")}
          </Link>
          {user && <MainNav />}
          <div className="ml-auto flex items-center gap-1">
            {user && <Bell userId={user.id} />}
            {user ? <UserMenu name={user.displayName} admin={user.roles.includes("ADMIN")} /> : <GuestMenu />}
          </div>
        </div>
      </header>
      <div role="status" data-testid="connection-state">
        {user && (offline || link === "lost") && (
          <p className="bg-warning-soft px-4 py-2 text-center text-sm text-warning">{t(offline ? "connection.offline" : "connection.lost")}</p>
        )}
      </div>
      {user && link === "failed" && !offline && (
        <div role="alert" className="flex flex-wrap items-center justify-center gap-x-4 gap-y-2 bg-danger-soft px-4 py-2 text-sm text-destructive">
          <p>{t("connection.topicsFailed")}</p>
          <Button variant="outline" size="sm" onClick={() => topics.retry()}>
            {t("common.retry")}
          </Button>
        </div>
      )}
      <main id="main" tabIndex={-1} className={cn("mx-auto w-full max-w-6xl flex-1 px-4 py-6 outline-hidden sm:px-6 sm:py-8", user && "pb-24 sm:pb-8")}>
        <Outlet />
      </main>
      <AppToaster />
    </div>
  );
}

/** Leads to the sign-in when a session runs out while a page is open. */
export function MemberOutlet() {
  return useIdentity() === null ? <ToSignIn /> : <Outlet />;
}

function ToSignIn() {
  const router = useRouter();
  // The page that was left, once: on the way the router's own location is the sign-in's already.
  const [next] = useState(() => router.state.location.href);
  return <Navigate to="/signin" search={{ next }} replace />;
}

/** One place for toasts, on pages within the shell and without. What a page has told goes with it, and what is about a session goes where one comes to its page. */
export function AppToaster({ within }: { within?: ToastPlace }) {
  const { dark } = useTheme();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => {
    dismissToasts(({ session }) => session !== undefined && path.includes(session));
    return () => dismissToasts(({ anywhere }) => anywhere !== true);
  }, [path]);
  return (
    <Suspense>
      <Toaster dark={dark} within={within} />
    </Suspense>
  );
}

/** Beside the name of the product; on a telephone at the lower edge, where thumbs are. */
function MainNav() {
  const { t } = useTranslation();
  return (
    <nav
      aria-label={t("nav.main")}
      className="fixed inset-x-0 bottom-0 z-30 flex border-t border-border bg-background pb-[env(safe-area-inset-bottom)] sm:static sm:gap-1 sm:border-0 sm:bg-transparent sm:pb-0"
    >
      <NavItem to="/sessions" icon={<CalendarDays aria-hidden />} label={t("nav.sessions")} />
      <NavItem to="/classes" icon={<GraduationCap aria-hidden />} label={t("nav.classes")} />
      <NavItem to="/bookings" icon={<CalendarCheck aria-hidden />} label={t("nav.bookings")} />
    </nav>
  );
}

function NavItem({ to, icon, label }: { to: "/sessions" | "/classes" | "/bookings"; icon: ReactNode; label: string }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <Link
      to={to}
      search={{}}
      className={cn(
        "flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs font-medium transition-colors [&_svg]:size-5",
        "sm:h-9 sm:flex-none sm:flex-row sm:gap-2 sm:rounded-lg sm:px-3 sm:text-sm sm:[&_svg]:size-4",
        path.startsWith(to) ? "text-primary sm:bg-accent sm:text-accent-foreground" : "text-muted-foreground hover:text-foreground",
      )}
      {...(path === to ? { "aria-current": "page" as const } : {})}
    >
      {icon}
      {label}
    </Link>
  );
}

function UserMenu({ name, admin }: { name: string; admin: boolean }) {
  const { t } = useTranslation();
  const signOut = async () => {
    const next = await auth.signOut();
    topics.stop();
    queryClient.clear();
    location.assign(next);
  };
  return (
    <DropdownMenu>
      <DropdownMenuTrigger>
        <Button variant="ghost" className="px-2" aria-label={t("nav.account", { name })}>
          <Avatar name={name} />
          <span className="hidden max-w-40 truncate md:inline">{name}</span>
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <DropdownMenuItem asChild>
          <Link to="/profile">
            <UserRound aria-hidden />
            {t("nav.profile")}
          </Link>
        </DropdownMenuItem>
        {admin && (
          <DropdownMenuItem asChild>
            <Link to="/admin/$section" params={{ section: "overview" }}>
              <Wrench aria-hidden />
              {t("nav.admin")}
            </Link>
          </DropdownMenuItem>
        )}
        <DropdownMenuSeparator />
        <Choices />
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={() => void signOut()}>
          <LogOut aria-hidden />
          {t("nav.signOut")}
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function GuestMenu() {
  const { t } = useTranslation();
  return (
    <DropdownMenu>
      <DropdownMenuTrigger>
        <Button variant="ghost" size="icon" aria-label={t("nav.settings")}>
          <Menu aria-hidden />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <Choices />
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function Choices() {
  const { t, i18n } = useTranslation();
  const { theme } = useTheme();
  return (
    <>
      <DropdownMenuRadioGroup label={t("nav.theme")} value={theme} onValueChange={(value) => setTheme(value as Theme)}>
        <DropdownMenuRadioItem value="system">
          <Monitor aria-hidden />
          {t("theme.system")}
        </DropdownMenuRadioItem>
        <DropdownMenuRadioItem value="light">
          <Sun aria-hidden />
          {t("theme.light")}
        </DropdownMenuRadioItem>
        <DropdownMenuRadioItem value="dark">
          <Moon aria-hidden />
          {t("theme.dark")}
        </DropdownMenuRadioItem>
      </DropdownMenuRadioGroup>
      <DropdownMenuSeparator />
      <DropdownMenuRadioGroup label={t("nav.language")} value={i18n.language} onValueChange={(value) => void setLanguage(value as Language)}>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <DropdownMenuRadioItem key={code} value={code} lang={code}>
            <Languages aria-hidden />
            {name}
          </DropdownMenuRadioItem>
        ))}
      </DropdownMenuRadioGroup>
    </>
  );
}
