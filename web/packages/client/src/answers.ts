import type { ChatMessage } from "./room-events";

const ANSWER = /^answer:([^:]+):/;

/**
 * The `chatId` of an answer to a question. The wire has no field for which question is meant; what its sender may
 * choose, and everybody gets back unchanged, is the `chatId`.
 *
 * @param questionId `messageId` of the question
 * @param key something that no other message of the sender has, of at most 80 characters
 */
export function answerId(questionId: string, key: string): string {
  return `answer:${questionId}:${key}`;
}

/** The `messageId` of the question that a message answers; `null` for what is no answer, or one to nothing in particular. */
export function questionOf({ messageType, chatId }: Pick<ChatMessage, "messageType" | "chatId">): string | null {
  return messageType === "ANSWER" ? (ANSWER.exec(chatId)?.[1] ?? null) : null;
}
