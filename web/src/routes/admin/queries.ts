import { ProblemError, unwrap } from "@mockly/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { rest } from "@/api/client";
import type { JobState, UserRole } from "@/api/types";

const PAGE = 50;

interface Page {
  page: number;
  size: number;
  total: number;
}

const next = ({ page, size, total }: Page) => ((page + 1) * size < total ? page + 1 : undefined);

export const statsQuery = queryOptions({
  queryKey: ["admin", "stats"],
  queryFn: ({ signal }) => unwrap(rest.GET("/api/admin/stats", { signal })),
  retry: false,
});

export const nodesQuery = queryOptions({
  queryKey: ["admin", "nodes"],
  queryFn: ({ signal }) => unwrap(rest.GET("/api/admin/nodes", { params: { query: { size: 100 } }, signal })),
  retry: false,
});

export const healthQuery = queryOptions({
  queryKey: ["admin", "health"],
  queryFn: async ({ signal }) => {
    const { data, error, response } = await rest.GET("/readyz", { signal });
    if (data !== undefined) return data;
    // A node that is not ready says so by 503, with the same body.
    if ("database" in error) return error;
    throw ProblemError.of(error, response);
  },
  retry: false,
});

export const accountsQuery = (query: string, role: UserRole | undefined) =>
  infiniteQueryOptions({
    queryKey: ["admin", "users", query, role],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      unwrap(rest.GET("/api/admin/users", { params: { query: { query, role, page: pageParam, size: PAGE } }, signal })),
    getNextPageParam: next,
  });

export const jobsQuery = (state: JobState | undefined) =>
  infiniteQueryOptions({
    queryKey: ["admin", "jobs", state],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => unwrap(rest.GET("/api/admin/jobs", { params: { query: { state, page: pageParam, size: PAGE } }, signal })),
    getNextPageParam: next,
  });

export const keysQuery = infiniteQueryOptions({
  queryKey: ["admin", "keys"],
  initialPageParam: 0,
  queryFn: ({ pageParam, signal }) => unwrap(rest.GET("/api/admin/service-keys", { params: { query: { page: pageParam, size: PAGE } }, signal })),
  getNextPageParam: next,
});
