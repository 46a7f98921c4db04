"""The stream with known truth, and the measure of how well profiles agree with it."""

from collections import Counter

from Generator import Options, generate, schedule
from Generator.score import score

SMALL = Options(events=5000, seed=7)


def test_the_same_options_give_the_same_stream():
    assert list(generate(SMALL)) == list(generate(SMALL))


def test_a_stream_of_several_chapters_is_as_long_and_in_order_and_brings_people_back(monkeypatch):
    monkeypatch.setattr(schedule, "CHAPTER", 1500)
    events = list(generate(SMALL))
    assert events == list(generate(SMALL))
    assert len(events) == SMALL.events
    times = [event.call["timestamp"] for event in events if "o" not in event.flags]
    assert sum(later < earlier for earlier, later in zip(times, times[1:])) < len(times) / 10
    early, late = ({event.person for event in part} for part in (events[:1500], events[-1500:]))
    assert early & late and late - early
    again = {event.call["messageId"] for event in events if "d" in event.flags}
    assert all(count == 2 for id, count in Counter(event.call["messageId"] for event in events).items() if id in again)


def test_the_stream_has_every_source_and_every_trap():
    events = list(generate(SMALL))
    assert len(events) == SMALL.events
    assert {event.source for event in events} == {"web", "mobile", "shop", "crm", "email", "chat", "news"}
    assert {flag for event in events for flag in event.flags} >= set("akflrwtod")


def test_a_redelivered_event_keeps_its_id_and_nothing_else_repeats():
    events = list(generate(SMALL))
    times = Counter(event.call["messageId"] for event in events)
    again = {event.call["messageId"] for event in events if "d" in event.flags}
    assert {id for id, count in times.items() if count > 1} == again


def test_the_truth_agrees_with_itself_and_strangers_in_one_profile_cost_precision():
    truth = [(event.call["messageId"], str(event.person), event.flags) for event in generate(SMALL)]
    perfect = score(truth, {id: person for id, person, _ in truth})
    assert (perfect.pairwise.f1, perfect.b_cubed.f1, perfect.mixed, perfect.split) == (1, 1, 0, 0)
    heap = score(truth, {id: "everybody" for id, _, _ in truth})
    assert heap.pairwise.recall == 1 and heap.pairwise.precision < 0.1 and heap.mixed == 1
