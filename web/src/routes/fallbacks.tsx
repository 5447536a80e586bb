import { Link } from "@tanstack/react-router";
import { Compass, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Screen } from "@/components/states";
import { Button } from "@/components/ui/button";

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <main>
      <Screen icon={<Compass />} title={t("fallback.notFound")} text={t("fallback.notFoundText")}>
        <Button asChild>
          <Link to="/sessions" search={{}}>
            {t("common.toSessions")}
          </Link>
        </Button>
      </Screen>
    </main>
  );
}

export function CrashPage() {
  const { t } = useTranslation();
  return (
    <main>
      <Screen icon={<TriangleAlert />} title={t("fallback.crash")} text={t("fallback.crashText")}>
        <Button onClick={() => location.reload()}>{t("fallback.reload")}</Button>
        <Button variant="outline" asChild>
          <a href="/sessions">{t("common.toSessions")}</a>
        </Button>
      </Screen>
    </main>
  );
}
