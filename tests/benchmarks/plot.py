"""One run as a picture: mails a second side by side, and how far each target is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.plot_names import BARS, SHORT
from benchmarks.report import number

OURS, OTHERS, MISSED = "#1b6e53", "#8a94a0", "#b3452c"


def draw(whole: Mapping[str, Any], to: Path) -> None:
    """``bench.png``, and ``growth.png`` where growth was measured."""
    named = {figure["name"]: figure for figure in whole["figures"]}
    targets = [figure for figure in whole["figures"] if figure["target"]]
    if targets:
        picture, axes = plt.subplots(1, 2, figsize=(11, 0.35 * len(targets) + 1.6), width_ratios=(1, 1.4))
        _rates(axes[0], [named[name] for name in BARS if name in named])
        _targets(axes[1], targets)
        picture.tight_layout()
        picture.savefig(to / "bench.png", dpi=110)
        plt.close(picture)
    if whole["curves"]:
        rows = (len(whole["curves"]) + 2) // 3
        picture, axes = plt.subplots(rows, 3, figsize=(12, 3.2 * rows), squeeze=False)
        for axis in axes.flat[len(whole["curves"]) :]:
            axis.remove()
        for axis, curve in zip(axes.flat, whole["curves"], strict=False):
            _curve(axis, curve)
        picture.tight_layout()
        picture.savefig(to / "growth.png", dpi=110)
        plt.close(picture)


def _rates(axis: Axes, figures: Sequence[Mapping[str, Any]]) -> None:
    for at, figure in enumerate(reversed(figures)):
        low, high = figure["median"] - figure["min"], figure["max"] - figure["median"]
        colour = OURS if figure["name"] == "drain-rate" else OTHERS
        axis.barh(at, figure["median"], color=colour, xerr=[[low], [high]])
    axis.set_yticks(range(len(figures)), [BARS[figure["name"]] for figure in reversed(figures)])
    axis.set_title("mails/s", fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)


def _targets(axis: Axes, figures: Sequence[Mapping[str, Any]]) -> None:
    """Right of the line is better than the target, whether that is a least or a most."""
    for at, figure in enumerate(reversed(figures)):
        bound, unit = figure["target"]["bound"], figure["unit"] or "×"
        share = figure["median"] / bound if figure["target"]["at_least"] else bound / figure["median"]
        axis.barh(at, share, color=OURS if figure["met"] else MISSED)
        axis.text(share, at, f" {number(figure['median'])} {unit}", va="center", fontsize=8)
    axis.axvline(1, color="black", linewidth=0.8)
    axis.set_xscale("log")
    axis.set_xticks((0.5, 1, 2, 5, 10), ("½", "1", "2", "5", "10"))
    axis.minorticks_off()
    axis.set_yticks(range(len(figures)), [SHORT.get(f["name"], f["name"]) for f in reversed(figures)], fontsize=8)
    axis.set_title("times as good as the target", fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)


def _curve(axis: Axes, curve: Mapping[str, Any]) -> None:
    """A cost for each where more of them are more work: that is what should be flat."""
    at = [point["at"] for point in curve["points"]]
    each = at if curve["per"] else [1] * len(at)
    median, least, most = (
        [p[which] / n for p, n in zip(curve["points"], each, strict=True)] for which in ("median", "min", "max")
    )
    axis.plot(at, median, marker="o", color=OURS)
    axis.fill_between(at, least, most, color=OURS, alpha=0.2)
    if at[-1] > 10 * at[0]:
        # There may be a point at none.
        axis.set_xscale("symlog", linthresh=next(size for size in at if size))
        axis.set_xticks(at, [f"{size:,}" for size in at], fontsize=8)
        axis.minorticks_off()
    else:
        axis.set_xticks(at)
    axis.set_ylim(0, 1.1 * max(most))
    axis.set_xlabel(curve["along"], fontsize=8)
    axis.set_ylabel(curve["unit"] + (f" for each {curve['per']}" if curve["per"] else ""), fontsize=8)
    axis.set_title(curve["what"], fontsize=8)
    axis.spines[["top", "right"]].set_visible(False)
