import { useRef, useState } from "react";
import { unwrap } from "@mockly/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { MailX } from "lucide-react";
import { useTranslation } from "react-i18next";

import { queryClient, rest } from "@/api/client";
import { invitationsQuery } from "@/api/queries";
import { problemText } from "@/lib/problem";
import { toast } from "@/lib/toast";

import { Row } from "./row";
import { Moment } from "./session-bits";
import { Loaded, LoadMore } from "./states";
import { Button } from "./ui/button";
import { Card } from "./ui/card";
import { Skeleton } from "./ui/skeleton";

/** Addresses that are invited to a class and have not come, for who teaches it. */
export function Invitations({ classId }: { classId: string }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(invitationsQuery(classId));
  const heading = useRef<HTMLHeadingElement>(null);
  const [withdrawing, setWithdrawing] = useState<string | null>(null);
  const withdraw = async ({ id, email }: { id: string; email: string }) => {
    setWithdrawing(id);
    try {
      await unwrap(rest.DELETE("/api/classes/{id}/invitations/{invitationId}", { params: { path: { id: classId, invitationId: id } } }));
      await queryClient.invalidateQueries({ queryKey: ["invitations", classId] });
      toast.success(t("classes.withdrawn", { email }));
      // The button is gone with its row.
      heading.current?.focus();
    } catch (error) {
      toast.error(problemText(error));
    } finally {
      setWithdrawing(null);
    }
  };
  return (
    <Card className="p-5 sm:p-6">
      <h2 ref={heading} tabIndex={-1} className="font-semibold outline-hidden">
        {t("classes.invitations", { count: query.data?.pages[0]?.total ?? 0 })}
      </h2>
      <p className="mt-1 mb-4 text-sm text-muted-foreground">{t("classes.invitationsHint")}</p>
      <Loaded query={query} skeleton={<Skeleton className="h-12" />}>
        {({ pages }) => (
          <ul className="grid grid-cols-1 gap-1">
            {pages
              .flatMap((page) => page.items)
              .map((invitation) => (
                <Row
                  key={invitation.id}
                  title={invitation.email}
                  text={
                    <>
                      {t("classes.invitedAt")} <Moment iso={invitation.invitedAt} />
                    </>
                  }
                >
                  <Button
                    variant="ghost"
                    size="icon-sm"
                    disabled={withdrawing === invitation.id}
                    aria-label={t("classes.withdraw", { email: invitation.email })}
                    title={t("classes.withdrawShort")}
                    onClick={() => void withdraw(invitation)}
                  >
                    <MailX aria-hidden />
                  </Button>
                </Row>
              ))}
          </ul>
        )}
      </Loaded>
      <LoadMore query={query} />
    </Card>
  );
}
