import type { Foreign, Tokens } from "./auth";
import { auth } from "./auth";
import { queryClient } from "./client";
import { configQuery } from "./queries";
import { allowParents, tokenOfParent } from "@/lib/embed";

/** Time for the page around to ask its own server. */
const WITHIN_MS = 5_000;

const parent: Foreign = {
  async renew() {
    const token = await tokenOfParent(WITHIN_MS);
    return token === null ? null : tokensOf(token);
  },
  signOutUrl: () => null,
};

/** Signs in with a token of the page around; whether it gave one that the server takes. */
export async function enterByParent(): Promise<boolean> {
  try {
    const { embedOrigins } = await queryClient.fetchQuery(configQuery);
    allowParents(embedOrigins);
    if ((await auth.ready()) !== null) return true;
    const tokens = await parent.renew();
    if (tokens === null) return false;
    await auth.enter(tokens, parent, false);
    return true;
  } catch {
    return false;
  }
}

/** How long a token is good stands in it; the server checks the rest of it. */
function tokensOf(accessToken: string): Tokens {
  try {
    const [, payload = ""] = accessToken.split(".");
    const { exp } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))) as { exp?: number };
    return { accessToken, expiresIn: exp === undefined ? 300 : exp - Date.now() / 1000 };
  } catch {
    return { accessToken, expiresIn: 300 };
  }
}
