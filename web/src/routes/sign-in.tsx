import { useState } from "react";
import type { Config } from "@mockly/client";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { auth } from "@/api/auth";
import { configQuery } from "@/api/queries";
import { InlineAlert, PageTitle } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input } from "@/components/ui/field";
import { useForm } from "@/lib/form";
import { problemText } from "@/lib/problem";
import { ownPath } from "@/lib/own-path";

export function SignInPage() {
  const { t } = useTranslation();
  const { next } = useSearch({ from: "/shell/signin" });
  const { props, busy, problems, error, password, setPassword } = useEntry((form) =>
    auth.signIn(String(form.get("email")), String(form.get("password"))),
  );
  const config = useQuery(configQuery);
  return (
    <Entrance title={t("auth.signIn")} lead={t("auth.signInLead")}>
      <form {...props} className="grid gap-4">
        {error !== null && <InlineAlert>{problemText(error)}</InlineAlert>}
        <Field label={t("auth.email")} error={problems["email"]}>
          {(wiring) => <Input {...wiring} name="email" type="email" autoComplete="username" required maxLength={254} />}
        </Field>
        <Field label={t("auth.password")} error={problems["password"]}>
          {(wiring) => (
            <Input
              {...wiring}
              name="password"
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" size="lg" disabled={busy}>
          {busy ? t("auth.signingIn") : t("auth.signIn")}
        </Button>
      </form>
      {config.data?.oidc && <IssuerButton issuer={config.data.oidc} next={ownPath(next)} />}
      {config.data?.registration !== "closed" && (
        <p className="mt-6 text-center text-sm text-muted-foreground">
          {t("auth.noAccount")}{" "}
          <Link to="/register" search={next === undefined ? {} : { next }} className="font-medium text-primary underline underline-offset-4">
            {t("auth.register")}
          </Link>
        </p>
      )}
    </Entrance>
  );
}

export function RegisterPage() {
  const { t } = useTranslation();
  const { next } = useSearch({ from: "/shell/register" });
  const { props, busy, problems, error, password, setPassword } = useEntry((form) =>
    auth.register(String(form.get("email")), String(form.get("password")), String(form.get("displayName"))),
  );
  return (
    <Entrance title={t("auth.register")} lead={t("auth.registerLead")}>
      <form {...props} className="grid gap-4">
        {error !== null && <InlineAlert>{problemText(error)}</InlineAlert>}
        <Field label={t("auth.name")} hint={t("auth.nameHint")} error={problems["displayName"]}>
          {(wiring) => <Input {...wiring} name="displayName" autoComplete="name" required maxLength={120} />}
        </Field>
        <Field label={t("auth.email")} error={problems["email"]}>
          {(wiring) => <Input {...wiring} name="email" type="email" autoComplete="username" required maxLength={254} />}
        </Field>
        <Field label={t("auth.password")} hint={t("auth.passwordHint")} error={problems["password"]}>
          {(wiring) => (
            <Input
              {...wiring}
              name="password"
              type="password"
              autoComplete="new-password"
              required
              minLength={8}
              maxLength={128}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" size="lg" disabled={busy}>
          {busy ? t("auth.registering") : t("auth.register")}
        </Button>
      </form>
      <p className="mt-6 text-center text-sm text-muted-foreground">
        {t("auth.haveAccount")}{" "}
        <Link to="/signin" search={next === undefined ? {} : { next }} className="font-medium text-primary underline underline-offset-4">
          {t("auth.signIn")}
        </Link>
      </p>
    </Entrance>
  );
}

function IssuerButton({ issuer, next }: { issuer: NonNullable<Config["oidc"]>; next: string }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const host = new URL(issuer.issuer).host;
  const leave = async () => {
    setBusy(true);
    setError(null);
    try {
      const { goToIssuer } = await import("@/api/oidc");
      await goToIssuer(issuer, next);
    } catch (failure) {
      setError(failure instanceof Error && failure.message === "insecure" ? t("oidc.insecure") : t("oidc.unreachable"));
      setBusy(false);
    }
  };
  return (
    <div className="mt-6 grid gap-4 border-t border-border pt-6">
      {error !== null && <InlineAlert>{error}</InlineAlert>}
      <Button variant="outline" size="lg" className="h-auto min-h-12 py-2 whitespace-normal" disabled={busy} onClick={() => void leave()}>
        {t("oidc.signIn", { host })}
      </Button>
    </div>
  );
}

export function Entrance({ title, lead, children }: { title: string; lead: string; children: React.ReactNode }) {
  return (
    <div className="mx-auto max-w-md py-4 sm:py-12">
      <div className="mb-6 text-center">
        <img src="/icon.svg" alt="" className="mx-auto mb-4 size-12" />
        <PageTitle title={title} />
        <p className="mt-2 text-muted-foreground">{lead}</p>
      </div>
      <Card className="p-5 sm:p-8">{children}</Card>
    </div>
  );
}

/** A failed attempt keeps everything but the password. */
function useEntry(enter: (form: FormData) => Promise<void>) {
  const search: { next?: string } = useSearch({ strict: false });
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const form = useForm(async (data) => {
    try {
      await enter(data);
    } catch (failure) {
      setPassword("");
      throw failure;
    }
    await navigate({ href: ownPath(search.next), replace: true });
  });
  return { ...form, password, setPassword };
}
