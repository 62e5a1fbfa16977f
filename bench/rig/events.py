"""Values for the source topic: ad events as JSON, as compressible as real ones, the same in every run."""

import json
import random
from pathlib import Path

# So many that few stand twice in one batch, which would compress it better than real events. A batch of 128 kB,
# compressed, holds some thousand events of 100 bytes.
DISTINCT = 50_000
WORDS = ("sport news travel auto finance health music games food home garden science fashion movies books pets photo "
         "weather politics family").split()


def write(path: Path, record_bytes: int) -> None:
    """One event a line, each of exactly `record_bytes` bytes."""
    chance = random.Random(7)
    path.write_text("".join(_event(chance, record_bytes) + "\n" for _ in range(DISTINCT)))


def _event(chance: random.Random, size: int) -> str:
    """Takes as many fields as fit, and fills the rest with keywords, as events are filled."""
    parts = []
    room = size - len('{"tags":""}')
    for name, value in _fields(chance):
        part = f'"{name}":{json.dumps(value, separators=(",", ":"))},'
        if len(part) <= room:
            parts.append(part)
            room -= len(part)
    tags = " ".join(chance.choices(WORDS, k=1 + room // 4))[:room]
    return "{" + "".join(parts) + f'"tags":"{tags}"' + "}"


def _fields(chance: random.Random) -> list[tuple[str, object]]:
    number = chance.randrange
    site = chance.choice(WORDS)
    return [
        ("type", chance.choice(("impression", "click", "view"))),
        ("campaign", number(100, 5_000)),
        ("id", f"{chance.getrandbits(64):016x}"),
        ("price_micros", number(100, 90_000)),
        ("time", f"2026-03-01T{number(24):02}:{number(60):02}:{number(60):02}.{number(1000):03}Z"),
        ("user", f"{chance.getrandbits(128):032x}"),
        ("session", f"{chance.getrandbits(64):016x}"),
        ("ip", f"198.51.100.{number(256)}"),
        ("country", chance.choice(("DE", "FR", "GB", "IT", "NL", "PL", "SE", "US"))),
        ("language", chance.choice(("de", "en", "fr", "it", "pl"))),
        ("agent", f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{number(90, 140)}.0.0.0 Safari/537.36"),
        ("page", f"https://{site}.example/{chance.choice(WORDS)}/{number(10 ** 6)}"),
        ("referrer", f"https://search.example/?q={chance.choice(WORDS)}+{chance.choice(WORDS)}"),
        ("creative", {"id": number(10 ** 6), "width": 300, "height": chance.choice((50, 250, 600)), "format": "html"}),
        ("bid", {"floor": number(500), "currency": "EUR", "auction": f"{chance.getrandbits(96):024x}"}),
        ("segments", [number(1_000, 9_999) for _ in range(number(4, 16))]),
        ("consent", True),
        ("position", {"above_fold": chance.random() < 0.5, "viewable_ms": number(20_000)}),
    ]
