"""How each mirror is started: its best reasonable settings, equal where they must be.

Equal for all: compression to the destination and acks=all. MirrorMaker gets a linger and batches of 128 kB in place of
its 16 kB, fetches of 8 MB, several requests in flight with idempotence, two threads for two cores, the heap that its own
script gives or more, and nothing to do but copy records. Martlet runs as it comes: it makes its batches of what arrives
during a round trip to the broker, and a linger would only delay each of them.
"""

from dataclasses import dataclass
from pathlib import Path

from rig.kafka import Cluster, Kafka

# Flows that change what they copy, by the name of the tool, and the share of the records that arrives.
_RULES = ("keep: [$.type, $.campaign, $.price_micros, $.time, $.country, $.page], "
          "rules: [{ path: $.user, do: pseudonym, identity: person }, { path: $.ip, do: ip, identity: person }, "
          "{ path: $.session, do: mask }, { path: $.agent, do: mask }]")
_KEY = "a key for the bench only"
SHAPES = {
    # The topic is one that no rule names: what does it cost that others are?
    "martlet-unruled": (f"{{ sanitize: {{ key: '{_KEY}', policies: [{{ topics: [another], {_RULES} }}] }} }}", 1.0),
    "martlet-mask4": (f"{{ sanitize: {{ key: '{_KEY}', policies: [{{ topics: ['.*'], {_RULES} }}] }} }}", 1.0),
    "martlet-sample10": ("{ sample: { mode: by_id, ratio: 10%, id: $.id } }", 0.1),
}
BATCH_BYTES = 128 << 10
FETCH_BYTES = 8 << 20
THREADS = 2


@dataclass
class Task:
    """One run of one mirror. The name is new for every run, so that nothing is remembered from an earlier one."""

    name: str
    source: Cluster
    destination: Cluster
    topic: str
    compression: str
    linger_milliseconds: int
    folder: Path


@dataclass
class Start:
    """A command and the settings that it was given, as printed with the result."""

    command: list[str]
    settings: dict[str, str]
    ends_by_itself: bool = False


def martlet(binary: Path, task: Task, delivery: str, lanes: int | None, once: bool, shape: str | None = None) -> Start:
    """With `once` it ends when everything that is there is copied; without, it goes on until it is stopped."""
    settings = {"compression.type": task.compression}
    flow = {"from": "source", "to": "destination", "topics": f"[{task.topic}]", "name": task.name, "delivery": delivery}
    if lanes is not None:
        flow["lanes"] = str(lanes)
    if shape is not None:
        flow["shape"] = shape
    file = task.folder / f"{task.name}.yaml"
    file.write_text(
        "clusters:\n"
        f'  source: {{ bootstrap: "{task.source.bootstrap}" }}\n'
        f'  destination: {{ bootstrap: "{task.destination.bootstrap}", kafka: {{ {_yaml(settings)} }} }}\n'
        "flows:\n"
        f"  - {{ {_yaml(flow)} }}\n")
    command = [str(binary), "run", "--config", str(file), "--instance", "bench-1", "--log-format", "json"]
    shown = {"delivery": delivery, "lanes": str(lanes or "default"), **({"shape": shape} if shape else {}),
             **_prefixed("destination kafka: ", settings)}
    return Start(command + (["--once"] if once else []), shown, ends_by_itself=once)


def mirrormaker_1(kafka: Kafka, task: Task) -> Start:
    consumer = {
        "bootstrap.servers": task.source.bootstrap, "group.id": task.name, "auto.offset.reset": "earliest",
        "max.partition.fetch.bytes": str(FETCH_BYTES), "max.poll.records": "5000",
    }
    producer = {"bootstrap.servers": task.destination.bootstrap, **_producer(task)}
    files = [_write(task.folder / f"{task.name}-{role}.properties", settings)
             for role, settings in (("consumer", consumer), ("producer", producer))]
    heap = ["-Xmx1g"]
    command = kafka.java(
        heap, "kafka.tools.MirrorMaker", "--consumer.config", files[0], "--producer.config", files[1],
        "--num.streams", str(THREADS), "--include", task.topic)
    shown = {"heap": " ".join(heap), "--num.streams": str(THREADS),
             **_prefixed("consumer: ", consumer), **_prefixed("producer: ", producer)}
    return Start(command, shown)


def mirrormaker_2(kafka: Kafka, task: Task) -> Start:
    """Dedicated mode. The clusters' aliases come from the run's name, for they name what it remembers.

    The producer's settings stand below the destination's alias: that is where the producer of the data looks.
    """
    source, destination = f"{task.name}-from", f"{task.name}-to"
    flow = f"{source}->{destination}"
    work = {
        "tasks.max": str(THREADS),
        "replication.policy.class": "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
        "replication.factor": "1", "heartbeats.topic.replication.factor": "1",
        # Nothing but copying: the other services of MirrorMaker 2 would only cost it. While offset syncs are off, it
        # refuses a flow that says anything else about them.
        "emit.heartbeats.enabled": "false", "emit.checkpoints.enabled": "false", "emit.offset-syncs.enabled": "false",
        "sync.topic.configs.enabled": "false", "sync.topic.acls.enabled": "false", "refresh.groups.enabled": "false",
        "refresh.topics.enabled": "false",
    }
    consumer = {"max.partition.fetch.bytes": str(FETCH_BYTES), "max.poll.records": "5000"}
    producer = _producer(task)
    settings = {
        "clusters": f"{source}, {destination}",
        f"{source}.bootstrap.servers": task.source.bootstrap,
        f"{destination}.bootstrap.servers": task.destination.bootstrap,
        f"{flow}.enabled": "true", f"{flow}.topics": task.topic, f"{destination}->{source}.enabled": "false",
        **work, **_prefixed(f"{source}.consumer.", consumer), **_prefixed(f"{destination}.producer.", producer),
        **{f"{destination}.{kind}.storage.replication.factor": "1" for kind in ("config", "offset", "status")},
    }
    heap = ["-Xms256m", "-Xmx2g"]
    file = _write(task.folder / f"{task.name}.properties", settings)
    command = kafka.java(heap, "org.apache.kafka.connect.mirror.MirrorMaker", file)
    shown = {"heap": " ".join(heap), **work, **_prefixed("consumer: ", consumer), **_prefixed("producer: ", producer)}
    return Start(command, shown)


def _producer(task: Task) -> dict[str, str]:
    return {
        "acks": "all", "batch.size": str(BATCH_BYTES), "linger.ms": str(task.linger_milliseconds),
        "compression.type": task.compression, "buffer.memory": str(64 << 20),
        # Idempotence keeps the order with several requests in flight; both mirrors allow one by themselves.
        "enable.idempotence": "true", "max.in.flight.requests.per.connection": "5",
    }


def _prefixed(prefix: str, settings: dict[str, str]) -> dict[str, str]:
    return {prefix + key: value for key, value in settings.items() if key not in ("bootstrap.servers", "group.id")}


def _yaml(settings: dict[str, str]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in settings.items())


def _write(file: Path, settings: dict[str, str]) -> str:
    file.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    return str(file)
