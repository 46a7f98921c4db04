"""Records from a file or a table, by a jq expression, to the log: the connector alone, and the processor time that it takes."""

import json
import os
from datetime import datetime
from pathlib import Path

from support import eventually
from support_connector import Connector
from support_postgresql import PostgreSQL

EXPRESSION = (
    'track("Order Completed"; {"shop.customer": .customer.id, email: .customer.email}; '
    '{order: .number, total, currency, products: .lines}) '
    '| at(.placed_at) | id(.number) | traits({name: .customer.name})'
)
TABLE = """
CREATE TABLE orders AS SELECT r.* FROM records, jsonb_to_record(line) AS
    r(number text, placed_at timestamptz, total numeric, currency text, lines jsonb, customer jsonb);
CREATE UNIQUE INDEX ON orders (placed_at, number);
"""


def measure(programs: Path, folder: Path, records: int) -> tuple[float, float]:
    """Records a second, and records for each second of one core."""
    data = folder / "mapping"
    write(data, records)
    return run(programs, data, f"type: ndjson, path: orders.ndjson, events: '{EXPRESSION}'", records)


def measure_table(programs: Path, folder: Path, records: int) -> tuple[float, float]:
    """The same records as rows of a PostgreSQL; its processor time is not counted."""
    file = folder / "table" / "orders.ndjson"
    write(file.parent, records)
    with PostgreSQL() as server:
        lines = file.read_text()
        (folder / "rows.sql").write_text("CREATE TABLE records (line jsonb);\nCOPY records FROM STDIN;\n" + lines + "\\.\n" + TABLE)
        server.script(folder / "rows.sql")
        return run(programs, folder / "table", f"type: postgresql, url: '{server.url()}', table: orders, key: number, "
                   f"cursor: placed_at, events: '{EXPRESSION}'", records)


def run(programs: Path, data: Path, source: str, records: int) -> tuple[float, float]:
    with Connector(data, f"sources:\n  - {{name: orders, interval: 1h, {source}}}\n", programs=programs) as connector:
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
