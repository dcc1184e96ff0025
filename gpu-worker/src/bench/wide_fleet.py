"""The figures of two runs of wide-fleet.sh: python3 wide_fleet.py CALM HIT

CALM and HIT begin the names of what a run has left: an adapter and its journal. Prints how far the
adapters are apart, who trained how much, and for each card of a worker with several the error of
the forecast of its peak, by the records that the forecast is learned of: after eight of them, by
the same recursive least squares as the planner's, without its margin.
"""

import array
import collections
import json
import struct
import sys

MIB = 1 << 20
KNOWN = 8


def adapter(directory):
    with open(directory + "/adapter_model.safetensors", "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    values = {}
    for name, tensor in header.items():
        if name != "__metadata__":
            assert tensor["dtype"] == "F32", tensor["dtype"]
            begin, end = tensor["data_offsets"]
            values[name] = array.array("f", body[begin:end])
    return values


class Affine:
    """The planner's AffineFit, in MiB: relative errors, with forgetting."""

    def __init__(self):
        self.slope, self.offset, self.seen = 1.0, 0.0, 0
        self.first = (0.2 / 0.01) ** 2, (32 / 0.01) ** 2
        (self.slopes, self.offsets), self.both = self.first, 0.0

    def at(self, x):
        return self.slope * x + self.offset

    def learn(self, x, y):
        forget = self.slopes < self.first[0] and self.offsets < self.first[1]
        forgetting = 0.995 if forget else 1.0
        a = self.slopes + self.both / x
        b = self.both + self.offsets / x
        total = forgetting + a + b / x
        error = (y - self.at(x)) / x
        self.slope += a / total * error
        self.offset += b / total * error
        self.slopes = (self.slopes - a * a / total) / forgetting
        self.both = (self.both - a * b / total) / forgetting
        self.offsets = (self.offsets - b * b / total) / forgetting
        self.seen += 1


calm, hit = adapter(sys.argv[1] + "-adapter"), adapter(sys.argv[2] + "-adapter")
apart = sum((a - b) ** 2 for name in calm for a, b in zip(calm[name], hit[name]))
size = sum(a * a for name in calm for a in calm[name])
print(f"adapters: {(apart / size) ** 0.5:.2e} apart by L2")

for run in sys.argv[1:]:
    trained = collections.Counter()
    forecasts, used, errors = {}, {}, collections.defaultdict(list)
    lowered = 0
    with open(run + "-journal.jsonl", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            value = record["value"]
            if "MicroBatchDispatched" in record["type"]:
                trained[value["workerId"]] += 1
            elif "MemoryLineChanged" in record["type"]:
                card = value.get("card", 0)
                before = used.get((value["workerId"], card))
                lowered += before is not None and "down to" in value["note"]
                used[value["workerId"], card] = value["usedBytes"]
            elif "MicroBatchWeighed" in record["type"] and ", card " in value["card"]:
                if value["priorBytes"] == 0 or value["workBytes"] == 0:
                    continue
                card = int(value["card"].split(", card ")[1].split()[0])
                rest = used["pair", card] / MIB
                prior, work = value["priorBytes"] / MIB, value["workBytes"] / MIB
                forecast = forecasts.setdefault(value["card"], Affine())
                if forecast.seen >= KNOWN:
                    errors[value["card"]].append(
                        abs((rest + forecast.at(prior)) / (rest + work) - 1)
                    )
                forecast.learn(prior, work)
    print(f"{run}: micro-batches {dict(trained)}, lines lowered {lowered} times")
    for card, all_ in sorted(errors.items()):
        all_.sort()
        print(
            f"  {card}: {len(all_)} peaks, error of the forecast "
            f"{100 * all_[len(all_) // 2]:.2f} % median, "
            f"{100 * all_[len(all_) * 99 // 100]:.2f} % p99"
        )
