"""Golden values for the parameter server: clip_grad_norm_ and torch.optim.AdamW on given gradients.

    python3 make_adamw.py --out adamw.json

Made with torch 2.11. Ten steps on 96 parameters. A step's gradient is given as the unnormalised sum
over its loss tokens; PyTorch gets it divided by their number, clipped to a global norm, with the
step's learning rate (warm-up of three steps, then cosine to zero at step ten). Stored per
precision: parameters after every step.
"""

import argparse
import json
import math

import torch

SETTINGS = dict(
    peak=5e-3,
    warmupSteps=3,
    totalSteps=10,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    weightDecay=0.01,
    maxGradientNorm=1.0,
)


def rate(step):
    if step < SETTINGS["warmupSteps"]:
        return SETTINGS["peak"] * (step + 1) / SETTINGS["warmupSteps"]
    done = (step - SETTINGS["warmupSteps"]) / (SETTINGS["totalSteps"] - SETTINGS["warmupSteps"])
    return SETTINGS["peak"] * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def run(dtype, initial, sums, tokens):
    parameter = torch.nn.Parameter(initial.to(dtype, copy=True))
    s = SETTINGS
    optimizer = torch.optim.AdamW(
        [parameter],
        lr=1.0,
        betas=(s["beta1"], s["beta2"]),
        eps=s["epsilon"],
        weight_decay=s["weightDecay"],
        foreach=False,
    )
    after, norms = [], []
    for step, (total, count) in enumerate(zip(sums, tokens)):
        parameter.grad = total.to(dtype) / count
        norms.append(
            torch.nn.utils.clip_grad_norm_([parameter], s["maxGradientNorm"], foreach=False).item()
        )
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        optimizer.step()
        after.append(parameter.detach().tolist())
    return dict(after=after, norms=norms)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--out", required=True)
    out = arguments.parse_args().out
    generator = torch.Generator().manual_seed(11)
    initial = torch.randn(96, generator=generator) * 0.1
    tokens = [700, 1, 350, 12, 900, 44, 5, 610, 77, 300]
    # some steps are clipped and some are not; one parameter never has a gradient
    sums = [
        torch.randn(96, generator=generator) * count * (0.3 if i % 3 else 0.01)
        for i, count in enumerate(tokens)
    ]
    for total in sums:
        total[5] = 0.0
    golden = dict(
        settings=SETTINGS,
        tokens=tokens,
        initial=initial.tolist(),
        sums=[t.tolist() for t in sums],
        fp32=run(torch.float32, initial, sums, tokens),
        fp64=run(torch.float64, initial, sums, tokens),
        madeWith=dict(torch=torch.__version__),
    )
    with open(out, "w", encoding="utf-8") as file:
        json.dump(golden, file)
        file.write("\n")
    print("norms", [round(n, 4) for n in golden["fp64"]["norms"]])


if __name__ == "__main__":
    main()
