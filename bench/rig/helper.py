"""The bench's Java process: it makes, watches, reads and compares topics. See java/Helper.java."""

from dataclasses import dataclass
from pathlib import Path

from rig.kafka import Cluster, Kafka
from rig.processes import Child, Failure, finish

SOURCES = Path(__file__).resolve().parents[1] / "java"


@dataclass
class Verdict:
    """What differs at the destination; see Contents.Difference."""

    missing: int
    extra: int
    moved: int
    reordered: int

    def text(self) -> str:
        if self.missing or self.extra:
            return f"WRONG: {self.missing:,} missing, {self.extra:,} extra"
        if self.moved:
            return f"complete; {self.moved:,} in another partition"
        if self.reordered:
            return f"complete; {self.reordered} partitions out of order"
        return "identical"

    @property
    def is_complete(self) -> bool:
        return self.missing == 0 and self.extra == 0


class Helper(Child):
    """Questions about topics, each answered before the next is asked. Every wait has its limit on the other side."""

    def __init__(self, kafka: Kafka, folder: Path):
        classes = folder / "classes"
        sources = [str(path) for path in sorted(SOURCES.glob("*.java"))]
        finish(["javac", "-cp", f"{kafka.home}/libs/*", "-d", str(classes), *sources], folder / "javac.log", 120)
        super().__init__(kafka.java(["-Xmx2g"], "Helper", classes=classes), folder / "helper.log", answers=True)

    def ready(self, cluster: Cluster) -> None:
        self._ask("ready", cluster.bootstrap)

    def create(self, cluster: Cluster, topic: str, partitions: int) -> None:
        self._ask("create", cluster.bootstrap, topic, partitions)

    def clear(self, cluster: Cluster) -> None:
        self._ask("clear", cluster.bootstrap)

    def ends(self, cluster: Cluster, topic: str) -> int:
        return int(self._ask("ends", cluster.bootstrap, topic)[0])

    def bytes(self, cluster: Cluster, topic: str) -> int:
        return int(self._ask("bytes", cluster.bootstrap, topic)[0])

    def remember(self, cluster: Cluster, topic: str) -> int:
        return int(self._ask("remember", cluster.bootstrap, topic)[0])

    def compare(self, cluster: Cluster, topic: str) -> Verdict:
        return Verdict(*map(int, self._ask("compare", cluster.bootstrap, topic)))

    def latency(self, source: Cluster, destination: Cluster, *details: object) -> list[float]:
        return list(map(float, self._ask("latency", source.bootstrap, destination.bootstrap, *details)))

    def _ask(self, *words: object) -> list[str]:
        try:
            self.process.stdin.write(("\t".join(map(str, words)) + "\n").encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # The empty answer below tells it.
        state, *fields = self.process.stdout.readline().decode().rstrip("\n").split("\t")
        if state != "ok":
            raise Failure(f"{words[0]}: {' '.join(fields) or 'the helper ended: ' + self.last_lines()}")
        return fields
