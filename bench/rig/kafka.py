"""Kafka from its jars: Java command lines, and clusters of one KRaft broker on free loopback ports."""

import socket
import subprocess
from pathlib import Path

from rig.processes import Child, Failure, finish

# What Kafka's own scripts give every Java virtual machine that they start.
SCRIPT_FLAGS = ["-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35",
                "-XX:+ExplicitGCInvokesConcurrent", "-Djava.awt.headless=true"]


class Kafka:
    """A folder of jars, and how to run what is in them."""

    def __init__(self, home: Path, folder: Path):
        self.home = home
        self.version = next(home.glob("libs/kafka-clients-*.jar")).stem.removeprefix("kafka-clients-")
        self.logging = folder / "log4j.properties"
        self.logging.write_text(
            "log4j.rootLogger=WARN, out\nlog4j.appender.out=org.apache.log4j.ConsoleAppender\n"
            "log4j.appender.out.layout=org.apache.log4j.PatternLayout\n"
            "log4j.appender.out.layout.ConversionPattern=%d %p %c %m%n\n")

    def java(self, heap: list[str], main: str, *arguments: str, classes: Path | None = None) -> list[str]:
        """The command that runs the main class. The logging setting is read up to Kafka 3.9; later ones need none."""
        path = f"{self.home}/libs/*" + (f":{classes}" if classes else "")
        logging = f"-Dlog4j.configuration=file:{self.logging}"
        return ["java", *heap, *SCRIPT_FLAGS, logging, "-cp", path, main, *arguments]


class Cluster:
    """One broker that is its own controller. As a context manager it runs for the block."""

    def __init__(self, kafka: Kafka, name: str, folder: Path):
        self.name = name
        port, controller = _free_ports(2)
        self.bootstrap = f"127.0.0.1:{port}"
        self.folder = folder / name
        self.folder.mkdir()
        properties = self.folder / "server.properties"
        properties.write_text(_broker_properties(self.bootstrap, f"127.0.0.1:{controller}", self.folder / "data"))
        small = ["-Xmx256m"]
        cluster_id = subprocess.run(
            kafka.java(small, "kafka.tools.StorageTool", "random-uuid"), check=True, capture_output=True, text=True,
        ).stdout.split()[-1]
        finish(kafka.java(small, "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(properties)),
               self.folder / "format.log", 60)
        self._command = kafka.java(["-Xmx1g"], "kafka.Kafka", str(properties))

    def __enter__(self) -> "Cluster":
        self.broker = Child(self._command, self.folder / "broker.log")
        return self

    def __exit__(self, *_: object) -> None:
        self.broker.end()

    def check(self) -> None:
        if not self.broker.is_running():
            raise Failure(f"the {self.name} broker ended by itself:\n{self.broker.last_lines()}")


def _broker_properties(broker: str, controller: str, data: Path) -> str:
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
listeners=PLAINTEXT://{broker},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{broker}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.retention.ms=-1
# What one run wrote is gone from the disk before the next one ends.
log.segment.delete.delay.ms=1000
"""


def _free_ports(count: int) -> list[int]:
    """All are held at once, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
