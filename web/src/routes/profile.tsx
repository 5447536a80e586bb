import { unwrap, type User } from "@mockly/client";
import { useTranslation } from "react-i18next";

import { auth } from "@/api/auth";
import { rest } from "@/api/client";
import { useIdentity } from "@/api/use-topics";
import { InlineAlert, PageTitle } from "@/components/states";
import { Avatar } from "@/components/ui/avatar";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input } from "@/components/ui/field";
import { useForm } from "@/lib/form";
import { localeOf } from "@/lib/format";
import { fieldProblems, problemText } from "@/lib/problem";
import { toast } from "@/lib/toast";

export function ProfilePage() {
  const { t, i18n } = useTranslation();
  const user = useIdentity();
  const { problems, error, busy, props } = useForm(async (data) => {
    auth.update(await unwrap(rest.PATCH("/api/users/me", { body: { displayName: String(data.get("displayName")).trim() } })));
    toast.success(t("profile.saved"));
  });
  if (!user) return null;
  return (
    <div className="mx-auto max-w-xl">
      <PageTitle title={t("nav.profile")} />
      <Card className="mt-6 grid gap-6 p-5 sm:p-8">
        <div className="flex items-center gap-4">
          <Avatar name={user.displayName} className="size-16 text-xl" />
          <div className="min-w-0">
            <p className="truncate text-lg font-semibold">{user.displayName}</p>
            <p className="truncate text-sm text-muted-foreground">{user.email}</p>
            <p className="mt-2 flex flex-wrap gap-1.5">
              {user.roles.map((role) => (
                <Badge key={role} variant="primary">
                  {t(`userRole.${role}`)}
                </Badge>
              ))}
            </p>
          </div>
        </div>
        <form {...props} className="grid gap-4 border-t border-border pt-6">
          {error !== null && <InlineAlert>{problemText(error)}</InlineAlert>}
          <Field label={t("auth.name")} hint={t("auth.nameHint")} error={problems["displayName"]}>
            {(wiring) => <Input {...wiring} key={user.displayName} name="displayName" autoComplete="name" required maxLength={120} defaultValue={user.displayName} />}
          </Field>
          <Button type="submit" disabled={busy} className="justify-self-end">
            {t("form.save")}
          </Button>
        </form>
        <p className="text-sm text-muted-foreground">{t("profile.since", { date: new Intl.DateTimeFormat(localeOf(i18n.language), { dateStyle: "long" }).format(new Date(user.createdAt)) })}</p>
      </Card>
      {auth.hasPassword() && <PasswordForm user={user} />}
    </div>
  );
}

function PasswordForm({ user }: { user: User }) {
  const { t } = useTranslation();
  const { problems, error, busy, props } = useForm(
    async (data, form) => {
      await auth.changePassword(String(data.get("currentPassword")), String(data.get("newPassword")));
      form.reset();
      toast.success(t("profile.passwordChanged"));
    },
    // The server's own words are English.
    { fieldsOf: (error) => ("currentPassword" in fieldProblems(error) ? { currentPassword: t("profile.wrongPassword") } : fieldProblems(error)) },
  );
  return (
    <Card className="mt-6 p-5 sm:p-8">
      <h2 className="text-lg font-semibold">{t("profile.changePassword")}</h2>
      <p className="mt-1 text-sm text-muted-foreground">{t("profile.changePasswordLead")}</p>
      <form {...props} className="mt-6 grid gap-4">
        {error !== null && <InlineAlert>{problemText(error)}</InlineAlert>}
        {/* For the browser's password store alone, which asks whose password it is. */}
        <input type="email" autoComplete="username" value={user.email ?? ""} readOnly hidden />
        <Field label={t("profile.currentPassword")} error={problems["currentPassword"]}>
          {(wiring) => <Input {...wiring} name="currentPassword" type="password" autoComplete="current-password" required maxLength={128} />}
        </Field>
        <Field label={t("profile.newPassword")} hint={t("auth.passwordHint")} error={problems["newPassword"]}>
          {(wiring) => <Input {...wiring} name="newPassword" type="password" autoComplete="new-password" required minLength={8} maxLength={128} />}
        </Field>
        <Button type="submit" disabled={busy} className="justify-self-end">
          {t("profile.changePassword")}
        </Button>
      </form>
    </Card>
  );
}
