import { questionOf, type RoomView } from "@mockly/client";

interface Reader {
  userId: string;
  /** Hosts ask in polls, and do not answer in them. */
  host: boolean;
  /** When the latest question was asked that has been looked at, as an epoch. */
  seenUntil: number;
}

/** The questions of others. */
export function questionsOf({ messages }: RoomView, userId: string) {
  return messages.filter(({ messageType, messageId, clientId }) => messageType === "QUESTION" && messageId !== null && clientId !== userId);
}

/** How many polls wait for one's vote, and how many questions without an answer one has not looked at. */
export function openFor(view: RoomView, { userId, host, seenUntil }: Reader): number {
  const answered = new Set(view.messages.map(questionOf));
  const questions = questionsOf(view, userId).filter(({ messageId, timestamp }) => timestamp > seenUntil && !answered.has(messageId));
  const polls = host ? [] : view.polls.filter(({ pollId, closed }) => !closed && view.votes[pollId] === undefined);
  return polls.length + questions.length;
}
