"""Make what module 09 keeps hidden: forty quarters with other luck, and the logs that `expected_loss` is asked about.

Everything comes from the public pack in `solutions/09_stakeholder_translation/data` and one seed. Writes between the
marker lines of `grader/keys/09_stakeholder_translation.yaml`; `--check` writes nothing and fails where they differ.

    python grader/make_quarters.py [--check]
"""

from __future__ import annotations

import csv
import json
import math
import random
from pathlib import Path

from leadgym.course.generated import settle, with_blocks

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "solutions/09_stakeholder_translation/data"
KEYS = ROOT / "grader/keys/09_stakeholder_translation.yaml"
FIRST_SEED = 90_114
NEAR = 0.06
"""The seed is the first from FIRST_SEED on whose quarters lie this near to what the pack says, for every event: an
honest reader of the pack should not lose by the luck of forty draws."""
QUARTERS = 40
PLANNED_CHANGES = 12
SAID_WEEKS = 5
BROKER = "message broker"
FIRST, LAST = "2026-07-01", "2026-12-31"
NUMBERS = ("minutes_down", "minutes_customers", "minutes_ticket_open", "eur_per_hour")


def read(name: str) -> list[dict[str, str]]:
    """A table of the pack."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def incidents() -> list[dict[str, str | int]]:
    """The incident log, as the exercise reads it."""
    rows = read("lena_message/incidents.csv")
    return [{name: int(cell) if name in NUMBERS else cell for name, cell in row.items()} for row in rows]


def counted(rows: list[dict], component: str = BROKER, first: str = FIRST, last: str = LAST) -> list[dict]:
    """The incidents that count: of the component, in the window, each once, no drill."""
    return [
        row for row in rows
        if row["component"] == component and first <= str(row["opened"])[:10] <= last
        and "duplicate of" not in str(row["note"]) and "planned exercise" not in str(row["note"])
    ]  # fmt: skip


def loss(rows: list[dict]) -> float:
    """What customers felt, in euros."""
    return sum(row["minutes_customers"] / 60 * row["eur_per_hour"] for row in rows if row["customer_facing"] == "yes")


def pack() -> dict[str, float]:
    """The rates a reader takes from the pack, each per quarter or as a share."""
    rows = counted(incidents())
    changes = [row for row in read("changes.csv") if row["component"] == BROKER]
    took = [float(row["took_weeks"]) / float(row["said_weeks"]) for row in read("past_work.csv")]
    return {
        "all": len(rows) / 2,
        "felt": sum(row["customer_facing"] == "yes" for row in rows) / 2,
        "long": sum(row["minutes_down"] >= 120 for row in rows) / len(rows),
        "off_hours": sum(row["eur_per_hour"] != 96_000 for row in rows) / len(rows),
        "change": sum(row["followed_by"] != "" for row in changes) / len(changes),
        "in_time": sum(ratio <= 1 for ratio in took) / len(took),
    }


def experts(rates: dict[str, float]) -> dict[str, float]:
    """The chances that follow from the rates, if incidents come independently of each other."""
    felt = rates["felt"]
    return {
        "felt": 1 - math.exp(-felt),
        "felt_long": 1 - math.exp(-felt * rates["long"]),
        "felt_twice": 1 - math.exp(-felt) * (1 + felt),
        "first_felt": felt / rates["all"],
        "quiet": math.exp(-rates["all"]),
        "off_hours": 1 - math.exp(-rates["all"] * rates["off_hours"]),
        "change": 1 - (1 - rates["change"]) ** PLANNED_CHANGES,
        "in_time": rates["in_time"],
    }


def poisson(luck: random.Random, rate: float) -> int:
    """How many come in a quarter."""
    count, time = 0, luck.expovariate(rate)
    while time < 1:
        count, time = count + 1, time + luck.expovariate(rate)
    return count


def seed_for(rates: dict[str, float]) -> int:
    """The first seed whose quarters lie near enough to the pack."""
    expert, seed = experts(rates), FIRST_SEED
    while any(abs(came / QUARTERS - expert[name]) > NEAR for name, came in happened(rates, seed).items()):
        seed += 1
    return seed


def happened(rates: dict[str, float], seed: int) -> dict[str, int]:
    """In how many of the quarters each event came."""
    luck, found = random.Random(seed), dict.fromkeys(experts(rates), 0)  # noqa: S311 - luck, not secrets
    for _ in range(QUARTERS):
        ones = [
            {"felt": luck.random() < rates["felt"] / rates["all"], "long": luck.random() < rates["long"],
             "off": luck.random() < rates["off_hours"]}
            for _ in range(poisson(luck, rates["all"]))
        ]  # fmt: skip
        felt = [one for one in ones if one["felt"]]
        found["felt"] += bool(felt)
        found["felt_long"] += any(one["long"] for one in felt)
        found["felt_twice"] += len(felt) >= 2
        found["first_felt"] += bool(ones) and ones[0]["felt"]
        found["quiet"] += not ones
        found["off_hours"] += any(one["off"] for one in ones)
        found["change"] += any(luck.random() < rates["change"] for _ in range(PLANNED_CHANGES))
        found["in_time"] += luck.random() < rates["in_time"]
    return found


WHY = {
    "felt": "Two in two quarters is one a quarter; at that rate a quarter without any is rarer than one with.",
    "felt_long": "Take the rate of those that customers feel, and of all eleven the share that ran two hours or more.",
    "felt_twice": "At one a quarter two or more is what is left once none and exactly one are taken away.",
    "first_felt": "Customers felt two of the eleven; nothing says that the next one is of another kind.",
    "quiet": "Eleven in two quarters. At that rate a quarter without any is next to impossible.",
    "off_hours": "Look at the hours of the eleven: about two a quarter fall outside of the working day.",
    "change": "Count the changes to the broker that an incident followed, and their share. Then twelve, one by one.",
    "in_time": "Divide what each of the twenty pieces took by what had been said; count those at one or below.",
}


def log_of(luck: random.Random, number: int, trap: str) -> tuple[dict, float]:
    """A log in which ``trap`` makes the difference, and the loss a quarter that is right for it."""
    component = luck.choice(["message broker", "card gateway", "ledger database", "bank connection"])
    others = [
        c for c in ("build server", "reporting", "login page", "message broker", "card gateway") if c != component
    ]
    quarters = luck.choice([1, 2, 3, 4])
    first = "2025-01-01"
    last = ("2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31")[quarters - 1]
    rows: list[dict] = []

    def add(day: str, what: str, felt: bool, minutes: int, rate: int, note: str, customers: int | None = None) -> dict:
        row = {
            "id": f"INC-{number * 100 + len(rows) + 1}", "opened": day, "component": what, "severity": 1 if felt else 3,
            "customer_facing": "yes" if felt else "no", "minutes_down": minutes,
            "minutes_customers": (minutes if customers is None else customers) if felt else 0,
            "minutes_ticket_open": minutes + 15 * luck.randint(1, 12), "eur_per_hour": rate, "note": note,
        }  # fmt: skip
        rows.append(row)
        return row

    def day(year: int = 2025) -> str:
        month = luck.randint(1, quarters * 3)
        return f"{year}-{month:02d}-{luck.randint(1, 28):02d} {luck.randint(0, 23):02d}:{luck.randint(0, 59):02d}"

    def rate() -> int:
        return luck.choice([12_000, 18_000, 40_000, 60_000, 96_000])

    for _ in range(luck.randint(1, 3)):
        minutes = 5 * luck.randint(4, 40)
        customers = minutes - 5 * luck.randint(1, 3) if trap == "minutes" else None
        add(day(), component, True, minutes, rate(), "payments refused", customers)
    for _ in range(luck.randint(1, 3)):
        add(day(), component, False, 5 * luck.randint(4, 30), rate(), "restarted, nobody noticed")
    if trap == "others":
        add(day(), luck.choice(others), True, 5 * luck.randint(4, 40), rate(), "another team's")
    if trap == "twice":
        again = luck.choice([row for row in rows if row["customer_facing"] == "yes"])
        copy = add(str(again["opened"]), component, True, int(again["minutes_down"]), int(again["eur_per_hour"]),
                   f"opened by support desk; duplicate of {again['id']}")  # fmt: skip
        copy["minutes_customers"] = again["minutes_customers"]
        add(day(), component, True, 15, rate(), "planned exercise: merchants were told a week before")
    if trap == "window":
        add(
            f"2024-{luck.randint(10, 12)}-{luck.randint(1, 28):02d} 10:00",
            component,
            True,
            60,
            rate(),
            "payments refused",
        )
        add(f"2026-01-{luck.randint(1, 28):02d} 11:30", component, True, 45, rate(), "payments refused")
    rows.sort(key=lambda row: str(row["opened"]))
    case = {"log": rows, "component": component, "first": first, "last": last, "quarters": quarters}
    return case, loss(counted(rows, component, first, last)) / quarters


LABELS = {
    "others": "a log in which other components fail as well",
    "minutes": "a log in which customers felt less than the whole time it was down",
    "twice": "a log with an outage that was reported twice, and with a drill",
    "window": "a log that begins before the window and ends after it",
}
GROUPS = {"plain": ["others", "minutes"], "twice": ["twice"], "window": ["window"]}


def keys() -> dict[str, str]:
    """The text between each pair of marker lines."""
    rates = pack()
    expert, seed = experts(rates), seed_for(rates)
    came = happened(rates, seed)
    chances = [f"    seed: {seed}", "    events:"]
    for name, why in WHY.items():
        chances.append(f"      {name}:")
        chances.append(f"        {{happened: {came[name]}, of: {QUARTERS}, expert: {expert[name]:.3f},")
        chances.append(f"         why: {json.dumps(why)}}}")
    luck, groups, number = random.Random(FIRST_SEED), ["    groups:"], 40  # noqa: S311
    for group, traps in GROUPS.items():
        groups.append(f"      {group}:")
        asked = [(trap, *log_of(luck, number + i, trap)) for i, trap in enumerate(traps * (8 // len(traps)))]
        number += 8
        for trap, case, right in asked:
            groups.append(f"        - label: {LABELS[trap]}")
            groups.append(f"          right: {right:.2f}")
            groups.append("          within: 1")
            groups.append(f"          input: {json.dumps(case)}")
    return {"chances": "\n".join(chances), "expected_loss": "\n".join(groups)}


def main() -> None:
    """Write, or check."""
    settle({KEYS: with_blocks(KEYS.read_text(encoding="utf-8"), KEYS, keys())}, "make_quarters.py")


if __name__ == "__main__":
    main()
