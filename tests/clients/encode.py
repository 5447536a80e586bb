"""Encodes a WAV file of two channels as another kind of file.

    python encode.py FROM.wav TO.mp3|TO.m4a|TO.ogg
"""

import json
import sys

import av

CODECS = {"mp3": ("libmp3lame", "s16p"), "m4a": ("aac", "fltp"), "ogg": ("libopus", "flt")}

source, target = sys.argv[1:]
codec, sample_format = CODECS[target.rsplit(".", 1)[1]]
with av.open(source) as reader, av.open(target, "w") as writer:
    stream = writer.add_stream(codec, rate=48_000, layout="stereo", format=sample_format)
    stream.bit_rate = 192_000
    resampler = av.AudioResampler(format=sample_format, layout="stereo", rate=48_000, frame_size=stream.frame_size)
    for frame in [*reader.decode(audio=0), None]:
        for part in resampler.resample(frame):
            writer.mux(stream.encode(part))
    writer.mux(stream.encode(None))
print(json.dumps({"event": "done"}), flush=True)
sys.stdin.read()
