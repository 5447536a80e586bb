import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";

import { auth } from "./api/auth";
import { queryClient } from "./api/client";
import { configQuery, type SessionFilters } from "./api/queries";
import { MemberOutlet, Shell } from "./components/shell";
import { embedded } from "./lib/embed";
import { LIST_VIEWS, type ListView } from "./lib/list-view";
import { ownPath } from "./lib/own-path";
import { CrashPage, NotFoundPage } from "./routes/fallbacks";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage, errorComponent: CrashPage });

const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

async function requireUser({ location, preload }: { location: { href: string }; preload: boolean }) {
  if (embedded) {
    const { enterByParent } = await import("./api/embed");
    if (await enterByParent()) return;
  }
  if ((await auth.ready()) !== null) return;
  if (auth.mayAskIssuer() && !preload && (await leaveForIssuer(location.href))) await new Promise(() => undefined);
  throw redirect({ to: "/signin", search: { next: location.href } });
}

/** Whether the page is being left to ask the issuer who it is. */
async function leaveForIssuer(next: string): Promise<boolean> {
  try {
    const { oidc } = await queryClient.fetchQuery(configQuery);
    if (!oidc) return false;
    const { goToIssuer } = await import("./api/oidc");
    await goToIssuer(oidc, next, true);
    return true;
  } catch {
    return false;
  }
}

async function forGuests({ search }: { search: { next?: string } }) {
  if ((await auth.ready()) !== null) throw redirect({ href: ownPath(search.next), replace: true });
}

const nextSearch = (search: Record<string, unknown>): { next?: string } =>
  typeof search["next"] === "string" ? { next: search["next"] } : {};

const index = createRoute({
  getParentRoute: () => shell,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/sessions", search: {}, replace: true });
  },
});

const signIn = createRoute({
  getParentRoute: () => shell,
  path: "/signin",
  validateSearch: nextSearch,
  beforeLoad: forGuests,
  component: lazyRouteComponent(() => import("./routes/sign-in"), "SignInPage"),
});

const signInCallback = createRoute({
  getParentRoute: () => shell,
  path: "/signin/callback",
  component: lazyRouteComponent(() => import("./routes/sign-in-callback"), "SignInCallbackPage"),
});

const register = createRoute({
  getParentRoute: () => shell,
  path: "/register",
  validateSearch: nextSearch,
  beforeLoad: forGuests,
  component: lazyRouteComponent(() => import("./routes/sign-in"), "RegisterPage"),
});

const member = createRoute({ getParentRoute: () => shell, id: "member", beforeLoad: requireUser, component: MemberOutlet });

const sessions = createRoute({
  getParentRoute: () => member,
  path: "/sessions",
  validateSearch: readListSearch,
  component: lazyRouteComponent(() => import("./routes/sessions"), "SessionsPage"),
});

const session = createRoute({
  getParentRoute: () => member,
  path: "/sessions/$id",
  // Which analysis of one of its recordings is shown.
  validateSearch: (search: Record<string, unknown>): { analysis?: string } =>
    typeof search["analysis"] === "string" && /^[0-9a-f-]{36}$/.test(search["analysis"]) ? { analysis: search["analysis"] } : {},
  component: lazyRouteComponent(() => import("./routes/session"), "SessionPage"),
});

const classes = createRoute({
  getParentRoute: () => member,
  path: "/classes",
  component: lazyRouteComponent(() => import("./routes/classes"), "ClassesPage"),
});

const oneClass = createRoute({
  getParentRoute: () => member,
  path: "/classes/$id",
  component: lazyRouteComponent(() => import("./routes/class"), "ClassPage"),
});

const profile = createRoute({
  getParentRoute: () => member,
  path: "/profile",
  component: lazyRouteComponent(() => import("./routes/profile"), "ProfilePage"),
});

const notifications = createRoute({
  getParentRoute: () => member,
  path: "/notifications",
  validateSearch: (search: Record<string, unknown>): { unread?: true } => (search["unread"] === true ? { unread: true } : {}),
  component: lazyRouteComponent(() => import("./routes/notifications"), "NotificationsPage"),
});

const bookings = createRoute({
  getParentRoute: () => member,
  path: "/bookings",
  component: lazyRouteComponent(() => import("./routes/bookings"), "BookingsPage"),
});

const adminIndex = createRoute({
  getParentRoute: () => member,
  path: "/admin",
  beforeLoad: () => {
    throw redirect({ to: "/admin/$section", params: { section: "overview" }, replace: true });
  },
});

const admin = createRoute({
  getParentRoute: () => member,
  path: "/admin/$section",
  component: lazyRouteComponent(() => import("./routes/admin/admin"), "AdminPage"),
});

export const loadLive = () => import("./routes/live/live");

const live = createRoute({
  getParentRoute: () => root,
  path: "/sessions/$id/live",
  beforeLoad: requireUser,
  component: lazyRouteComponent(loadLive, "LivePage"),
});

const meeting = createRoute({
  getParentRoute: () => root,
  path: "/meeting/$id",
  beforeLoad: requireUser,
  component: lazyRouteComponent(loadLive, "LivePage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    shell.addChildren([index, signIn, signInCallback, register, member.addChildren([sessions, session, classes, oneClass, profile, notifications, bookings, adminIndex, admin])]),
    live,
    meeting,
  ]),
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

/** What does not fit is left out, so that an old link still opens the list. */
export function readListSearch(search: Record<string, unknown>): SessionFilters & { view?: ListView } {
  const one = <T extends string>(key: string, values: readonly T[]) => values.find((value) => value === search[key]);
  const text = (key: string, pattern: RegExp) => {
    const value = search[key];
    return (typeof value === "string" || typeof value === "number") && pattern.test(String(value)) ? String(value) : undefined;
  };
  const known = {
    view: one("view", LIST_VIEWS),
    status: one("status", ["upcoming", "live", "ended", "cancelled"] as const),
    kind: one("kind", ["INTERVIEW", "MENTORING", "CLASS"] as const),
    classId: text("classId", /^[0-9a-f-]{36}$/),
    q: text("q", /^.{1,200}$/u),
    from: text("from", /^\d{4}-\d{2}-\d{2}$/),
    to: text("to", /^\d{4}-\d{2}-\d{2}$/),
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}
