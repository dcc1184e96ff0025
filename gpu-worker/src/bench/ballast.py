"""Holds a card's memory so that only so many bytes are left, as on a smaller card: python3
ballast.py BYTES

Prints "held" when it does, and holds until it is killed. The context of this process counts as
held.
"""

import sys
import time

import torch

torch.zeros(1, device="cuda")
free, _ = torch.cuda.mem_get_info()
chunks = []
while free - int(sys.argv[1]) >= 2 << 20:
    chunks.append(
        torch.empty(min(free - int(sys.argv[1]), 4 << 30), dtype=torch.uint8, device="cuda")
    )
    free, _ = torch.cuda.mem_get_info()
print("held", free, "left", flush=True)
time.sleep(100000)
