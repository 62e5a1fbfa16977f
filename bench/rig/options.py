"""The command line of the bench."""

import argparse
import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
DRAIN_LINGER_MILLISECONDS = 20
LATENCY_LINGER_MILLISECONDS = 5
TOOLS = ("martlet", "martlet-eo", "mm1", "mm2")
# Not among those that are measured when nobody asks.
SHAPED = ("martlet-unruled", "martlet-mask4", "martlet-sample10")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/run",
        description="Measures Martlet (at least once and exactly once), MirrorMaker 1 and MirrorMaker 2 in turn on the "
        "same filled topic, and checks every run for loss. docs/BENCHMARKS.md tells the method.",
    )
    add = parser.add_argument
    add("--records", type=_positive, default=2_000_000, help="records in the source topic (2,000,000)", metavar="N")
    add("--record-bytes", type=_record_bytes, default=1000, metavar="N", help="bytes of a value (1000; also 100)")
    add("--compression", choices=("none", "lz4", "zstd"), default="none", help="at source and destination (none)")
    add("--tools", type=_tools, default=TOOLS, metavar="LIST", help=f"which mirrors, in this order ({','.join(TOOLS)}); "
        f"besides: {', '.join(SHAPED)} (docs/BENCHMARKS.md)")
    add("--rounds", type=_positive, default=2, metavar="N", help="how often each; the order is A B A B (2)")
    add("--latency", action="store_true", help="measure end-to-end latency at 5,000 records/s instead of a drain")
    add("--kafka", type=Path, metavar="DIR",
        help="Kafka's folder, the one that holds libs; without it KAFKA_HOME, then ../shared/kafka/3.9.2 beside the "
        "checkout. MirrorMaker 1 exists up to 3.9")
    add("--martlet", type=Path, metavar="PATH", default=CHECKOUT / ".build/release/martlet",
        help="Martlet's release build (.build/release/martlet of the checkout)")
    add("--linger", type=int, metavar="MS", help="linger.ms of MirrorMaker (20; 5 for latency)")
    add("--lanes", type=_positive, metavar="N", help="Martlet's lanes (without it: Martlet's own default)")
    add("--json", type=Path, metavar="FILE", help="write every run, with settings and machine, as JSON")
    add("--report", type=Path, metavar="DIR", help="write report.md and results.json there")
    options = parser.parse_args(arguments)
    if options.linger is None:
        options.linger = LATENCY_LINGER_MILLISECONDS if options.latency else DRAIN_LINGER_MILLISECONDS
    options.kafka = _kafka(options.kafka, parser)
    if "mm1" in options.tools and not _has_mirrormaker_1(options.kafka):
        parser.error(f"{options.kafka} has no MirrorMaker 1, which exists up to Kafka 3.9; name another folder with "
                     "--kafka, or leave mm1 out of --tools")
    if any(tool.startswith("martlet") for tool in options.tools) and not os.access(options.martlet, os.X_OK):
        parser.error(f"{options.martlet} is not there; `make release` builds it, --martlet names another one")
    return options


def _positive(text: str) -> int:
    number = int(text.replace(",", ""))
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _record_bytes(text: str) -> int:
    number = int(text)
    if number < 64:
        raise argparse.ArgumentTypeError("an event needs 64 bytes at least")
    return number


def _tools(text: str) -> tuple[str, ...]:
    tools = tuple(text.split(","))
    unknown = [tool for tool in tools if tool not in TOOLS + SHAPED]
    if unknown:
        raise argparse.ArgumentTypeError(f"{','.join(unknown)} is not one of {','.join(TOOLS + SHAPED)}")
    return tools


def _kafka(named: Path | None, parser: argparse.ArgumentParser) -> Path:
    if named is None and "KAFKA_HOME" in os.environ:
        named = Path(os.environ["KAFKA_HOME"])
    home = (named or CHECKOUT.parent / "shared/kafka/3.9.2").resolve()
    if not any(home.glob("libs/kafka-clients-*.jar")):
        parser.error(f"{home} holds no libs/kafka-clients-*.jar; name Kafka's folder with --kafka or KAFKA_HOME")
    return home


def _has_mirrormaker_1(home: Path) -> bool:
    """The command went with Kafka 4.0."""
    version = next(home.glob("libs/kafka-clients-*.jar")).stem.removeprefix("kafka-clients-")
    return int(version.split(".")[0]) < 4
