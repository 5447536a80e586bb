import type { Config } from "@mockly/client";
import * as oauth from "oauth4webapi";

import type { Foreign, Tokens } from "./auth";

/*
 * Signing in at an OIDC issuer: the authorization code flow with PKCE (RFC 7636), all of it in the page. Loaded only
 * where somebody signs in so.
 *
 * Tokens live in memory alone. A page that is loaded anew asks the issuer once, without a prompt, by going there and
 * back.
 */

export type Issuer = NonNullable<Config["oidc"]>;

/** Where the issuer sends the browser back to; it must know this address. */
export const CALLBACK = "/signin/callback";
const PENDING = "mockly.oidc";

/** What must be remembered while the browser is at the issuer. */
interface Pending {
  state: string;
  nonce: string;
  verifier: string;
  /** Where the user wanted to go. */
  next: string;
  /** Whether the issuer was asked not to show anything. */
  silent: boolean;
}

/** Why it did not work, as far as users can do something about it. */
export type OidcFault = "insecure" | "unreachable" | "stale" | "declined" | "refused";

export class OidcError extends Error {
  override readonly name = "OidcError";

  constructor(
    readonly fault: OidcFault,
    readonly next: string,
    /** Whether nobody was asked anything, so that nobody need hear of it. */
    readonly silent: boolean,
  ) {
    super(fault);
  }
}

/** Leaves the page for the issuer's. */
export async function goToIssuer(issuer: Issuer, next: string, silent = false): Promise<void> {
  // Browsers hash for secure pages alone, and PKCE needs a hash.
  if (!isSecureContext) throw new OidcError("insecure", next, silent);
  const server = await discover(issuer, next, silent);
  const pending: Pending = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    next,
    silent,
  };
  const url = new URL(server.authorization_endpoint!);
  const scopes = ["openid", "profile", "email", "offline_access"];
  const offered = server.scopes_supported;
  for (const [name, value] of Object.entries({
    client_id: issuer.clientId,
    redirect_uri: callbackUrl(),
    response_type: "code",
    scope: scopes.filter((scope) => scope === "openid" || offered === undefined || offered.includes(scope)).join(" "),
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: "S256",
    ...forAudience(issuer),
    ...(silent ? { prompt: "none" } : {}),
  })) {
    url.searchParams.set(name, value);
  }
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  location.assign(url);
}

/** Takes what the issuer sent the browser back with. Works once; the answer to another attempt is refused. */
export async function comeBack(issuer: Issuer): Promise<{ tokens: Tokens; foreign: Foreign; next: string }> {
  const stored = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  if (stored === null) throw new OidcError("stale", "/", false);
  const { state, nonce, verifier, next, silent } = JSON.parse(stored) as Pending;
  const server = await discover(issuer, next, silent);
  const client: oauth.Client = { client_id: issuer.clientId };
  try {
    const answer = oauth.validateAuthResponse(server, client, new URL(location.href), state);
    const options = { ...insecure(issuer), additionalParameters: forAudience(issuer) };
    const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), answer, callbackUrl(), verifier, options);
    const told = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true });
    const foreign = new IssuerTokens(issuer, server, told.refresh_token ?? null, told.id_token ?? null);
    return { tokens: tokensOf(told), foreign, next };
  } catch (error) {
    throw new OidcError(faultOf(error), next, silent);
  }
}

/** Renews tokens for as long as the issuer lets it, and says where signing out goes on. */
class IssuerTokens implements Foreign {
  readonly #issuer: Issuer;
  readonly #server: oauth.AuthorizationServer;
  #refreshToken: string | null;
  #idToken: string | null;

  constructor(issuer: Issuer, server: oauth.AuthorizationServer, refreshToken: string | null, idToken: string | null) {
    this.#issuer = issuer;
    this.#server = server;
    this.#refreshToken = refreshToken;
    this.#idToken = idToken;
  }

  async renew(): Promise<Tokens | null> {
    if (this.#refreshToken === null) return null;
    const client: oauth.Client = { client_id: this.#issuer.clientId };
    const options = { ...insecure(this.#issuer), additionalParameters: forAudience(this.#issuer) };
    const response = await oauth.refreshTokenGrantRequest(this.#server, client, oauth.None(), this.#refreshToken, options);
    try {
      const told = await oauth.processRefreshTokenResponse(this.#server, client, response);
      this.#refreshToken = told.refresh_token ?? this.#refreshToken;
      this.#idToken = told.id_token ?? this.#idToken;
      return tokensOf(told);
    } catch (error) {
      // Only the issuer's word ends it; what is no answer of it does not.
      if (!(error instanceof oauth.ResponseBodyError) || error.status >= 500) throw error;
      this.#refreshToken = null;
      return null;
    }
  }

  /** Where the session at the issuer is ended, so that the next person at this machine is not signed in by it. */
  signOutUrl(): string | null {
    const { end_session_endpoint: endpoint } = this.#server;
    if (endpoint === undefined) return null;
    const url = new URL(endpoint);
    url.searchParams.set("client_id", this.#issuer.clientId);
    url.searchParams.set("post_logout_redirect_uri", `${location.origin}/signin`);
    if (this.#idToken !== null) url.searchParams.set("id_token_hint", this.#idToken);
    return url.href;
  }
}

async function discover(issuer: Issuer, next: string, silent: boolean): Promise<oauth.AuthorizationServer> {
  try {
    const url = new URL(issuer.issuer);
    const response = await oauth.discoveryRequest(url, { algorithm: "oidc", ...insecure(issuer) });
    const server = await oauth.processDiscoveryResponse(url, response);
    if (server.authorization_endpoint === undefined) throw new TypeError("it has no authorization endpoint");
    return server;
  } catch {
    throw new OidcError("unreachable", next, silent);
  }
}

function tokensOf(told: oauth.TokenEndpointResponse): Tokens {
  return { accessToken: told.access_token, expiresIn: told.expires_in ?? 300 };
}

/**
 * An access token for us. Some issuers are asked by `audience`, others, as RFC 8707 has it, by `resource`, which is an
 * address.
 */
function forAudience({ audience }: Issuer): Record<string, string> {
  return /^https?:/.test(audience) ? { audience, resource: audience } : { audience };
}

/** The server takes issuers without TLS in development alone. */
function insecure({ issuer }: Issuer) {
  return { [oauth.allowInsecureRequests]: issuer.startsWith("http:") };
}

function callbackUrl(): string {
  return location.origin + CALLBACK;
}

function faultOf(error: unknown): OidcFault {
  if (error instanceof oauth.AuthorizationResponseError) return error.error === "access_denied" ? "declined" : "refused";
  // The state is not the one that was sent, the nonce is another's, or the code was used already.
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.ResponseBodyError) return "stale";
  return "unreachable";
}
