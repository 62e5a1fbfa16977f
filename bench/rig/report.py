"""Results for people and for programs: medians, every single run, ratios, settings, machine."""

import json
import os
import platform
import statistics
import subprocess
import time
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

# Column, field, format.
DRAIN = [("CPU-s per M", "cpu_seconds_per_million", ".2f"), ("records/s", "records_per_second", ",.0f"),
         ("peak MB", "peak_megabytes", ".0f"), ("start s", "start_seconds", ".2f")]
DELAY = [("p50 ms", "p50", ".1f"), ("p99 ms", "p99", ".1f"), ("p99.9 ms", "p999", ".1f"),
         ("longest ms", "longest", ".1f")]
BUSY_PERCENT_MAX = 15
RIVALS = ("mm1", "mm2")


def machine(options: Namespace) -> dict[str, str]:
    """What a figure needs beside it to mean something."""
    processor = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                      if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    facts = {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "processor": f"{processor}, {os.cpu_count()} cores", "memory": f"{memory / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}", "processors busy before": f"{busy_share():.0%}",
        "java": _first_line(["java", "-version"]),
    }
    if any(tool.startswith("martlet") for tool in options.tools):
        facts["martlet"] = _first_line([str(options.martlet), "version"])
    return facts


def busy_share() -> float:
    """How much of all processors was used in two seconds, before anything of the bench runs. The load average would
    do, if it did not remember the bench before this one."""
    def read() -> tuple[int, int]:
        ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(ticks), ticks[3] + ticks[4]
    total, idle = read()
    time.sleep(2)
    total, idle = (after - before for after, before in zip(read(), (total, idle)))
    return 1 - idle / max(total, 1)


def caveats(options: Namespace, facts: dict[str, str]) -> list[str]:
    """Why the figures should not be quoted, as far as that is known before the first run."""
    found = []
    if int(facts["processors busy before"].rstrip("%")) > BUSY_PERCENT_MAX:
        found.append("**The machine was busy with something else: do not quote these figures.**")
    if not options.latency and options.records < 1_000_000:
        found.append("**Few records: what is seen is mostly how the programs start. Do not quote these figures.**")
    return found


def _first_line(command: list[str]) -> str:
    both = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return both.stdout.splitlines()[0]


class Results:
    """Collects runs in the order in which they happened."""

    def __init__(self, title: str, columns: list[tuple[str, str, str]], facts: dict[str, str], caveats: list[str]):
        self.title = title
        self.caveats = caveats
        self.columns = columns
        self.facts = facts
        self.settings: dict[str, dict[str, str]] = {}
        self.runs: list[dict] = []
        self.lines: list[str] = []

    def add(self, run: object) -> None:
        self.runs.append(asdict(run) | {"is_right": run.is_right})
        self.lines.append(run.line())

    def fail(self, tool: str, reason: str) -> None:
        self.runs.append({"tool": tool, "is_right": False, "failure": reason})
        first_line = reason.splitlines()[0].rstrip(":")
        self.lines.append(f"{tool}: FAILED: {first_line}")

    @property
    def all_right(self) -> bool:
        return all(run["is_right"] for run in self.runs)

    def text(self) -> str:
        """Markdown that can be read as it is."""
        parts = [f"# {self.title}", "\n".join(f"- {name}: {value}" for name, value in self.facts.items()),
                 "Medians of the runs that were right, then how many times better than MirrorMaker 1 and 2 they are.",
                 *self.caveats, self._table(), "Every run:", "\n".join(f"- {line}" for line in self.lines)]
        for tool, settings in self.settings.items():
            shown = ", ".join(f"`{name}={value}`" for name, value in settings.items())
            parts.append(f"Settings of {tool}: {shown}")
        return "\n\n".join(parts) + "\n"

    def save(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        content = {"title": self.title, "machine": self.facts, "caveats": self.caveats,
                   "settings": self.settings, "runs": self.runs}
        file.write_text(json.dumps(content, indent=2) + "\n")

    def _table(self) -> str:
        heads = ["tool", *(column for column, _, _ in self.columns)]
        heads += [f"{what} vs {rival}" for what, _, _ in self._ratios() for rival in RIVALS]
        rows = [heads, ["---"] * len(heads), *(self._row(tool) for tool in self.settings)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(heads))]
        lines = (" | ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows)
        return "\n".join(f"| {line} |" for line in lines)

    def _row(self, tool: str) -> list[str]:
        cells = [tool]
        for _, field, form in self.columns:
            middle = self._median(tool, field)
            cells.append("-" if middle is None else format(middle, form))
        for _, field, more_is_better in self._ratios():
            for rival in RIVALS:
                own, other = self._median(tool, field), self._median(rival, field)
                known = own is not None and other is not None
                cells.append(f"{own / other if more_is_better else other / own:.1f}x" if known else "-")
        return cells

    def _ratios(self) -> list[tuple[str, str, bool]]:
        if self.columns is DELAY:
            return [("p50", "p50", False)]
        return [("CPU", "cpu_seconds_per_million", False), ("rate", "records_per_second", True)]

    def _median(self, tool: str, field: str) -> float | None:
        """Of the runs that lost nothing: a mirror that leaves records out is not fast."""
        values = [run[field] for run in self.runs if run["tool"] == tool and run["is_right"]]
        return statistics.median(values) if values else None
