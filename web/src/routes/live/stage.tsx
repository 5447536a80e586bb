import { type CSSProperties, type TouchEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { RoomView, User } from "@mockly/client";
import { ChevronLeft, ChevronRight, Hand, MicOff, Pin, PinOff, Users, WifiLow } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Avatar } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { useMatches } from "@/lib/media";

import { useChoices } from "./choices";
import { fit } from "./fit";
import type { MediaSnapshot, Tile } from "./media";

const PER_PAGE = 9;
/** On a telephone a face should still be one. */
const PER_PAGE_NARROW = 4;
/** So far a finger moves, in pixels, when it turns a page. */
const SWIPE = 50;

const narrow = matchMedia("(max-width: 639px)");

interface StageProps {
  view: MediaSnapshot;
  room: RoomView;
  user: User;
}

/** The pictures: a screen or a pinned person takes the stage, else everybody in a grid, or the speaker large. */
export function Stage({ view, room, user }: StageProps) {
  const { t } = useTranslation();
  const { speakerView } = useChoices();
  const [pinned, setPinned] = useState<string | null>(null);
  const tiles = withEverybody(view, room, user);
  const screen = tiles.find((tile) => tile.screen && !tile.local) ?? tiles.find((tile) => tile.screen);
  const spoke = useLastSpeaker(view.speaking, user.id);
  const focus =
    tiles.find(({ key }) => key === pinned) ??
    screen ??
    (speakerView ? (tiles.find((tile) => tile.userId === spoke && !tile.screen) ?? tiles.find((tile) => !tile.local)) : undefined);
  const props = (tile: Tile) => ({
    tile,
    speaking: view.speaking.includes(tile.userId) && !tile.screen,
    hand: room.handsRaised.some(({ clientId }) => clientId === tile.userId),
    pinned: tile.key === pinned,
    onPin: () => setPinned(tile.key === pinned ? null : tile.key),
  });
  if (focus !== undefined && tiles.length > 1) {
    const others = tiles.filter((tile) => tile !== focus);
    return (
      <div className="absolute inset-0 flex flex-col gap-2 p-2 sm:p-3 lg:flex-row">
        <div className="relative min-h-0 min-w-0 flex-1">
          <TileView {...props(focus)} large className="size-full" />
        </div>
        <ul className="flex shrink-0 gap-2 overflow-auto lg:w-48 lg:flex-col" aria-label={t("stage.others")}>
          {others.map((tile) => (
            <li key={tile.key} className="aspect-video w-36 shrink-0 lg:w-full">
              <TileView {...props(tile)} className="size-full" />
            </li>
          ))}
        </ul>
      </div>
    );
  }
  return <Grid tiles={tiles} props={props} />;
}

function Grid({ tiles, props }: { tiles: Tile[]; props: (tile: Tile) => Omit<TileViewProps, "className"> }) {
  const { t } = useTranslation();
  const [page, setPage] = useState(0);
  const perPage = useMatches(narrow) ? PER_PAGE_NARROW : PER_PAGE;
  const pages = Math.max(1, Math.ceil(tiles.length / perPage));
  const at = Math.min(page, pages - 1);
  const shown = tiles.slice(at * perPage, (at + 1) * perPage);
  const { box, style } = useFit(shown.length);
  const swipe = useSwipe((by) => setPage(Math.min(pages - 1, Math.max(0, at + by))));
  return (
    <div className="absolute inset-0 flex touch-pan-y flex-col p-2 sm:p-3" {...swipe}>
      <div ref={box} className="relative min-h-0 flex-1">
        <ul className="absolute inset-0 flex flex-wrap content-center justify-center gap-2" aria-label={t("stage.everybody")}>
          {shown.map((tile) => (
            <li key={tile.key} style={style}>
              <TileView {...props(tile)} className="size-full" />
            </li>
          ))}
        </ul>
      </div>
      {tiles.length === 1 && (
        <p className="mt-2 flex items-center justify-center gap-2 text-sm text-muted-foreground">
          <Users aria-hidden className="size-4" />
          {t("stage.alone")}
        </p>
      )}
      {pages > 1 && (
        <nav aria-label={t("stage.pages")} className="mt-2 flex items-center justify-center gap-3">
          <Button variant="outline" size="icon-sm" aria-label={t("stage.previous")} disabled={at === 0} onClick={() => setPage(at - 1)}>
            <ChevronLeft aria-hidden />
          </Button>
          <span className="text-sm tabular-nums">{t("stage.page", { page: at + 1, pages })}</span>
          <Button variant="outline" size="icon-sm" aria-label={t("stage.next")} disabled={at === pages - 1} onClick={() => setPage(at + 1)}>
            <ChevronRight aria-hidden />
          </Button>
        </nav>
      )}
    </div>
  );
}

interface TileViewProps {
  tile: Tile;
  speaking: boolean;
  hand: boolean;
  pinned: boolean;
  large?: boolean;
  className?: string;
  onPin: () => void;
}

function TileView({ tile, speaking, hand, pinned, large = false, className, onPin }: TileViewProps) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const track = tile.video;
  useEffect(() => {
    const element = video.current;
    if (element === null || track === null) return;
    track.attach(element);
    return () => {
      track.detach(element);
    };
  }, [track]);
  const name = tile.local ? t("stage.you", { name: tile.name }) : tile.name;
  const label = tile.screen ? t("stage.screenOf", { name }) : name;
  return (
    <figure
      className={cn(
        "group relative overflow-hidden rounded-xl bg-tile text-white outline-2 -outline-offset-2 outline-transparent transition-[outline-color]",
        speaking && "outline-success!",
        className,
      )}
    >
      {track === null ? (
        <div className="absolute inset-0 flex items-center justify-center">
          <Avatar name={tile.name} className={large ? "size-28 text-4xl" : "size-14 text-xl sm:size-16"} />
        </div>
      ) : (
        <video
          ref={video}
          autoPlay
          playsInline
          muted
          aria-label={label}
          data-local={tile.local}
          className={cn("absolute inset-0 size-full", tile.screen ? "object-contain" : "object-cover", tile.local && !tile.screen && "-scale-x-100")}
        />
      )}
      <figcaption className="absolute bottom-2 left-2 flex max-w-[calc(100%-1rem)] items-center gap-1.5 rounded-md bg-black/65 px-2 py-1 text-xs sm:text-sm [&_svg]:size-3.5 [&_svg]:shrink-0">
        {hand && (
          <>
            <Hand aria-hidden className="text-amber-300" />
            <span className="sr-only">{t("stage.hand")}</span>
          </>
        )}
        <span className="truncate">{label}</span>
        {!tile.screen && !tile.microphone && (
          <>
            <MicOff aria-hidden className="text-red-300" />
            <span className="sr-only">{t("stage.muted")}</span>
          </>
        )}
        {(tile.quality === "poor" || tile.quality === "lost") && (
          <>
            <WifiLow aria-hidden className="text-amber-300" />
            <span className="sr-only">{t("stage.poor")}</span>
          </>
        )}
      </figcaption>
      <button
        type="button"
        aria-pressed={pinned}
        aria-label={t("stage.pin", { name: label })}
        title={t(pinned ? "stage.unpinShort" : "stage.pinShort")}
        onClick={onPin}
        className={cn(
          "absolute top-2 right-2 flex size-8 items-center justify-center rounded-md bg-black/60 transition-opacity focus-visible:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100 [&_svg]:size-4",
          pinned ? "opacity-100" : "opacity-0",
        )}
      >
        {pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
      </button>
    </figure>
  );
}

/** Whoever is in the room without media has a tile too, so that nobody is there unseen. */
function withEverybody(view: MediaSnapshot, room: RoomView, user: User): Tile[] {
  const seen = new Set(view.tiles.map(({ userId }) => userId));
  const rest: Tile[] = room.participants
    .filter(({ clientId, online }) => online && !seen.has(clientId))
    .map(({ clientId, displayName }) => ({
      key: `${clientId}/camera`,
      userId: clientId,
      name: displayName,
      local: clientId === user.id,
      screen: false,
      video: null,
      microphone: false,
      quality: "unknown",
    }));
  const tiles = view.tiles.map((tile) => (tile.name === "" ? { ...tile, name: nameOf(room, tile.userId) ?? user.displayName } : tile));
  // Oneself last: the others are why one came.
  return [...tiles, ...rest].sort((a, b) => Number(a.local) - Number(b.local));
}

function nameOf(room: RoomView, userId: string): string | undefined {
  return room.participants.find(({ clientId }) => clientId === userId)?.displayName;
}

/** Who spoke last, oneself apart. */
function useLastSpeaker(speaking: readonly string[], own: string): string | null {
  const last = useRef<string | null>(null);
  const now = speaking.find((id) => id !== own);
  if (now !== undefined) last.current = now;
  return last.current;
}

/** Tells of a finger that goes sideways: 1 to the next page, -1 back. The buttons do the same without one. */
function useSwipe(turn: (by: 1 | -1) => void) {
  const from = useRef<number | null>(null);
  return {
    onTouchStart: (event: TouchEvent) => {
      from.current = event.touches.length === 1 ? event.touches[0]!.clientX : null;
    },
    onTouchEnd: (event: TouchEvent) => {
      const moved = from.current === null ? 0 : event.changedTouches[0]!.clientX - from.current;
      from.current = null;
      if (Math.abs(moved) > SWIPE) turn(moved < 0 ? 1 : -1);
    },
  };
}

/** The size at which so many tiles fill the box best. */
function useFit(count: number): { box: React.RefObject<HTMLDivElement | null>; style: CSSProperties } {
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { box, style: fit(count, size.width, size.height) };
}
