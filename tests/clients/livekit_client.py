"""Participants of LiveKit rooms through its own SDK. Takes one JSON command a line and says when it is done:

    {"do": "join", "as": NAME, "url": URL, "token": TOKEN}     -> {"event": "joined", "as", "identity", "began", "at"}
                                                                 or {"event": "refused", "as", "reason"}
    {"do": "leave", "as": NAME}                                -> {"event": "left", "as", "began", "at"}
    {"do": "share", "as": NAME}                                -> {"event": "shared", "as"} when the first other one
                                                                 who is there has the screen, or {"event": "not_shared"}

Whoever is there already hears a newcomer before that one is said to have joined: a client that goes while the server
still tells it something may go unheard, and is then missed only after its timeout.
`began` and `at`, when it was done, are in milliseconds since 1970. A room that somebody else closes is {"event": "disconnected", "as", "reason"}.
What others publish: {"event": "screen_gone", "as", "of"} and {"event": "muted", "as", "of", "source"}.
"""

import asyncio
import json
import sys
import time

from livekit import rtc

rooms = {}


def report(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


def now_ms():
    return int(time.time() * 1000)


def hears(room, identity):
    """A future that is done when the room has somebody's sound."""
    heard = asyncio.get_running_loop().create_future()

    def on_track(_track, _publication, participant):
        if participant.identity == identity and not heard.done():
            heard.set_result(None)

    room.on("track_subscribed", on_track)
    return heard


def watch(name, room):
    """Reports what the server does to a room while somebody is in it."""

    def on_unpublished(publication, participant):
        if publication.source == rtc.TrackSource.SOURCE_SCREENSHARE:
            report("screen_gone", **{"as": name}, of=participant.identity)

    def on_muted(participant, publication):
        report("muted", **{"as": name}, of=participant.identity, source=int(publication.source))

    room.on("disconnected", lambda reason: report("disconnected", **{"as": name}, reason=str(reason)))
    room.on("track_unpublished", on_unpublished)
    room.on("track_muted", on_muted)


async def share(name):
    """Publishes a screen, and waits until somebody else has it."""
    room = rooms[name]
    local = room.local_participant
    others = [other for other in rooms.values() if other is not room]
    seen = asyncio.get_running_loop().create_future()

    def on_published(publication, participant):
        is_screen = publication.source == rtc.TrackSource.SOURCE_SCREENSHARE
        if is_screen and participant.identity == local.identity and not seen.done():
            seen.set_result(None)

    for other in others:
        other.on("track_published", on_published)
    source = rtc.VideoSource(320, 240)
    track = rtc.LocalVideoTrack.create_video_track("screen", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_SCREENSHARE)
    try:
        await asyncio.wait_for(local.publish_track(track, options), timeout=20)
        await asyncio.wait_for(seen, timeout=20)
    except Exception as error:  # the SDK has one type for everything
        report("not_shared", **{"as": name}, reason=type(error).__name__)
        return
    report("shared", **{"as": name})


async def join(name, url, token):
    began = now_ms()
    rooms.pop(name, None)
    room = rtc.Room()
    watch(name, room)
    gone = asyncio.get_running_loop().create_future()
    room.on("disconnected", lambda _reason: gone.done() or gone.set_result(None))
    try:
        await asyncio.wait_for(room.connect(url, token), timeout=20)
        speaking = asyncio.ensure_future(speak(room))
        await asyncio.wait({speaking, gone}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        if not speaking.done():
            speaking.cancel()
            raise ConnectionError("thrown out, or not heard in time")
        speaking.result()
    except Exception as error:  # the SDK has one type for everything
        report("refused", **{"as": name}, reason=type(error).__name__)
        return
    rooms[name] = room
    report("joined", **{"as": name}, identity=room.local_participant.identity, began=began, at=now_ms())


async def speak(room):
    """Somebody with media, if only silence: the token allows a microphone, and says so by the name of the source."""
    source = rtc.AudioSource(48000, 1)
    track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    heard = [hears(other, room.local_participant.identity) for other in rooms.values()]
    await room.local_participant.publish_track(track, options)
    await asyncio.wait_for(asyncio.gather(*heard), timeout=20)


async def leave(name):
    began = now_ms()
    await rooms.pop(name).disconnect()
    report("left", **{"as": name}, began=began, at=now_ms())


async def main():
    loop = asyncio.get_running_loop()
    report("ready")
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        if command["do"] == "join":
            await join(command["as"], command["url"], command["token"])
        elif command["do"] == "share":
            await share(command["as"])
        else:
            await leave(command["as"])
    for name in list(rooms):
        await rooms.pop(name).disconnect()


asyncio.run(main())
