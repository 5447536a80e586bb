import { type FormEvent, useRef, useState } from "react";
import { type Class, ProblemError, unwrap, type UserSummary } from "@mockly/client";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ChevronLeft, Lock, SearchX, Trash2, UserMinus, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";

import { queryClient, rest } from "@/api/client";
import { classQuery, studentsQuery } from "@/api/queries";
import { useIdentity } from "@/api/use-topics";
import { Confirm } from "@/components/confirm";
import { Moment } from "@/components/session-bits";
import { PersonPicker } from "@/components/person-picker";
import { Empty, Failure, InlineAlert, Loading, PageTitle, Screen } from "@/components/states";
import { Avatar } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Textarea } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { problemText } from "@/lib/problem";

export function ClassPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/shell/member/classes/$id" });
  const user = useIdentity();
  const query = useQuery(classQuery(id));
  if (!user) return null;
  if (query.isPending) {
    return (
      <Loading>
        <Skeleton className="mb-4 h-9 w-1/2" />
        <Skeleton className="h-64 rounded-xl" />
      </Loading>
    );
  }
  if (query.isError) {
    const status = query.error instanceof ProblemError ? query.error.status : 0;
    if (status === 404 || status === 400) return <Refused icon={<SearchX />} title={t("classes.notFound")} />;
    if (status === 403) return <Refused icon={<Lock />} title={t("classes.denied")} />;
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  }
  const leads = query.data.teacherId === user.id || user.roles.includes("ADMIN");
  return <Details item={query.data} leads={leads} />;
}

function Refused({ icon, title }: { icon: React.ReactNode; title: string }) {
  const { t } = useTranslation();
  return (
    <Screen icon={icon} title={title}>
      <Button asChild>
        <Link to="/classes">{t("classes.toClasses")}</Link>
      </Button>
    </Screen>
  );
}

function Details({ item, leads }: { item: Class; leads: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const remove = async () => {
    await unwrap(rest.DELETE("/api/classes/{id}", { params: { path: { id: item.id } } }));
    await queryClient.invalidateQueries({ queryKey: ["classes"] });
    await navigate({ to: "/classes" });
  };
  return (
    <>
      <Link to="/classes" className="mb-3 inline-flex items-center gap-1 rounded-sm text-sm text-muted-foreground hover:text-foreground">
        <ChevronLeft aria-hidden className="size-4" />
        {t("nav.classes")}
      </Link>
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0">
          <PageTitle title={item.name} />
          <p className="mt-1 text-muted-foreground">{item.teacherName}</p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button variant="outline" asChild>
            <Link to="/sessions" search={{ classId: item.id }}>
              {t("classes.sessions")}
            </Link>
          </Button>
          {leads && (
            <Button variant="ghost" className="text-destructive" onClick={() => setDeleting(true)}>
              <Trash2 aria-hidden />
              {t("classes.delete")}
            </Button>
          )}
        </div>
      </div>
      {item.description && <p className="mt-4 max-w-prose whitespace-pre-wrap">{item.description}</p>}
      {leads && (
        <div className="mt-6 grid grid-cols-1 gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
          <Students item={item} />
          <Enrol item={item} />
        </div>
      )}
      <Confirm
        open={deleting}
        onOpenChange={setDeleting}
        title={t("classes.deleteTitle", { name: item.name })}
        text={t("classes.deleteText")}
        action={t("classes.delete")}
        onConfirm={remove}
      />
    </>
  );
}

function Students({ item }: { item: Class }) {
  const { t } = useTranslation();
  const query = useQuery(studentsQuery(item.id));
  const [removing, setRemoving] = useState<{ userId: string; userDisplayName: string } | null>(null);
  const remove = async () => {
    if (removing === null) return;
    await unwrap(rest.DELETE("/api/classes/{id}/students/{userId}", { params: { path: { id: item.id, userId: removing.userId } } }));
    await refresh(item.id);
  };
  return (
    <Card className="self-start p-5 sm:p-6">
      <h2 className="mb-4 font-semibold">{t("classes.students", { count: query.data?.total ?? item.studentCount })}</h2>
      {query.isPending ? (
        <Loading>
          <Skeleton className="h-24" />
        </Loading>
      ) : query.isError ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data.items.length === 0 ? (
        <Empty icon={<Users />} title={t("classes.noStudents")} />
      ) : (
        <ul className="grid gap-1">
          {query.data.items.map((student) => (
            <li key={student.userId} className="flex min-h-12 items-center gap-3">
              <Avatar name={student.userDisplayName} />
              <div className="min-w-0 flex-1">
                <p className="truncate text-sm font-medium">{student.userDisplayName}</p>
                <p className="text-xs text-muted-foreground">
                  {t("classes.since")} <Moment iso={student.enrolledAt} />
                </p>
              </div>
              <Button variant="ghost" size="icon-sm" aria-label={t("classes.takeOutName", { name: student.userDisplayName })} onClick={() => setRemoving(student)}>
                <UserMinus aria-hidden />
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Confirm
        open={removing !== null}
        onOpenChange={(open) => !open && setRemoving(null)}
        title={t("classes.takeOutName", { name: removing?.userDisplayName ?? "" })}
        text={t("classes.takeOutText")}
        action={t("classes.takeOut")}
        onConfirm={remove}
      />
    </Card>
  );
}

function Enrol({ item }: { item: Class }) {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [people, setPeople] = useState<UserSummary | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const enrol = async (body: { userIds?: string[]; emails?: string[] }) => {
    setBusy(true);
    setError(null);
    try {
      const { added, invited, refused } = await unwrap(rest.POST("/api/classes/{id}/students", { params: { path: { id: item.id } }, body }));
      toast.success(t("classes.enrolled", { added, invited }));
      if (refused.length > 0) toast.error(t("classes.refused", { lines: refused.map(({ line }) => line).join(", ") }));
      form.current?.reset();
      await refresh(item.id);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const emails = String(new FormData(event.currentTarget).get("emails")).split(/[\s,;]+/).filter((address) => address !== "");
    if (emails.length > 0) void enrol({ emails });
  };
  return (
    <Card className="grid gap-5 self-start p-5 sm:p-6">
      <h2 className="font-semibold">{t("classes.enrol")}</h2>
      {error !== null && <InlineAlert>{problemText(error)}</InlineAlert>}
      <PersonPicker
        label={t("classes.byName")}
        except={[item.teacherId]}
        value={people}
        onChange={(person) => {
          setPeople(null);
          if (person !== null) void enrol({ userIds: [person.id] });
        }}
      />
      <form ref={form} onSubmit={submit} className="grid gap-3">
        <Field label={t("classes.byEmail")} hint={t("classes.byEmailHint")}>
          {(wiring) => <Textarea {...wiring} name="emails" required />}
        </Field>
        <Button type="submit" variant="outline" disabled={busy}>
          {t("classes.enrolAction")}
        </Button>
      </form>
    </Card>
  );
}

async function refresh(id: string) {
  await Promise.all(["students", "class", "classes"].map((key) => queryClient.invalidateQueries({ queryKey: key === "classes" ? [key] : [key, id] })));
}
