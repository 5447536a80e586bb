import type { ReactNode } from "react";
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";

import { Loaded, LoadMore } from "@/components/states";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";

interface RowsProps<Item> {
  query: UseInfiniteQueryResult<InfiniteData<{ items: Item[] }>>;
  empty: ReactNode;
  children: (item: Item) => ReactNode;
}

/** A list that is read page by page. */
export function Rows<Item>({ query, empty, children }: RowsProps<Item>) {
  return (
    <>
      <Loaded query={query} skeleton={<Skeleton className="h-64 rounded-xl" />}>
        {({ pages }) =>
          pages[0]?.items.length === 0 ? (
            empty
          ) : (
            <Card>
              <ul className="divide-y divide-border">{pages.flatMap((page) => page.items).map(children)}</ul>
            </Card>
          )
        }
      </Loaded>
      <LoadMore query={query} />
    </>
  );
}
