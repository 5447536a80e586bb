// Signs in, lists sessions and keeps the list fresh, and enters a room: all that a front end of one's own begins with.
import { createRest, LiveRoom, ProblemError, type Session, type SessionEvent, type TokenSource, Topics, unwrap, type User } from "@mockly/client";

const part = (id: string) => document.getElementById(id)!;
const sockets = location.origin.replace("http", "ws");

/** Tokens come from wherever yours come from; here from an own account, which is renewed by its cookie. */
let token: string | null = null;
const tokens: TokenSource = {
  token: () => Promise.resolve(token),
  renew: async () => {
    token = await unwrap(anonymous.POST("/api/auth/refresh", { body: {} })).then(
      ({ accessToken }) => accessToken,
      () => null,
    );
    return token;
  },
};
const anonymous = createRest({ tokens: { token: () => Promise.resolve(null), renew: () => Promise.resolve(null) } });
const rest = createRest({ tokens });
const topics = new Topics({ url: `${sockets}/ws`, tokens, onLink: (link) => (document.title = `@mockly/client: ${link}`) });
let room: LiveRoom | null = null;

part("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target as HTMLFormElement);
  void signIn(String(form.get("email")), String(form.get("password")));
});

part("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  // Shown at once; sent now, or when the connection is back.
  room?.chat(String(new FormData(form).get("text")), "CHAT");
  form.reset();
});

async function signIn(email: string, password: string) {
  try {
    const { accessToken, user } = await unwrap(anonymous.POST("/api/auth/login", { body: { email, password } }));
    token = accessToken;
    // Reads at the first subscription and after gaps; in between every change is told.
    topics.subscribe<SessionEvent>(`/topic/users/${encodeURIComponent(user.id)}/sessions`, () => void list(user), () => void list(user));
  } catch (error) {
    alert(error instanceof ProblemError ? `${error.code}: ${error.detail}` : String(error));
  }
}

async function list(user: User) {
  const { sessions } = await unwrap(rest.GET("/api/sessions", { params: { query: { sort: "live", size: 20 } } }));
  part("sessions").replaceChildren(
    ...sessions.map((session) => {
      const button = document.createElement("button");
      button.textContent = `${session.title} (${session.status}, ${session.participantCount} here)`;
      button.disabled = session.status !== "ACTIVE";
      button.onclick = () => enter(session, user);
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
}

/** Entering the door is joining; there is nothing to ask before. */
function enter(session: Session, user: User) {
  room?.stop();
  const entered = (room = new LiveRoom({ origin: sockets, sessionId: session.id, user, rest }));
  entered.subscribe(() => {
    const { status, view } = entered.get();
    part("people").textContent = `${status.state}: ${view.participants.map(({ displayName, online }) => displayName + (online ? "" : " (away)")).join(", ")}`;
    part("messages").replaceChildren(
      ...view.messages.map(({ displayName, chatContent, state }) => {
        const item = document.createElement("li");
        item.textContent = `${displayName}: ${chatContent}${state === "stored" ? "" : ` (${state})`}`;
        return item;
      }),
    );
  });
  entered.start();
}
