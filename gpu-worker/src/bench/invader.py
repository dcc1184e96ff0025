"""Another process that takes GPU memory now and then: python3 invader.py BYTES SECONDS-HELD
SECONDS-BETWEEN TIMES

Prints a JSON line with the time in milliseconds since 1970 when it begins to take, has taken, gives
back and has given back. Takes what it gets, in pieces of 256 MiB, and waits for the rest, as
another training job with a caching allocator would.
"""

import json
import sys
import time

import torch

PIECE = 256 << 20


def say(what, **more):
    print(json.dumps({"atMillis": int(time.time() * 1000), "invader": what, **more}), flush=True)


wanted, held, between, times = (
    int(sys.argv[1]),
    float(sys.argv[2]),
    float(sys.argv[3]),
    int(sys.argv[4]),
)
torch.zeros(1, device="cuda")
say("ready")
for _ in range(times):
    time.sleep(between)
    say("takes")
    pieces, refused, until = [], 0, time.time() + held
    while sum(p.numel() for p in pieces) < wanted and time.time() < until:
        try:
            pieces.append(
                torch.empty(
                    min(PIECE, wanted - sum(p.numel() for p in pieces)),
                    dtype=torch.uint8,
                    device="cuda",
                )
            )
        except torch.cuda.OutOfMemoryError:
            refused += 1
            time.sleep(0.01)
    say("has", bytes=sum(p.numel() for p in pieces), refusals=refused)
    time.sleep(max(0.0, until - time.time()))
    say("gives")
    pieces.clear()
    torch.cuda.empty_cache()
    say("gave")
