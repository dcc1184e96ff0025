"""What elastic.sh prints of the topics that its two runs left: elastic.py DIRECTORY."""

import json
import sys


def lines(name):
    with open(f"{sys.argv[1]}/{name}.jsonl") as file:
        return [json.loads(line) for line in file]


def lineage(name):
    """The steps that the last version stands on, in their order."""
    steps = {line["value"]["version"]: line["value"] for line in lines(name + "-steps")}
    back = {
        line["value"]["version"]: line["value"]["ofVersion"]
        for line in lines(name + "-journal")
        if line["value"]["type"] == "RolledBack"
    }
    found, version = [], max(steps)
    while version > 0:
        if version in back:
            version = back[version]
        else:
            found.append(steps[version])
            version -= 1
    return found[::-1]


one, many = lineage("one"), lineage("many")
print(
    "step  workers  tokens/s  micro-batches  seconds  loss      loss with one worker, tokens/s, "
    "seconds"
)
for a, b in zip(one, many):
    print(
        f"{b['step']:4d}  {b['counts']['workers']:7d}  {b['rates']['tokensPerSecond']:8.0f}  "
        f"{b['counts']['microBatches']:13d}  "
        f"{b['rates']['stepMillis'] / 1e3:7.2f}  {b['loss']:.6f}  {a['loss']:.6f}  "
        f"{a['rates']['tokensPerSecond']:8.0f}  "
        f"{a['rates']['stepMillis'] / 1e3:7.2f}"
    )
apart = max(abs(a["loss"] - b["loss"]) / a["loss"] for a, b in zip(one, many))
print(f"{len(one)} and {len(many)} steps; the losses differ by at most {apart:.1e} of the loss")

journal = lines("many-journal")
for moment in lines("many-moments"):
    worker = moment.get("start") or moment["kill"]
    later = [
        (line["atMillis"] - moment["atMillis"], line["value"])
        for line in journal
        if line["atMillis"] >= moment["atMillis"]
    ]
    if "start" in moment:
        generation = next(
            (
                v["generation"]
                for _, v in later
                if v["type"] == "WorkerAdmitted" and v["workerId"] == worker
            ),
            None,
        )
        mine = [
            (t, v)
            for t, v in later
            if v.get("workerId") == worker and v.get("generation") == generation
        ]
        attempts = {v["attempt"]["attempt"] for _, v in mine if v["type"] == "MicroBatchDispatched"}
        parts = {
            "admitted": next((t for t, v in mine if v["type"] == "WorkerAdmitted"), None),
            "ready": next((t for t, v in mine if v["type"] == "WorkerReady"), None),
            "dispatched": next((t for t, v in mine if v["type"] == "MicroBatchDispatched"), None),
            "trained": next(
                (
                    t
                    for t, v in later
                    if v["type"] == "MicroBatchAccepted" and v["attempt"]["attempt"] in attempts
                ),
                None,
            ),
        }
        print(f"{worker} started; milliseconds until", parts)
    else:
        lost = next(
            (t for t, v in later if v["type"] == "WorkerLost" and v["workerId"] == worker), None
        )
        again = next(
            (
                t
                for t, v in later
                if v["type"] == "MicroBatchDispatched" and lost is not None and t >= lost
            ),
            None,
        )
        print(f"{worker} killed; milliseconds until", {"lost": lost, "dispatched to others": again})
