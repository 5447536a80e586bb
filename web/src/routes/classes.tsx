import { useState } from "react";
import { unwrap } from "@mockly/client";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { GraduationCap, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";

import { newKey, queryClient, rest } from "@/api/client";
import { classesQuery } from "@/api/queries";
import { useIdentity } from "@/api/use-topics";
import { Empty, InlineAlert, Loaded, PageTitle } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { useForm } from "@/lib/form";
import { problemText } from "@/lib/problem";
import { toast } from "@/lib/toast";

const GRID = "grid gap-4 sm:grid-cols-2 lg:grid-cols-3";

export function ClassesPage() {
  const { t } = useTranslation();
  const user = useIdentity();
  const query = useQuery(classesQuery());
  const [making, setMaking] = useState(false);
  const teacher = user?.roles.includes("TEACHER") ?? false;
  const create = (
    <Button onClick={() => setMaking(true)}>
      <Plus aria-hidden />
      {t("classes.new")}
    </Button>
  );
  return (
    <>
      <div className="mb-6 flex flex-wrap items-center justify-between gap-3">
        <PageTitle title={t("classes.title")} />
        {teacher && create}
      </div>
      <Loaded
        query={query}
        skeleton={
          <div className={GRID}>
            {Array.from({ length: 3 }, (_, index) => (
              <Skeleton key={index} className="h-36 rounded-xl" />
            ))}
          </div>
        }
      >
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon={<GraduationCap />} title={t(teacher ? "classes.emptyTeacher" : "classes.empty")}>
              {teacher && create}
            </Empty>
          ) : (
            <ul className={GRID}>
              {items.map((item) => (
                <li key={item.id}>
                  <Card className="relative h-full p-5 transition-shadow hover:shadow-md">
                    <h2 className="font-semibold">
                      <Link to="/classes/$id" params={{ id: item.id }} className="rounded-sm after:absolute after:inset-0 hover:underline">
                        {item.name}
                      </Link>
                    </h2>
                    <p className="mt-1 text-sm text-muted-foreground">{item.teacherName}</p>
                    {item.description && <p className="mt-3 line-clamp-2 text-sm">{item.description}</p>}
                    <p className="mt-3 text-sm text-muted-foreground">{t("classes.students", { count: item.studentCount })}</p>
                  </Card>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {making && <ClassForm onClose={() => setMaking(false)} />}
    </>
  );
}

function ClassForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [key] = useState(newKey);
  const { problems, error, busy, props } = useForm(async (data) => {
    const description = String(data.get("description")).trim();
    const body = { name: String(data.get("name")).trim(), ...(description === "" ? {} : { description }) };
    await unwrap(rest.POST("/api/classes", { params: { header: { "Idempotency-Key": key } }, body }));
    await queryClient.invalidateQueries({ queryKey: ["classes"] });
    toast.success(t("classes.created"));
    onClose();
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent title={t("classes.new")}>
        <form {...props} className="grid gap-4">
          {error !== null && <InlineAlert>{problemText(error)}</InlineAlert>}
          <Field label={t("classes.name")} error={problems["name"]}>
            {(wiring) => <Input {...wiring} name="name" required maxLength={200} autoFocus />}
          </Field>
          <Field label={t("form.description")} error={problems["description"]}>
            {(wiring) => <Textarea {...wiring} name="description" maxLength={4000} />}
          </Field>
          <Button type="submit" disabled={busy} className="justify-self-end">
            {t("classes.create")}
          </Button>
        </form>
      </DialogContent>
    </Dialog>
  );
}
