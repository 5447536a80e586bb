import type { ComponentType } from "react";
import { Link, useParams } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useIdentity } from "@/api/use-topics";
import { PageTitle, Screen, ToSessions } from "@/components/states";
import { addTexts } from "@/i18n";
import { admin } from "@/i18n/admin";
import { cn } from "@/lib/cn";

import { Jobs } from "./jobs";
import { Keys } from "./keys";
import { Overview } from "./overview";
import { Users } from "./users";

addTexts("admin", admin);

const SECTIONS = { overview: Overview, users: Users, keys: Keys, jobs: Jobs } satisfies Record<string, ComponentType>;
type Section = keyof typeof SECTIONS;

/** What only admins see; the server refuses everyone else whatever the page shows. */
export function AdminPage() {
  const { t } = useTranslation("admin");
  const user = useIdentity();
  const { section: wanted } = useParams({ from: "/shell/member/admin/$section" });
  if (!user) return null;
  if (!user.roles.includes("ADMIN")) {
    return (
      <Screen icon={<Lock />} title={t("denied")} text={t("deniedText")}>
        <ToSessions />
      </Screen>
    );
  }
  const section: Section = wanted in SECTIONS ? (wanted as Section) : "overview";
  const Part = SECTIONS[section];
  return (
    <>
      <PageTitle title={`${t(`section.${section}`)} · ${t("title")}`}>{t("title")}</PageTitle>
      <nav aria-label={t("sections")} className="mt-4 mb-6 flex gap-1 overflow-x-auto border-b border-border p-0.5 pb-0">
        {(Object.keys(SECTIONS) as Section[]).map((name) => (
          <Link
            key={name}
            to="/admin/$section"
            params={{ section: name }}
            aria-current={name === section ? "page" : undefined}
            className={cn(
              "-mb-px rounded-t-md border-b-2 px-3 py-2 text-sm font-medium whitespace-nowrap",
              name === section ? "border-primary text-foreground" : "border-transparent text-muted-foreground hover:text-foreground",
            )}
          >
            {t(`section.${name}`)}
          </Link>
        ))}
      </nav>
      <Part />
    </>
  );
}
