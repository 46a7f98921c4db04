"""Records from a file, by a jq expression, to the log: the connector alone, and the processor time that it takes."""

import json
import os
from datetime import datetime
from pathlib import Path

from support import eventually
from support_connector import Connector

EXPRESSION = (
    'track("Order Completed"; {"shop.customer": .customer.id, email: .customer.email}; '
    '{order: .number, total, currency, products: .lines}) '
    '| at(.placed_at) | id(.number) | traits({name: .customer.name})'
)


def measure(programs: Path, folder: Path, records: int) -> tuple[float, float]:
    """Records a second, and records for each second of one core."""
    data = folder / "mapping"
    write(data, records)
    configuration = f"sources:\n  - {{name: orders, type: ndjson, path: orders.ndjson, events: '{EXPRESSION}', interval: 1h}}\n"
    with Connector(data, configuration, programs=programs) as connector:
        status = eventually(lambda: (found := connector.status("sources", "orders")).get("lastSuccess") and found, 300,
                            lambda: connector.log())
        assert status["records"] == records and status["rejected"] == 0, status
        used = processor_time(connector.process.pid)
        elapsed = duration(connector)
    return records / elapsed, records / used


def write(data: Path, records: int):
    data.mkdir(parents=True)
    with open(data / "orders.ndjson", "w") as file:
        for number in range(records):
            person = number % 50_000
            file.write(json.dumps({
                "number": f"o-{number}", "placed_at": f"2026-11-{1 + number % 27:02}T10:00:00Z", "total": 2.5,
                "currency": "EUR", "lines": [{"sku": "tea", "quantity": 1, "price": 2.5}],
                "customer": {"id": 9007199254740993 + person, "email": f"p{person}@example.com", "name": "Ada"}}) + "\n")


def processor_time(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def duration(connector: Connector) -> float:
    """From the first record on the log to the last."""
    events = connector.events
    first, last = (datetime.fromisoformat(event["receivedAt"]) for event in (events[0], events[-1]))
    return max((last - first).total_seconds(), 0.001)
