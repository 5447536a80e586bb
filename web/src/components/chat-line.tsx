import type { ReactNode } from "react";
import type { ChatMessage } from "@mockly/client";
import { BarChart3, Check, CornerDownRight, MessageCircleQuestion, MessageSquare } from "lucide-react";
import { useTranslation } from "react-i18next";

import { cn } from "@/lib/cn";

import { withLinks } from "./links";
import { Avatar } from "./ui/avatar";
import { Badge } from "./ui/badge";

type Said = Pick<ChatMessage, "displayName" | "chatContent" | "messageType">;

interface ChatLineProps {
  message: Said;
  own: boolean;
  /** What it answers. */
  question: Said | undefined;
  /** Whether it is a question that somebody has answered. */
  answered: boolean;
  time: ReactNode;
  faint?: boolean;
  /** What can be done with it, beside its time. */
  tools?: ReactNode;
  children?: ReactNode;
}

/** One message of a chat. */
export function ChatLine({ message, own, question, answered, time, faint = false, tools, children }: ChatLineProps) {
  const { t } = useTranslation();
  return (
    <li className="group flex gap-2.5">
      <Avatar name={message.displayName} className="mt-0.5 size-7 text-[0.65rem]" />
      <div className="min-w-0 flex-1">
        <p className="flex items-baseline gap-2 text-xs text-muted-foreground">
          <span className="truncate text-sm font-medium text-foreground">{own ? t("chat.you") : message.displayName}</span>
          <span className="shrink-0">{time}</span>
          {tools}
        </p>
        <TypeMark type={message.messageType} answered={answered} />
        {question !== undefined && (
          <blockquote className="my-1 line-clamp-2 border-l-2 border-border pl-2 text-xs text-muted-foreground">
            <span className="font-medium">{question.displayName}</span> {question.chatContent}
          </blockquote>
        )}
        <p className={cn("text-sm whitespace-pre-wrap", faint && "opacity-70")}>{withLinks(message.chatContent)}</p>
        {children}
      </div>
    </li>
  );
}

function TypeMark({ type, answered }: { type: ChatMessage["messageType"]; answered: boolean }) {
  const { t } = useTranslation();
  if (type === "CHAT") return null;
  const icon = { QUESTION: answered ? <Check /> : <MessageCircleQuestion />, ANSWER: <CornerDownRight />, POLL: <BarChart3 />, SYSTEM: <MessageSquare /> }[type];
  return (
    <Badge variant={type === "QUESTION" ? (answered ? "live" : "warning") : "primary"} className="my-0.5">
      {icon}
      {t(answered && type === "QUESTION" ? "chat.answered" : `chat.type.${type}`)}
    </Badge>
  );
}
