import { ProblemError } from "@mockly/client";
import { Compass, ServerOff, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Screen, ToSessions } from "@/components/states";
import { Button } from "@/components/ui/button";

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <main>
      <Screen icon={<Compass />} title={t("fallback.notFound")} text={t("fallback.notFoundText")}>
        <ToSessions />
      </Screen>
    </main>
  );
}

export function CrashPage({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const away = error instanceof ProblemError;
  return (
    <main>
      <Screen icon={away ? <ServerOff /> : <TriangleAlert />} title={t(away ? "fallback.away" : "fallback.crash")} text={t(away ? "fallback.awayText" : "fallback.crashText")}>
        <Button onClick={() => location.reload()}>{t("fallback.reload")}</Button>
        <Button variant="outline" asChild>
          <a href="/sessions">{t("common.toSessions")}</a>
        </Button>
      </Screen>
    </main>
  );
}
