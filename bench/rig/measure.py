"""One run of one mirror: a drain of the filled topic, or latency under a steady load."""

import os
import time
from dataclasses import dataclass

from rig.helper import Helper, Verdict
from rig.mirrors import Start, Task
from rig.processes import Child, Failure

# A mirror that moves nothing for so long is given up. MirrorMaker 2 needs five seconds to begin, and was seen to need
# fifty on a machine that was busy with something else.
STALL_SECONDS = 120
LATENCY_RATE = 5_000
LATENCY_WARM_UP_SECONDS = 15
LATENCY_SECONDS = 20


@dataclass
class Drain:
    """What one drain cost; CPU-seconds are those of the whole process, start-up included."""

    tool: str
    cpu_seconds_per_million: float
    records_per_second: float
    peak_megabytes: float
    start_seconds: float
    destination_megabytes: float
    verdict: "Verdict | Count"

    @property
    def is_right(self) -> bool:
        return self.verdict.is_complete

    def line(self) -> str:
        return (f"{self.tool}: {self.cpu_seconds_per_million:.2f} CPU-s/M, {self.records_per_second:,.0f} records/s, "
                f"{self.peak_megabytes:.0f} MB, first record after {self.start_seconds:.2f} s, "
                f"{self.destination_megabytes:.0f} MB written: {self.verdict.text()}")


@dataclass
class Count:
    """How many records came of a flow that changes them."""

    found: int
    expected: float
    # A sample is a random number of records by its nature.
    tolerance: float

    def text(self) -> str:
        return f"{self.found:,} records" + ("" if self.is_complete else f", WRONG: {self.expected:,.0f} were expected")

    @property
    def is_complete(self) -> bool:
        return abs(self.found - self.expected) <= self.tolerance * self.expected


@dataclass
class Delay:
    """End-to-end latency of one run, in milliseconds."""

    tool: str
    p50: float
    p99: float
    p999: float
    longest: float
    missing: int

    @property
    def is_right(self) -> bool:
        return self.missing == 0

    def line(self) -> str:
        return (f"{self.tool}: p50 {self.p50:.1f} ms, p99 {self.p99:.1f} ms, p99.9 {self.p999:.1f} ms, longest "
                f"{self.longest:.1f} ms" + (f"; {self.missing:,} MISSING" if self.missing else ""))


def drain(tool: str, start: Start, task: Task, records: int, helper: Helper, share: float | None = None) -> Drain:
    """Starts the mirror, watches the destination until everything is there, ends the mirror, compares both sides; where it
    changes what it copies, and a `share` of the records is to arrive, it only counts them.

    Throughput is counted from the first sight of records to the last growth, so that it is apart from start-up. A
    mirror that ends by itself is accounted for whole; the others up to the sight of the last record.
    """
    # What the run before left unwritten would be written during this one.
    os.sync()
    with Child(start.command, task.folder / f"{task.name}.log") as mirror:
        first, last, cpu_seconds = _watch(mirror, start, task, records, helper)
        peak_bytes = mirror.peak_bytes()
    (first_time, first_count), (last_time, last_count) = first, last
    seconds = max(last_time - first_time, 0.001)
    return Drain(
        tool=tool,
        cpu_seconds_per_million=cpu_seconds / records * 1e6,
        records_per_second=(last_count - first_count) / seconds,
        peak_megabytes=peak_bytes / 1e6,
        start_seconds=first_time - mirror.started,
        destination_megabytes=helper.bytes(task.destination, task.topic) / 1e6,
        verdict=helper.compare(task.destination, task.topic) if share is None else Count(
            last_count, share * records, tolerance=0 if share == 1 else 0.03),
    )


def _watch(mirror: Child, start: Start, task: Task, records: int, helper: Helper) -> tuple:
    """Time and count when records were first seen and when they last grew, and the CPU-seconds until the end."""
    first = last = None
    quiet_since = time.monotonic()
    while True:
        running = mirror.is_running()
        cpu_seconds = mirror.cpu_seconds()
        mirror.peak_bytes()
        count = helper.ends(task.destination, task.topic)
        now = time.monotonic()
        if count > (last[1] if last else 0):
            last = (now, count)
            first = first or last
            quiet_since = now
        if not running and (not start.ends_by_itself or mirror.exit_code != 0 or last is None):
            raise Failure(f"it ended with exit code {mirror.exit_code} after {count:,} of {records:,} records:\n"
                          + mirror.last_lines())
        if not running or (not start.ends_by_itself and count >= records):
            return first, last, cpu_seconds
        if now - quiet_since > STALL_SECONDS:
            raise Failure(f"{STALL_SECONDS} s without a new record after {count:,} of {records:,}:\n"
                          + mirror.last_lines())
        # Finely until the first record, for the start; then thriftily, for the brokers share the cores.
        time.sleep(0.1 if last else 0.02)


def latency(tool: str, start: Start, task: Task, values: object, helper: Helper) -> Delay:
    """Runs the mirror while the helper sends and receives."""
    with Child(start.command, task.folder / f"{task.name}.log") as mirror:
        try:
            found = helper.latency(task.source, task.destination, task.topic, values, task.compression, LATENCY_RATE,
                                   LATENCY_WARM_UP_SECONDS, LATENCY_SECONDS)
        except Failure as failure:
            raise Failure(f"{failure}\n{mirror.last_lines()}") from None
    return Delay(tool, *found[:4], missing=int(found[4]))
