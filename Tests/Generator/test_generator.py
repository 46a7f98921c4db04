"""The stream with known truth, and the measure of how well profiles agree with it."""

from collections import Counter

from Generator import Options, generate
from Generator.score import score

SMALL = Options(events=5000, seed=7)


def test_the_same_options_give_the_same_stream():
    assert list(generate(SMALL)) == list(generate(SMALL))


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
