"""Sources that read files: CSV and NDJSON, with mapping, resume, progress and imports."""

import csv
import json
import os
import time
from pathlib import Path

import pytest

from support import Hub
from support.segments import LogFiles
from support.waiting import eventually
from support_connector import Connector, LaneWriter, identifiers, now

CONTACTS = """\
sources:
  - name: contacts
    type: csv
    path: contacts.csv
    userNamespace: crm
    interval: 200ms
    mapping:
      userId: id
      email: email
      externalIds: {crm.contact: id}
      traits:
        firstName: first name
        price: {from: price, as: number}
        plan: plan
"""

ORDERS = """\
sources:
  - name: orders
    type: ndjson
    path: orders.ndjson
    mapping:
      event: Order Completed
      messageId: order.no
      timestamp: {from: order.at, as: seconds}
      email: customer.email
      properties: {total: order.total, sku: order.lines.0.sku}
"""


@pytest.fixture
def connector(tmp_path):
    running = Connector(tmp_path / "data")
    yield running
    running.stop()


def rested(path: Path):
    """Makes it a file that nobody has written to for a while, so that its last line counts although it has no end."""
    os.utime(path, (time.time() - 100,) * 2)


def replace(path: Path, text: str):
    """Puts another file in its place, of which nobody sees a part."""
    anew = path.with_suffix(".new")
    anew.write_text(text)
    anew.replace(path)


def test_reads_contacts_from_csv(connector):
    """Quotes, line ends inside them, a byte order mark and CRLF; values stay what they are; bad rows do not stop it."""
    rows = ["\ufeffid,email,first name,price,plan",
            '007,ada@x.test,"Ada ""the first""\r\nLovelace",2.10,', "8,bob@x.test,김서연,1e3,pro",
            "9,too,few", '10,eve@x.test,Eve,12.5 EUR,pro', '"x"y,1,2,3,4', ",,nobody,1,", "11,zoe@x.test,Zoë,3,pro"]
    path = connector.data / "contacts.csv"
    path.write_bytes("\r\n".join(rows).encode())
    rested(path)
    connector.configure(CONTACTS)
    connector.start()
    events = connector.await_events(3)
    assert [event["event"]["userId"] for event in events] == ["007", "8", "11"]
    first = events[0]
    assert first["source"] == "contacts" and first["userNamespace"] == "crm" and first["historical"] is True
    assert first["type"] == "identify" and first["messageId"] == first["event"]["messageId"]
    assert first["event"]["traits"] == {"email": "ada@x.test", "firstName": 'Ada "the first"\r\nLovelace', "price": 2.1}
    assert identifiers(first) == ["crm.contact:007", "email:ada@x.test", "user:007"]
    raw = [record.value.decode() for record in LogFiles(connector.data, "events").read()]
    assert '"price":2.10' in raw[0] and '"price":1e3' in raw[1]
    letters = eventually(lambda: len(found := connector.dead_letters) == 4 and found, 60, "four dead letters")
    assert sorted(letter["code"] for letter in letters) == \
        ["malformed_record", "malformed_record", "no_identifier", "wrong_type"]
    assert all(letter["origin"] == "contacts" and letter["service"] == "connector" for letter in letters)
    # What is counted is remembered once it is on the log.
    eventually(lambda: connector.has_succeeded("contacts"), 60, connector.log)
    status = connector.status("sources", "contacts")
    assert (status["records"], status["rejected"]) == (3, 4)
    assert status["progress"]["done"] == status["progress"]["total"]


def test_goes_on_where_a_file_has_grown_and_begins_anew_where_it_was_replaced(connector):
    path = connector.data / "contacts.csv"
    path.write_text("id,email,first name,price,plan\n1,a@x.test,A,1,x\n")
    connector.configure(CONTACTS)
    connector.start()
    connector.await_events(1)
    with open(path, "a") as file:
        file.write("2,b@x.test,B,1,x\n")
    assert [event["event"]["userId"] for event in connector.await_events(2)] == ["1", "2"]
    # The same length, other content: nothing but the content tells.
    with open(path, "r+") as file:
        file.write("id,email,first name,price,plan\n1,a@x.test,Z,1,x\n2,b@x.test,B,1,x\n")
    events = connector.await_events(4)
    assert [event["event"]["traits"]["firstName"] for event in events] == ["A", "B", "Z", "B"]
    time.sleep(0.7)
    assert len(connector.events) == 4


def test_reads_orders_from_ndjson(connector):
    lines = [{"order": {"no": f"o-{n}", "at": 1700000000 + n, "total": 12.5, "lines": [{"sku": "A"}]},
              "customer": {"email": f"p{n % 3}@x.test"}} for n in range(10)]
    text = "\n".join(json.dumps(line) for line in lines[:5]) + "\n\n{broken\n[1]\n"
    text += "\n".join(json.dumps(line) for line in lines[5:])
    path = connector.data / "orders.ndjson"
    path.write_text(text)
    rested(path)
    connector.configure(ORDERS)
    connector.start()
    events = connector.await_events(10)
    assert [event["messageId"] for event in events] == [f"o-{n}" for n in range(10)]
    assert events[0]["name"] == "Order Completed" and events[0]["timestamp"] == "2023-11-14T22:13:20.000Z"
    assert events[0]["event"]["properties"] == {"total": 12.5, "sku": "A"}
    assert identifiers(events[4]) == ["email:p1@x.test"]
    letters = eventually(lambda: len(found := connector.dead_letters) == 2 and found, 60, connector.log)
    assert [letter["code"] for letter in letters] == ["invalid_json", "not_an_object"]


def test_waits_for_the_end_of_a_line_that_is_still_being_written(connector):
    contacts, rest = connector.data / "contacts.csv", connector.data / "orders.ndjson"
    line = orders(1, 2).rstrip("\n")
    contacts.write_text("id,email,first name,price,plan\n1,a@x.test,A,1,x\n2,b@x.te")
    rest.write_text(line[:-9])
    connector.configure(CONTACTS + ORDERS.replace("sources:\n", "").replace("mapping:", "interval: 200ms\n    mapping:"))
    connector.launch()

    def written() -> bool:
        """Whether what is whole was read. Whoever is at the rest was at it just now: what nobody has touched for a minute is whole."""
        for file in (contacts, rest):
            os.utime(file)
        return len(connector.events) >= 2

    eventually(written, 60, connector.log)
    time.sleep(1)
    assert sorted(event["messageId"] for event in connector.events if event["source"] == "orders") == ["o-1"]
    for file, end in ((contacts, "st,B,1,x\n"), (rest, line[-9:] + "\n")):
        with open(file, "a") as opened:
            opened.write(end)
    events = connector.await_events(4)
    assert sorted(mail for event in events for mail in identifiers(event) if mail.startswith("email:")) == \
        ["email:a@x.test", "email:ada@x.test", "email:ada@x.test", "email:b@x.test"]
    assert connector.dead_letters == []


def orders(*numbers: int) -> str:
    return "".join(json.dumps({
        "order": {"no": f"o-{number}", "at": 1700000000 + number * 86400, "total": 12.5, "lines": [{"sku": "A"}]},
        "customer": {"email": "ada@x.test"}}) + "\n" for number in numbers)


def test_an_export_that_comes_anew_each_night_counts_each_order_once(hub, tmp_path):
    """However many nights: what counts is the order's own time and id, not when it was read."""
    file = tmp_path / "data" / "orders.ndjson"
    file.parent.mkdir()
    file.write_text(orders(1, 2))
    running: Hub = hub(ORDERS.replace("mapping:", "interval: 200ms\n    mapping:"))

    def read() -> list[dict]:
        return [record.json for record in LogFiles(running.data, "events").read()]

    eventually(lambda: running.status()["events"] == 2, 30, running.printed)
    anew = file.with_suffix(".new")
    anew.write_text(orders(3, 1, 2))
    anew.replace(file)
    eventually(lambda: len(read()) == 5, 30, running.printed)
    assert [event["originalTimestamp"] for event in read()[:2]] == ["2023-11-15T22:13:20.000Z", "2023-11-16T22:13:20.000Z"]
    # The same export as it was read eight days ago, and one order more to know that it was taken in.
    earlier = LaneWriter(running.data, "events", "earlier")
    for event in read():
        earlier.append({**event, "receivedAt": now(-8 * 86400)})
    earlier.append({**read()[0], "messageId": "o-4"})
    eventually(lambda: running.status()["events"] == 4, 30, lambda: str(running.status()))
    assert sorted(event["messageId"] for event in running.events("email:ada@x.test")) == ["o-1", "o-2", "o-3", "o-4"]


def test_loses_and_doubles_nothing_when_killed_while_reading(connector):
    """Every record is on the log exactly once, although the reader is killed again and again."""
    path = connector.data / "contacts.csv"
    path.write_text("id,email,first name,price,plan\n")
    count = 0

    def grow(lines: int):
        nonlocal count
        with open(path, "a") as file:
            file.writelines(f"{n},p{n}@x.test,Name {n},{n}.50,plan\n" for n in range(count, count + lines))
        count += lines

    connector.configure(CONTACTS)
    for kill in range(5):
        # There is always more to read, however long it is until somebody comes to kill it.
        grow(6000)
        connector.launch()
        seen = len(connector.events)
        eventually(lambda: len(connector.events) > seen + 1000 * kill, 60, lambda: f"progress:\n{connector.log()}")
        connector.kill()
    grow(1000)
    assert 0 < len(connector.events) < count
    connector.start()
    events = connector.await_events(count, 120)
    assert [event["event"]["userId"] for event in events] == [str(n) for n in range(count)]
    assert len({event["messageId"] for event in events}) == count


def test_keeps_its_memory_while_the_file_is_large(connector):
    """A file of 32 MiB takes hardly more than one of nothing, and no more when it has grown."""
    path = connector.data / "contacts.csv"
    header = "id,email,first name,price,plan\n"
    path.write_text(header)
    connector.configure(CONTACTS)
    connector.start()
    eventually(lambda: connector.has_succeeded("contacts"), 60, lambda: connector.log())
    before = peak_memory(connector)
    replace(path, header + "".join(f"{n},p{n}@x.test,{'x' * 8000},1,plan\n" for n in range(4000)))
    eventually(lambda: connector.status("sources", "contacts")["records"] == 4000, 120, lambda: connector.log())
    assert peak_memory(connector) - before < 24 * 1024
    with open(path, "a") as file:
        file.write("4000,p4000@x.test,x,1,plan\n")
    eventually(lambda: connector.status("sources", "contacts")["records"] == 4001, 60, lambda: connector.log())
    assert peak_memory(connector) - before < 24 * 1024


def peak_memory(connector: Connector) -> int:
    """In KiB."""
    status = open(f"/proc/{connector.process.pid}/status")
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def test_says_which_column_is_missing_and_spoils_no_record(connector):
    """A mapping that does not fit would otherwise send the whole file to the dead letters."""
    (connector.data / "contacts.csv").write_text("id,mail,first name,price,plan\n1,a@x.test,A,1,x\n")
    connector.configure(CONTACTS)
    connector.start()
    status = lambda: connector.status("sources", "contacts")
    eventually(lambda: status()["state"] == "failing", 60, lambda: str(status()))
    assert "no column “email”; the columns are id, mail" in status()["error"]
    replace(connector.data / "contacts.csv", "id,email,first name,price,plan\n1,a@x.test,A,1,x\n")
    connector.admin("POST", "/v1/sources/contacts/run")
    assert [event["event"]["userId"] for event in connector.await_events(1)] == ["1"]
    assert not connector.dead_letters and not connector.events[1:]


def test_does_not_log_the_first_person_of_a_file_without_a_header(connector):
    (connector.data / "contacts.csv").write_text("1,ada@x.test,Ada,1,x\n2,bob@x.test,Bob,1,x\n")
    connector.configure(CONTACTS)
    connector.start()
    eventually(lambda: "could not be read" in connector.log(), 60, connector.log)
    assert "There is no column “email”" in connector.log() and "ada" not in connector.log().lower()
    assert "the columns are 1, ada@x.test" in connector.status("sources", "contacts")["error"]


def test_imports_a_file_once_on_request(connector, tmp_path):
    connector.start()
    path = tmp_path / "people.csv"
    path.write_text("user_id,email,plan\n1,a@x.test,007\n2,b@x.test,x\n")
    body = {"name": "people", "type": "csv", "path": str(path)}
    assert connector.call("POST", "/v1/imports", json.dumps(body).encode()).status == 401
    answer = connector.admin("POST", "/v1/imports", body)
    assert answer.status == 202, answer
    progress = lambda: connector.admin("GET", f"/v1/imports/{answer.json()['id']}").json()
    eventually(lambda: progress()["state"] == "done", 60, lambda: str(progress()))
    assert progress()["records"] == 2 and progress()["progress"]["done"] == path.stat().st_size
    events = connector.await_events(2, source="people")
    assert events[0]["event"]["traits"] == {"email": "a@x.test", "plan": "007"}
    again = connector.admin("POST", "/v1/imports", body).json()
    eventually(lambda: connector.admin("GET", f"/v1/imports/{again['id']}").json()["state"] == "done", 60)
    assert len(connector.events) == 2


def test_an_import_with_another_mapping_begins_anew(connector, tmp_path):
    connector.start()
    path = tmp_path / "people.csv"
    path.write_text("id,mail,plan\n1,a@x.test,pro\n2,b@x.test,pro\n")

    def imported(mapping: dict) -> tuple[int, int]:
        body = {"name": "people", "type": "csv", "path": str(path), "mapping": mapping}
        id = connector.admin("POST", "/v1/imports", body).json()["id"]
        progress = lambda: connector.admin("GET", f"/v1/imports/{id}").json()
        eventually(lambda: progress()["state"] == "done", 60, lambda: str(progress()))
        return progress()["records"], progress()["rejected"]

    assert imported({"userId": "id", "timestamp": "plan"}) == (0, 2)
    assert imported({"userId": "id", "email": "mail"}) == (2, 0)
    assert [identifiers(event) for event in connector.await_events(2)] == [["email:a@x.test", "user:1"], ["email:b@x.test", "user:2"]]


@pytest.mark.parametrize("body", [
    {"name": "x", "type": "csv", "path": "/nowhere"}, {"name": "x", "type": "csv", "path": "/"},
    {"name": "x", "type": "csv"}, {"name": "x", "type": "imap", "path": "/etc/passwd"}, {"type": "csv", "path": "/x"},
    {"name": "x", "type": "csv", "path": "/x", "delimeter": ";"}, [], "x"])
def test_refuses_an_import_that_makes_no_sense(tmp_path_factory, body, shared):
    answer = shared.admin("POST", "/v1/imports", body)
    assert answer.status == 400
    assert set(answer.json()) == {"code", "message", "detail"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Connector(tmp_path_factory.mktemp("shared") / "data") as running:
        yield running


@pytest.mark.parametrize("config, word", [
    ("sources: [{name: a, type: csv, path: x, delimeter: ';'}]", "delimiter, mapping, interval"),
    ("sources: [{name: a, type: xml, path: x}]", "no connector of type “xml”; the types are"),
    ("sources: [{name: a, type: csv, path: x}, {name: a, type: csv, path: y}]", "twice"),
    ("sources: [{name: a, type: imap, host: h, user: u, password: '${NOT_SET}'}]", "NOT_SET"),
    ("destinations: [{name: a, type: smtp, host: h}]", "“from” is missing"),
    ("destinations: [{name: a, type: webhook, url: 'http://x', secret: short}]", "whsec_"),
    ("sources: {}", "not a list"),
])
def test_says_what_is_wrong_with_the_configuration(tmp_path, config, word):
    connector = Connector(tmp_path / "data", config)
    connector.launch()
    assert connector.process.wait(300) != 0
    assert word in connector.log()


# Destinations.

def test_commands_become_lines_and_rows_once_each(tmp_path):
    config = """\
destinations:
  - {name: lines, type: ndjson, path: out.ndjson}
  - {name: rows, type: csv, path: out.csv, columns: [order.total, note]}
"""
    with Connector(tmp_path / "data", config) as running:
        body = {"order": {"total": 2.5}, "note": 'She said "hi",\nand left'}
        for number in range(20):
            for name in ("lines", "rows"):
                running.command(name, {"body": body}, id=f"{name}-{number}")
        for number in range(20):
            running.outcome(f"lines-{number}")
            running.outcome(f"rows-{number}")
        lines = [json.loads(line) for line in (tmp_path / "data" / "out.ndjson").read_text().splitlines()]
        assert sorted(line["id"] for line in lines) == sorted(f"lines-{number}" for number in range(20))
        assert lines[0]["body"] == body and lines[0]["identifier"] == "email:ada@example.com"
        with open(tmp_path / "data" / "out.csv", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == ["id", "identifier", "order.total", "note"]
        assert sorted(row[0] for row in rows) == sorted(f"rows-{number}" for number in range(20))
        assert rows[0][1:] == ["email:ada@example.com", "2.5", body["note"]]


def test_a_line_that_is_there_already_is_not_written_again_and_a_cut_one_is(tmp_path):
    file = tmp_path / "data" / "out.ndjson"
    with Connector(tmp_path / "data", "destinations:\n  - {name: lines, type: ndjson, path: out.ndjson}\n") as running:
        for name in ("c-1", "c-2"):
            running.command("lines", {"body": 5}, id=name)
            running.outcome(name)
        running.stop()
        first, second = file.read_text().splitlines()
        file.write_text(f"{first}\n{second[:-9]}")
        # It does not know any more what was delivered.
        for part in running.data.glob("connector.sqlite*"):
            part.unlink()
        running.command("lines", {"body": 5}, id="c-3")
        running.start()
        eventually(lambda: len(file.read_text().splitlines()) == 4, 30, running.log)
        lines = file.read_text().splitlines()
        assert lines[:2] == [first, second[:-9]] and second in lines[2:]
        assert sorted(json.loads(line)["id"] for line in lines[2:]) == ["c-2", "c-3"]
