import type { components } from "@mockly/client";

type Schemas = components["schemas"];

/** What a notification says depends on its event, and other services send their own. */
export type Notification = Omit<Schemas["NotificationResponse"], "payload"> & { payload: Record<string, unknown> };

export type Artifact = Schemas["ArtifactResponse"];
export type ArtifactType = Schemas["ArtifactType"];
export type Analysis = Schemas["AnalysisResponse"];
export type AnalysisReport = Schemas["AnalysisReport"];
export type Account = Schemas["AccountResponse"];
export type CreatedKey = Schemas["CreatedServiceKeyResponse"];
export type Job = Schemas["JobResponse"];
export type JobState = Schemas["JobState"];
export type Node = Schemas["NodeResponse"];
export type Readiness = Schemas["ReadinessResponse"];
export type ServiceKey = Schemas["ServiceKeyResponse"];
export type ServiceKeyScope = Schemas["ServiceKeyScope"];
export type Stats = Schemas["StatsResponse"];
export type UserRole = Schemas["UserRole"];
