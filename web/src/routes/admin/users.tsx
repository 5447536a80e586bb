import { useEffect, useState } from "react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { UserSearch } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Account, UserRole } from "@/api/types";
import { Moment } from "@/components/session-bits";
import { Empty } from "@/components/states";
import { Avatar } from "@/components/ui/avatar";
import { Badge } from "@/components/ui/badge";
import { Field, Input, Select } from "@/components/ui/field";

import { accountsQuery } from "./queries";
import { Rows } from "./rows";

const ROLES = ["MEMBER", "TEACHER", "MENTOR", "ADMIN"] as const;

/** Everybody that the server knows, with their addresses. */
export function Users() {
  const { t } = useTranslation(["admin", "translation"]);
  const [text, setText] = useState("");
  const [wanted, setWanted] = useState("");
  const [role, setRole] = useState<UserRole | undefined>();
  // Searches when the typing pauses.
  useEffect(() => {
    const timer = setTimeout(() => setWanted(text.trim()), 200);
    return () => clearTimeout(timer);
  }, [text]);
  const query = useInfiniteQuery({ ...accountsQuery(wanted, role), placeholderData: keepPreviousData });
  const total = query.data?.pages[0]?.total;
  return (
    <>
      <form role="search" onSubmit={(event) => event.preventDefault()} className="grid gap-3 sm:grid-cols-[1fr_14rem]">
        <Field label={t("users.search")}>{(wiring) => <Input {...wiring} type="search" maxLength={100} value={text} onChange={(event) => setText(event.target.value)} />}</Field>
        <Field label={t("users.role")}>
          {(wiring) => (
            <Select {...wiring} value={role ?? ""} onChange={(event) => setRole(event.target.value === "" ? undefined : (event.target.value as UserRole))}>
              <option value="">{t("users.all")}</option>
              {ROLES.map((name) => (
                <option key={name} value={name}>
                  {t(`translation:userRole.${name}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </form>
      <p role="status" className="mt-4 mb-3 text-sm text-muted-foreground">
        {total === undefined ? "\u00a0" : t("users.count", { count: total })}
      </p>
      <Rows query={query} empty={<Empty icon={<UserSearch />} title={t("users.none")} />}>
        {(item) => <Row key={item.id} account={item} />}
      </Rows>
    </>
  );
}

function Row({ account }: { account: Account }) {
  const { t } = useTranslation(["admin", "translation"]);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 sm:px-5">
      <Avatar name={account.displayName} className="size-9" />
      <div className="min-w-0 flex-1 basis-52">
        <p className="text-sm font-medium">{account.displayName}</p>
        <p className="text-sm text-muted-foreground">
          {account.email ?? t("users.noEmail")}
          {account.emailVerified && ` (${t("users.verified")})`}
        </p>
      </div>
      <div className="flex flex-wrap gap-1.5">
        {account.roles.map((role) => (
          <Badge key={role} variant={role === "ADMIN" ? "warning" : "primary"}>
            {t(`translation:userRole.${role}`)}
          </Badge>
        ))}
      </div>
      <p className="w-full text-xs text-muted-foreground sm:w-52 sm:text-right">
        {t("users.since")} <Moment iso={account.createdAt} />
        {account.source && <span className="block">{t(`users.source.${account.source}`)}</span>}
      </p>
    </li>
  );
}
