"""The bench from start to end."""

import sys
import tempfile
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path

from rig import events, measure, mirrors, options, report
from rig.helper import Helper
from rig.kafka import Cluster, Kafka
from rig.processes import Failure, finish, obey_signals

TOPIC = "bench"
PARTITIONS = 8
# So many records make a broker warm; a cold one would be slow for the first mirror only.
WARM_UP_RECORDS = 500_000


class Bench:
    """Two clusters, the helper and a file of events, all of which last from the first run to the last."""

    def __init__(self, chosen: Namespace, folder: Path, stack: ExitStack):
        self.chosen = chosen
        self.folder = folder
        self.kafka = Kafka(chosen.kafka, folder)
        self.source, self.destination = (
            stack.enter_context(Cluster(self.kafka, name, folder)) for name in ("source", "destination"))
        self.helper = stack.enter_context(Helper(self.kafka, folder))
        for cluster in (self.source, self.destination):
            self.helper.ready(cluster)
        self.values = folder / "events.txt"
        events.write(self.values, chosen.record_bytes)

    def warm_up(self) -> None:
        """Writes to both clusters once, which the first run clears: a cold broker would slow down the first mirror."""
        tell("warming both clusters up")
        for cluster in (self.source, self.destination):
            self.helper.create(cluster, TOPIC, PARTITIONS)
            self._produce(cluster, WARM_UP_RECORDS)

    def fill(self) -> None:
        """Fills the source topic and remembers it; writes to the destination once, which the first run clears."""
        tell(f"filling the source: {self.chosen.records:,} records of {self.chosen.record_bytes} bytes")
        for cluster, records in (
            (self.source, self.chosen.records), (self.destination, min(self.chosen.records, WARM_UP_RECORDS)),
        ):
            self.helper.create(cluster, TOPIC, PARTITIONS)
            self._produce(cluster, records)
        found = self.helper.remember(self.source, TOPIC)
        if found != self.chosen.records:
            raise Failure(f"the source topic holds {found:,} records after {self.chosen.records:,} were sent")

    def run(self, tool: str, number: int, results: report.Results) -> None:
        """One run, with an empty destination and names that no run before had."""
        latency = self.chosen.latency
        for cluster in (self.source, self.destination) if latency else (self.destination,):
            cluster.check()
            self.helper.clear(cluster)
            self.helper.create(cluster, TOPIC, PARTITIONS)
        task = mirrors.Task(
            name=f"bench-{number}", source=self.source, destination=self.destination, topic=TOPIC,
            compression=self.chosen.compression, folder=self.folder,
            linger_milliseconds=self.chosen.linger)
        start = self._start(tool, task)
        results.settings[tool] = start.settings
        try:
            if latency:
                results.add(measure.latency(tool, start, task, self.values, self.helper))
            else:
                share = mirrors.SHAPES.get(tool, (None, None))[1]
                results.add(measure.drain(tool, start, task, self.chosen.records, self.helper, share))
        except Failure as failure:
            results.fail(tool, str(failure))
            tell(str(failure))

    def _start(self, tool: str, task: mirrors.Task) -> mirrors.Start:
        if tool == "mm1":
            return mirrors.mirrormaker_1(self.kafka, task)
        if tool == "mm2":
            return mirrors.mirrormaker_2(self.kafka, task)
        delivery = "exactly-once" if tool == "martlet-eo" else "at-least-once"
        return mirrors.martlet(
            self.chosen.martlet, task, delivery, self.chosen.lanes, once=not self.chosen.latency,
            shape=mirrors.SHAPES.get(tool, (None, None))[0])

    def _produce(self, cluster: Cluster, records: int) -> None:
        command = self.kafka.java(
            ["-Xmx1g"], "org.apache.kafka.tools.ProducerPerformance", "--topic", TOPIC, "--num-records", str(records),
            "--throughput", "-1", "--payload-file", str(self.values), "--producer-props",
            f"bootstrap.servers={cluster.bootstrap}", "acks=all", f"batch.size={mirrors.BATCH_BYTES}",
            f"linger.ms={self.chosen.linger}", f"compression.type={self.chosen.compression}",
            f"buffer.memory={64 << 20}")
        finish(command, self.folder / f"fill-{cluster.name}.log", 3600)


def main() -> int:
    """0: every run was right; 1: one failed or lost records; 2: mistakes in the command line."""
    chosen = options.parse(sys.argv[1:])
    obey_signals()
    columns = report.DELAY if chosen.latency else report.DRAIN
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="martlet-bench-")))
            facts = report.machine(chosen)
            tell("starting two clusters")
            bench = Bench(chosen, folder, stack)
            results = report.Results(title(chosen, bench.kafka.version), columns, facts,
                                     report.caveats(chosen, facts))
            if chosen.latency:
                bench.warm_up()
            else:
                bench.fill()
            runs = [tool for _ in range(chosen.rounds) for tool in chosen.tools]
            for number, tool in enumerate(runs, start=1):
                tell(f"run {number} of {len(runs)}: {tool}")
                bench.run(tool, number, results)
                tell("  " + results.lines[-1])
    except Failure as failure:
        tell(str(failure))
        return 1
    publish(results, chosen)
    return 0 if results.all_right else 1


def title(chosen: Namespace, version: str) -> str:
    load = (f"latency at {measure.LATENCY_RATE:,} records/s" if chosen.latency else f"{chosen.records:,} records")
    return f"Kafka {version}: {load} of {chosen.record_bytes} bytes, compression {chosen.compression}"


def publish(results: report.Results, chosen: Namespace) -> None:
    text = results.text()
    print(text, end="")
    if chosen.json:
        results.save(chosen.json)
    if chosen.report:
        results.save(chosen.report / "results.json")
        (chosen.report / "report.md").write_text(text)


def tell(text: str) -> None:
    """Progress goes to standard error; standard output holds nothing but the result."""
    print(text, file=sys.stderr, flush=True)
