import { useRef, useState } from "react";
import { unwrap } from "@mockly/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { MailX } from "lucide-react";
import { useTranslation } from "react-i18next";

import { queryClient, rest } from "@/api/client";
import { invitationsQuery } from "@/api/queries";
import { problemText } from "@/lib/problem";
import { toast } from "@/lib/toast";

import { Moment } from "./session-bits";
import { Failure, Loading } from "./states";
import { Button } from "./ui/button";
import { Card } from "./ui/card";
import { Skeleton } from "./ui/skeleton";

/** Addresses that are invited to a class and have not come, for who teaches it. */
export function Invitations({ classId }: { classId: string }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(invitationsQuery(classId));
  const invitations = query.data?.pages.flatMap((page) => page.items) ?? [];
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
      {query.isPending ? (
        <Loading>
          <Skeleton className="h-12" />
        </Loading>
      ) : query.isError ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <ul className="grid grid-cols-1 gap-1">
          {invitations.map((invitation) => (
            <li key={invitation.id} className="flex min-h-12 items-center gap-3">
              <div className="min-w-0 flex-1">
                <p className="truncate text-sm font-medium">{invitation.email}</p>
                <p className="text-xs text-muted-foreground">
                  {t("classes.invitedAt")} <Moment iso={invitation.invitedAt} />
                </p>
              </div>
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
            </li>
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <Button variant="outline" className="mt-4" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("common.loadMore")}
        </Button>
      )}
    </Card>
  );
}
