"""Reads calendar files with PyPI's icalendar, and says what they mean: one command a line in, one answer a line out.

The time zone is the file's own VTIMEZONE: the parser is kept from looking the name up in a database.
"""

import json
import sys
from datetime import UTC

from icalendar import Calendar


def instant(event, name, zone):
    """When it is, in seconds since 1970, by the file alone."""
    time = event[name].dt
    if zone is not None and "TZID" in event[name].params:
        time = time.replace(tzinfo=zone)
    return int(time.astimezone(UTC).timestamp())


def read(text):
    calendar = Calendar.from_ical(text)
    zones = calendar.walk("VTIMEZONE")
    zone = zones[0].to_tz(lookup_tzid=False) if zones else None
    (event,) = calendar.walk("VEVENT")
    return {
        "event": "read",
        "method": str(calendar["METHOD"]),
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "status": str(event["STATUS"]),
        "summary": str(event["SUMMARY"]),
        "description": str(event.get("DESCRIPTION", "")),
        "url": str(event["URL"]),
        "zone": event["DTSTART"].params.get("TZID", "UTC"),
        "start": instant(event, "DTSTART", zone),
        "end": instant(event, "DTEND", zone),
    }


for line in sys.stdin:
    try:
        answer = read(json.loads(line)["file"])
    except Exception as error:  # noqa: BLE001
        answer = {"event": "failed", "error": repr(error)}
    print(json.dumps(answer), flush=True)
