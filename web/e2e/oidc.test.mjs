// Signing in at a real OIDC provider, by the code flow with PKCE that the page runs.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";

import { Provider } from "oidc-provider";

import { World, checkPage, freePort, until } from "./harness.mjs";

const AUDIENCE = "https://mockly.example/api";
let world, issuer, page, url;

before(async () => {
  world = await World.start(async (pages) => {
    url = pages;
    issuer = await startIssuer(pages);
    return { OIDC_ISSUER: issuer.issuer, OIDC_AUDIENCE: AUDIENCE, OIDC_CLIENT_ID: "mockly-web" };
  });
  page = await world.person(null);
});
after(async () => {
  await world?.stop();
  issuer?.server.closeAllConnections();
  issuer?.server.close();
});

async function startIssuer(pages) {
  const port = await freePort();
  const address = `http://localhost:${port}`;
  const account = (id) => ({ accountId: id, claims: () => ({ sub: id, name: "Olga Owen", email: "olga@example.org" }) });
  const provider = new Provider(address, {
    clients: [
      {
        client_id: "mockly-web",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        redirect_uris: [`${pages}/signin/callback`],
        post_logout_redirect_uris: [`${pages}/signin`],
      },
    ],
    clientBasedCORS: (_, origin) => origin === pages,
    findAccount: (_, id) => account(id),
    claims: { profile: ["name"], email: ["email"] },
    scopes: ["openid", "profile", "email", "offline_access"],
    issueRefreshToken: () => true,
    extraTokenClaims: () => ({ name: "Olga Owen", email: "olga@example.org" }),
    // The page renews what has less than half a minute left, so this one after two seconds.
    ttl: { AccessToken: 32, Grant: 3600, IdToken: 600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
    features: {
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: "", audience: AUDIENCE, accessTokenFormat: "jwt", jwt: { sign: { alg: "RS256" } } }),
      },
    },
  });
  const server = provider.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { issuer: address, server, host: `localhost:${port}` };
}

const heading = (name) => page.getByRole("heading", { level: 1, name }).waitFor();
const toIssuer = () => page.getByRole("button", { name: `Sign in with ${issuer.host}` }).click();

async function answerIssuer() {
  await page.locator("input[name=login]").fill("olga");
  await page.locator("input[name=password]").fill("anything");
  await page.locator("button[type=submit]").click();
}

test("somebody who calls it off there is told so, and may try again", async () => {
  await page.goto(`${url}/sessions?status=live`);
  await heading("Sign in");
  await page.getByRole("button", { name: `Sign in with ${issuer.host}` }).waitFor();
  await checkPage(page, "sign in, with an issuer");
  await toIssuer();
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("alert").getByText("Signing in was called off there.").waitFor();
  await checkPage(page, "called off");
  await page.getByRole("button", { name: "Try again" }).click();
  await heading("Sign in");
});

test("signing in leads to where one wanted to go, and leaves no token behind", async () => {
  await toIssuer();
  await answerIssuer();
  // What the page may know of the user.
  await page.locator("button[type=submit]").click();
  await page.waitForURL("**/sessions?status=live");
  await page.getByRole("button", { name: "Account of Olga Owen" }).waitFor();
  await page.getByText("No sessions match these filters.").waitFor();
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.doesNotMatch(stored, /eyJ/, "a token is kept where other scripts can read it");
  assert.doesNotMatch(stored, /verifier/, "what is needed once is still there");
});

test("a token that runs out is renewed without a word", async () => {
  const renewed = page.waitForResponse((answer) => answer.url() === `${issuer.issuer}/token` && answer.request().postData().includes("grant_type=refresh_token"));
  let typed = "";
  await until("the token is renewed", () => {
    typed += "a";
    return Promise.race([renewed, page.getByLabel("Search by title").fill(typed).then(() => new Promise((done) => setTimeout(done, 500)))]);
  });
  assert.equal((await renewed).status(), 200);
  await page.getByText("No sessions match these filters.").waitFor();
});

test("a page that is loaded anew asks the issuer without a prompt", async () => {
  // It goes on to the issuer by itself.
  await page.goto(`${url}/classes`, { waitUntil: "commit" });
  await heading("Classes");
  await page.getByRole("button", { name: "Account of Olga Owen" }).waitFor();
});

test("an answer that this page did not ask for is refused", async () => {
  await page.goto(`${url}/signin/callback?code=stolen&state=stolen&iss=${encodeURIComponent(issuer.issuer)}`);
  await page.getByRole("alert").getByText("This attempt to sign in is over or was begun elsewhere.").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await heading("Sign in");
  // The answer to an attempt of one's own, but with somebody else's state.
  const forged = `${url}/signin/callback?code=stolen&state=stolen&iss=${encodeURIComponent(issuer.issuer)}`;
  await page.route(`${issuer.issuer}/auth?*`, (route) => route.fulfill({ status: 302, headers: { Location: forged } }), { times: 1 });
  await toIssuer();
  await page.getByRole("alert").getByText("This attempt to sign in is over or was begun elsewhere.").waitFor();
});

test("signing out ends the session at the issuer, too", async () => {
  await page.goto(`${url}/signin`);
  await toIssuer();
  await page.getByRole("button", { name: "Account of Olga Owen" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Yes, sign me out" }).click();
  await page.waitForURL(`${url}/signin*`);
  await heading("Sign in");
  await toIssuer();
  await until("the issuer asks who it is", () => page.locator("input[name=login]").isVisible());
  assert.deepEqual(world.complaints, []);
});
