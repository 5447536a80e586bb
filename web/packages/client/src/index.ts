/** A typed client of a Mockly server: REST, topics that resume, and rooms. It knows no framework. */
export { ProblemError, type FieldProblem } from "./problem";
export { createRest, type Rest, type TokenSource, unwrap } from "./rest";
export { type Link, type TopicMessage, Topics } from "./topics";
export { answerId, questionOf } from "./answers";
export { type Heard, LiveRoom, type LiveRoomOptions, OFFLINE, type RoomSnapshot } from "./live-room";
export { CLOSE, RoomConnection, type RoomOptions, type RoomStatus } from "./room";
export { addOlder, addPending, applyRoomEvent, emptyRoom, markPending, type ChatEntry, type RoomView } from "./room-view";
export type { ClientEvents, ChatMessage, Member, PollView, RoomEvent, RoomRole } from "./room-events";
export type { components, paths } from "./schema";

import type { components } from "./schema";

type Schemas = components["schemas"];
export type Session = Schemas["SessionResponse"];
export type SessionEvent = Schemas["SessionEventResponse"];
export type SessionParticipant = Schemas["SessionParticipantResponse"];
export type User = Schemas["UserResponse"];
export type UserSummary = Schemas["UserSummary"];
export type Class = Schemas["ClassResponse"];
export type Analytics = Schemas["AnalyticsResponse"];
export type Attendance = Schemas["AttendanceItem"];
export type CanJoin = Schemas["CanJoinResponse"];
export type Config = Schemas["ConfigResponse"];
export type CreateSession = Schemas["CreateSessionRequest"];
