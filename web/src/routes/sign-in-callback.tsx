import { useEffect, useState } from "react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { auth } from "@/api/auth";
import { queryClient } from "@/api/client";
import { comeBack, OidcError } from "@/api/oidc";
import { configQuery } from "@/api/queries";
import { InlineAlert } from "@/components/states";
import { Button } from "@/components/ui/button";
import { problemText } from "@/lib/problem";
import { ownPath } from "@/lib/own-path";

import { Entrance } from "./sign-in";

/** One answer of the issuer is taken once, however often this is rendered. */
let arriving: Promise<string> | null = null;

/** Where the issuer sends the browser back to. */
export function SignInCallbackPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    arriving ??= arrive();
    arriving.then(
      (next) => navigate({ href: ownPath(next), replace: true }),
      (error: unknown) => {
        if (error instanceof OidcError && error.silent) void navigate({ to: "/signin", search: { next: ownPath(error.next) }, replace: true });
        else setFailure(error);
      },
    );
  }, [navigate]);
  if (failure === null) {
    return (
      <Entrance title={t("auth.signingIn")} lead="">
        <div aria-busy className="h-12 animate-pulse rounded-lg bg-muted" />
      </Entrance>
    );
  }
  const next = failure instanceof OidcError ? ownPath(failure.next) : "/sessions";
  return (
    <Entrance title={t("auth.signIn")} lead={t("oidc.failed")}>
      <div className="grid gap-4">
        <InlineAlert>{failure instanceof OidcError ? t(`oidc.${failure.fault}`) : problemText(failure)}</InlineAlert>
        <Button size="lg" onClick={() => void navigate({ to: "/signin", search: { next }, replace: true })}>
          {t("common.retry")}
        </Button>
      </div>
    </Entrance>
  );
}

/** Answers where the user wanted to go. */
async function arrive(): Promise<string> {
  try {
    const { oidc } = await queryClient.fetchQuery(configQuery);
    if (!oidc) throw new OidcError("refused", "/", false);
    const { tokens, foreign, next } = await comeBack(oidc);
    await auth.enter(tokens, foreign, true);
    return next;
  } catch (error) {
    auth.forgetIssuer();
    throw error;
  }
}
