import { useRef, useState } from "react";
import { unwrap } from "@mockly/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Copy, KeyRound, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";

import { queryClient, rest } from "@/api/client";
import type { CreatedKey, ServiceKey, ServiceKeyScope } from "@/api/types";
import { Confirm } from "@/components/confirm";
import { Moment } from "@/components/session-bits";
import { Empty, InlineAlert } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Check, Field, Input } from "@/components/ui/field";
import { useForm } from "@/lib/form";
import { toast } from "@/lib/toast";

import { adminProblem } from "./problem";
import { keysQuery } from "./queries";
import { Rows } from "./rows";

const SCOPES = ["USERS", "ACT_AS", "NOTIFICATIONS", "ANALYSES"] as const satisfies ServiceKeyScope[];

/** Keys of other services: made, shown once, and revoked. */
export function Keys() {
  const { t } = useTranslation(["admin", "translation"]);
  const query = useInfiniteQuery(keysQuery);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<CreatedKey | null>(null);
  const opener = useRef<HTMLButtonElement>(null);
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-sm text-muted-foreground">{t("keys.lead")}</p>
        <Button ref={opener} onClick={() => setMaking(true)}>
          <Plus aria-hidden />
          {t("keys.new")}
        </Button>
      </div>
      <Rows query={query} empty={<Empty icon={<KeyRound />} title={t("keys.empty")} />}>
        {(item) => <Row key={item.id} item={item} />}
      </Rows>
      {making && (
        <Dialog open onOpenChange={setMaking}>
          <DialogContent title={t("keys.new")}>
            <KeyForm
              onMade={(key) => {
                setMaking(false);
                setMade(key);
              }}
            />
          </DialogContent>
        </Dialog>
      )}
      {made !== null && (
        <Dialog open onOpenChange={(open) => !open && setMade(null)}>
          <DialogContent
            title={t("keys.madeTitle")}
            description={t("keys.madeText")}
            // A click beside it must not lose what is shown only once.
            onPointerDownOutside={(event) => event.preventDefault()}
            // The focus came from the form, which is gone.
            onCloseAutoFocus={(event) => {
              event.preventDefault();
              opener.current?.focus();
            }}
          >
            <Made made={made} onDone={() => setMade(null)} />
          </DialogContent>
        </Dialog>
      )}
    </>
  );
}

function Row({ item }: { item: ServiceKey }) {
  const { t } = useTranslation("admin");
  const [revoking, setRevoking] = useState(false);
  const { id, name } = item;
  const revoke = async () => {
    await unwrap(rest.DELETE("/api/admin/service-keys/{id}", { params: { path: { id } } }));
    await queryClient.invalidateQueries({ queryKey: keysQuery.queryKey });
  };
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 sm:px-5">
      <div className="min-w-0 flex-1 basis-52">
        <p className="text-sm font-medium">{name}</p>
        <p className="text-xs text-muted-foreground">
          {t("keys.made")} <Moment iso={item.createdAt} />
        </p>
      </div>
      <div className="flex flex-wrap gap-1.5">
        {item.scopes.map((scope) => (
          <Badge key={scope} variant="primary">
            {t(`keys.scope.${scope}`)}
          </Badge>
        ))}
      </div>
      <Button variant="outline" size="sm" className="text-destructive" aria-label={t("keys.revokeName", { name })} onClick={() => setRevoking(true)}>
        {t("keys.revoke")}
      </Button>
      <Confirm open={revoking} onOpenChange={setRevoking} title={t("keys.revokeTitle", { name })} text={t("keys.revokeText")} action={t("keys.revoke")} onConfirm={revoke} />
    </li>
  );
}

function KeyForm({ onMade }: { onMade: (key: CreatedKey) => void }) {
  const { t } = useTranslation("admin");
  const { problems, error, busy, mend, props } = useForm(
    async (data) => {
      const body = { name: String(data.get("name")).trim(), scopes: chosen(data) };
      const made = await unwrap(rest.POST("/api/admin/service-keys", { body }));
      void queryClient.invalidateQueries({ queryKey: keysQuery.queryKey });
      onMade(made);
    },
    { check: (data) => ({ scopes: chosen(data).length === 0 && t("keys.scopeMissing") }) },
  );
  return (
    <form {...props} className="grid gap-5">
      {error !== null && <InlineAlert>{adminProblem(error)}</InlineAlert>}
      <Field label={t("keys.name")} hint={t("keys.nameHint")} error={problems["name"]}>
        {(wiring) => <Input {...wiring} name="name" required maxLength={100} autoFocus />}
      </Field>
      <fieldset className="grid gap-3" aria-describedby={problems["scopes"] === undefined ? undefined : "scopes-error"}>
        <legend className="mb-2 text-sm font-medium">{t("keys.scopes")}</legend>
        {SCOPES.map((scope) => (
          <Check key={scope} name={scope} label={t(`keys.scope.${scope}`)} hint={t(`keys.scopeHint.${scope}`)} onChange={() => mend("scopes")} {...(problems["scopes"] === undefined ? {} : { "aria-invalid": true })} />
        ))}
        {problems["scopes"] !== undefined && (
          <p id="scopes-error" role="alert" className="text-sm text-destructive">
            {problems["scopes"]}
          </p>
        )}
      </fieldset>
      <Button type="submit" disabled={busy} className="justify-self-end">
        {t("keys.make")}
      </Button>
    </form>
  );
}

function chosen(data: FormData) {
  return SCOPES.filter((scope) => data.has(scope));
}

function Made({ made, onDone }: { made: CreatedKey; onDone: () => void }) {
  const { t } = useTranslation("admin");
  const field = useRef<HTMLInputElement>(null);
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(made.key);
      toast.success(t("keys.copied"));
    } catch {
      toast.error(t("keys.notCopied"));
    }
  };
  return (
    <div className="grid gap-5">
      <div className="flex items-end gap-2">
        <Field label={t("keys.key")} className="flex-1">
          {(wiring) => <Input {...wiring} ref={field} readOnly value={made.key} className="font-mono" onFocus={(event) => event.target.select()} />}
        </Field>
        <Button variant="outline" onClick={() => void copy()}>
          <Copy aria-hidden />
          {t("keys.copy")}
        </Button>
      </div>
      <Button className="justify-self-end" onClick={onDone}>
        {t("keys.done")}
      </Button>
    </div>
  );
}
