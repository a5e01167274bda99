"""Joule beside PyTorch and JAX on the same steps, one after the other, some rounds of it.

    pip install torch jax numpy
    python benchmarks/peers/rounds.py ed sm cd [--rounds 3] [--device cpu|cuda] [--threads 2] [--all]

Each process measures for five seconds. Of the peers those run that were fastest so far, with --all every mode of them. Prints what each
reached, and for each round how many times the fastest peer's rate Joule's is. On a CPU give all the same cores, as with taskset -c 0,1.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
JOULE = HERE.parent.parent / "joule"


def commands(loss, args):
    """Name → command."""
    per_call = "10" if loss in ("ed-large", "ed-1024") else "100"
    cuda = args.device.startswith("cuda")
    joule = [JOULE, "bench", "--loss", loss, "--device", args.device] + (
        ["--per-call", per_call] if cuda else ["--threads", str(args.threads)])
    torch = lambda mode: [sys.executable, HERE / "torch_steps.py", loss, "--mode", mode, "--device", args.device, "--threads", str(args.threads)]
    jax = lambda count: [sys.executable, HERE / "jax_steps.py", loss, "--per-call", count]
    in_one_call, one_by_one = ("jax, " + per_call + " a call", jax(per_call)), [("jax", jax("1")), ("torch", torch("eager"))]
    # a gradient of convolutions takes JAX ten times as long within a loop on a CPU
    fastest, others = (one_by_one, []) if loss in ("conv", "images") else ([in_one_call], one_by_one)
    yield "joule", joule
    yield from fastest
    if cuda:
        yield "torch, CUDA graphs", torch("reduce-overhead")
        yield "torch, one graph", torch("graph")
    if args.all:
        yield from others
        yield "torch, compiled", torch("compile")


def rate(command, args):
    """Steps per second, or None if it cannot do this step."""
    platform = "cuda" if args.device.startswith("cuda") else "cpu"
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"JAX_PLATFORMS": platform})
    found = re.search(r"steps/s ([0-9.]+)", run.stdout)
    if not found:
        print((run.stderr.strip().splitlines() or ["no output"])[-1], file=sys.stderr)
    return float(found[1]) if found else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("losses", nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--all", action="store_true")
    args = parser.parse_args()
    for number in range(1, args.rounds + 1):
        for loss in args.losses:
            rates = {name: rate(command, args) for name, command in commands(loss, args)}
            peers = [reached for name, reached in rates.items() if name != "joule" and reached]
            ratio = f"{rates['joule'] / max(peers):.2f} x the fastest peer" if rates["joule"] and peers else "no ratio"
            print(f"round {number} {loss}: " + "; ".join(f"{name} {reached or 'impossible'}" for name, reached in rates.items())
                  + " -> " + ratio, flush=True)


main()
