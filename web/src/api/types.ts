import type { components } from "@mockly/client";

type Schemas = components["schemas"];

/** What a notification says depends on its event, and other services send their own. */
export type Notification = Omit<Schemas["NotificationResponse"], "payload"> & { payload: Record<string, unknown> };

export type Artifact = Schemas["ArtifactResponse"];
export type ArtifactType = Schemas["ArtifactType"];
export type Analysis = Schemas["AnalysisResponse"];
export type AnalysisReport = Schemas["AnalysisReport"];
