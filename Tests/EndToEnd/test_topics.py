"""What is on the log is what the JSON Schemas beside the types say, so that a program in any language can join."""

import json

import jsonschema
import pytest

from support import Hub, eventually
from support.hub import REPOSITORY

SCHEMAS = REPOSITORY / "Shared" / "Topics" / "Schemas"
TOPICS = {"events": "event", "changes": "change", "commands": "command", "control": "control", "dead-letters": "dead-letter"}

CONFIG = """
destinations:
  - {name: crm, type: webhook, url: "http://127.0.0.1:9/hook", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjMzSGVsbG8=, allow: [127.0.0.0/8]}
rules:
  - name: thanks
    on: {event: Order Completed}
    to: crm
    webhook: {body: {who: "{{identifiers.email}}"}}
"""


@pytest.fixture(scope="module")
def topics(tmp_path_factory) -> dict[str, list[dict]]:
    """The values of every record on every topic, after one of each kind was caused."""
    with Hub(tmp_path_factory.mktemp("topics") / "data", CONFIG) as hub:
        hub.post("/v1/batch", {"batch": [
            {"type": "identify", "userId": "t-1", "messageId": "t-1", "traits": {"email": "t@example.com"}},
            {"type": "track", "userId": "t-1", "messageId": "t-2", "event": "Order Completed"},
            {"type": "track", "event": "Nobody's"}]})
        hub.new_write_key("other", user_namespace="crm.contact")
        def read(topic: str) -> list[dict]:
            lines = hub.kith("tail", topic, "--from", 0, "--no-follow", "--json").stdout.splitlines()
            return [json.loads(line)["value"] for line in lines]
        eventually(lambda: all(read(topic) for topic in TOPICS), 60, "a record on every topic")
        return {topic: read(topic) for topic in TOPICS}


@pytest.mark.parametrize("topic", TOPICS)
def test_every_record_is_what_the_schema_of_its_topic_says(topics: dict[str, list[dict]], topic: str):
    schema = json.loads((SCHEMAS / f"{TOPICS[topic]}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert topics[topic]
    for value in topics[topic]:
        validator.validate(value)


def test_the_schemas_refuse_what_is_something_else(topics: dict[str, list[dict]]):
    for topic, other in zip(TOPICS, [*list(TOPICS)[1:], "events"]):
        schema = json.loads((SCHEMAS / f"{TOPICS[topic]}.schema.json").read_text())
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(topics[other][0], schema)
