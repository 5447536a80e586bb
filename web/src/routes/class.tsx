import { type ChangeEvent, useRef, useState } from "react";
import { type Class, ProblemError, unwrap } from "@mockly/client";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ChevronLeft, Lock, SearchX, Trash2, Upload, UserMinus, Users } from "lucide-react";
import { useTranslation } from "react-i18next";

import { newKey, queryClient, rest } from "@/api/client";
import { classQuery, studentsQuery } from "@/api/queries";
import { useIdentity } from "@/api/use-topics";
import { Confirm } from "@/components/confirm";
import { Invitations } from "@/components/invitations";
import { PersonPicker } from "@/components/person-picker";
import { Row } from "@/components/row";
import { Moment } from "@/components/session-bits";
import { Empty, Failure, InlineAlert, Loaded, Loading, LoadMore, PageTitle, Screen } from "@/components/states";
import { Avatar } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Textarea } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { useForm } from "@/lib/form";
import { problemText, standing } from "@/lib/problem";

export function ClassPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/shell/member/classes/$id" });
  const user = useIdentity();
  const query = useQuery(classQuery(id));
  if (!user) return null;
  const error = standing(query);
  if (error !== null) {
    const status = error instanceof ProblemError ? error.status : 0;
    if (status === 404 || status === 400) return <Refused icon={<SearchX />} title={t("classes.notFound")} />;
    if (status === 403) return <Refused icon={<Lock />} title={t("classes.denied")} />;
    return (
      <>
        <PageTitle title={t("nav.classes")} className="mb-6 text-2xl font-semibold tracking-tight" />
        <Failure error={error} onRetry={() => void query.refetch()} />
      </>
    );
  }
  if (query.data === undefined) {
    return (
      <Loading>
        <Skeleton className="mb-4 h-9 w-1/2" />
        <Skeleton className="h-64 rounded-xl" />
      </Loading>
    );
  }
  return <Details item={query.data} leads={query.data.teacherId === user.id || user.roles.includes("ADMIN")} />;
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
          <div className="grid grid-cols-1 content-start gap-6">
            <Students item={item} />
            <Invitations classId={item.id} />
          </div>
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
  const query = useInfiniteQuery(studentsQuery(item.id));
  const [removing, setRemoving] = useState<{ userId: string; userDisplayName: string } | null>(null);
  const remove = async () => {
    if (removing === null) return;
    await unwrap(rest.DELETE("/api/classes/{id}/students/{userId}", { params: { path: { id: item.id, userId: removing.userId } } }));
    await refresh(item.id);
  };
  return (
    <Card className="p-5 sm:p-6">
      <h2 className="mb-4 font-semibold">{t("classes.students", { count: query.data?.pages[0]?.total ?? item.studentCount })}</h2>
      <Loaded query={query} skeleton={<Skeleton className="h-24" />}>
        {({ pages }) =>
          pages[0]?.total === 0 ? (
            <Empty icon={<Users />} title={t("classes.noStudents")} />
          ) : (
            <ul className="grid grid-cols-1 gap-1">
              {pages
                .flatMap((page) => page.items)
                .map((student) => (
                  <Row
                    key={student.userId}
                    lead={<Avatar name={student.userDisplayName} />}
                    title={student.userDisplayName}
                    text={
                      <>
                        {t("classes.since")} <Moment iso={student.enrolledAt} />
                      </>
                    }
                  >
                    <Button variant="ghost" size="icon-sm" aria-label={t("classes.takeOutName", { name: student.userDisplayName })} onClick={() => setRemoving(student)}>
                      <UserMinus aria-hidden />
                    </Button>
                  </Row>
                ))}
            </ul>
          )
        }
      </Loaded>
      <LoadMore query={query} />
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

/** What became of a request to enrol. */
interface Outcome {
  added: number;
  invited: number;
  refused: { name: string; code: string }[];
}

/** The server's refusals of single entries. */
const REFUSALS = ["unknown-user", "invalid-id", "invalid-email", "same-user"] as const;

function Enrol({ item }: { item: Class }) {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const file = useRef<HTMLInputElement>(null);
  /** `nameOf` says which entry a line is, as the teacher knows it. */
  const enrol = async (request: () => ReturnType<typeof send>, nameOf: (line: number) => string, enrolled?: () => void) => {
    setBusy(true);
    setError(null);
    setOutcome(null);
    try {
      const { added, invited, refused } = await request();
      setOutcome({ added, invited, refused: refused.map(({ line, code }) => ({ name: nameOf(line), code })) });
      enrolled?.();
      await refresh(item.id);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const form = useForm(async (data, element) => {
    const emails = addresses(data);
    await enrol(() => send(item.id, { emails }), (line) => emails[line - 1] ?? String(line), () => element.reset());
  }, { check: (data) => ({ emails: addresses(data).length === 0 && t("field.missing") }) });
  const upload = (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.target.files?.[0];
    // The same file, mended, can be chosen once more.
    event.target.value = "";
    if (chosen !== undefined) void enrol(async () => send(item.id, await chosen.text()), (line) => t("classes.line", { line }));
  };
  return (
    <Card className="grid grid-cols-1 gap-5 self-start p-5 sm:p-6">
      <h2 className="font-semibold">{t("classes.enrol")}</h2>
      {error !== null && <InlineAlert>{problemText(error)}</InlineAlert>}
      <PersonPicker
        label={t("classes.byName")}
        except={[item.teacherId]}
        value={null}
        onChange={(person) => {
          if (person !== null) void enrol(() => send(item.id, { userIds: [person.id] }), () => person.displayName);
        }}
      />
      <form {...form.props} className="grid gap-3">
        <Field label={t("classes.byEmail")} hint={t("classes.byEmailHint")} error={form.problems["emails"]}>
          {(wiring) => <Textarea {...wiring} name="emails" required />}
        </Field>
        <Button type="submit" variant="outline" disabled={busy}>
          {t("classes.enrolAction")}
        </Button>
      </form>
      <div className="grid gap-2">
        <Button variant="outline" disabled={busy} aria-describedby="csv-hint" onClick={() => file.current?.click()}>
          <Upload aria-hidden />
          {t("classes.byFile")}
        </Button>
        <p id="csv-hint" className="text-sm text-muted-foreground">
          {t("classes.byFileHint")}
        </p>
        <input ref={file} type="file" accept=".csv,text/csv,text/plain" hidden onChange={upload} />
      </div>
      <div role="status" className="text-sm">
        {outcome !== null && <Enrolled outcome={outcome} />}
      </div>
      {outcome !== null && outcome.refused.length > 0 && <Refusals refused={outcome.refused} />}
    </Card>
  );
}

/** Invited is not enrolled, and looks so. */
function Enrolled({ outcome: { added, invited, refused } }: { outcome: Outcome }) {
  const { t } = useTranslation();
  if (added + invited === 0 && refused.length > 0) return null;
  return (
    <div className={cn("grid gap-1 rounded-lg px-4 py-3", added > 0 ? "bg-success-soft text-success" : "bg-secondary text-secondary-foreground")}>
      {added > 0 && <p>{t("classes.enrolled", { count: added })}</p>}
      {invited > 0 && <p>{t("classes.invited", { count: invited })}</p>}
      {added + invited === 0 && <p>{t("classes.nobodyNew")}</p>}
    </div>
  );
}

function Refusals({ refused }: { refused: Outcome["refused"] }) {
  const { t } = useTranslation();
  return (
    <div role="alert" className="grid gap-2 rounded-lg bg-danger-soft px-4 py-3 text-sm text-destructive">
      <p className="font-medium">{t("classes.refused", { count: refused.length })}</p>
      <ul className="grid max-h-60 gap-1 overflow-y-auto">
        {refused.map(({ name, code }, index) => {
          const known = REFUSALS.find((refusal) => refusal === code);
          return (
            <li key={index}>
              {name}: {known === undefined ? code : t(`classes.refusal.${known}`)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function addresses(data: FormData): string[] {
  return String(data.get("emails")).split(/[\s,;]+/).filter((address) => address !== "");
}

/** Enrols by a list, or by the text of a CSV file. */
function send(id: string, body: { userIds?: string[]; emails?: string[] } | string) {
  const params = { path: { id }, header: { "Idempotency-Key": newKey() } };
  if (typeof body !== "string") return unwrap(rest.POST("/api/classes/{id}/students", { params, body }));
  const csv = { headers: { "Content-Type": "text/csv" }, bodySerializer: (text: unknown) => text as string };
  return unwrap(rest.POST("/api/classes/{id}/students", { params, body: body as never, ...csv }));
}

async function refresh(id: string) {
  await Promise.all(["students", "invitations", "class", "classes"].map((key) => queryClient.invalidateQueries({ queryKey: key === "classes" ? [key] : [key, id] })));
}
