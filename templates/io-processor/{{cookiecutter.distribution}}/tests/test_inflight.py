"""What is remembered between the two halves of a request."""

import pytest

from {{ cookiecutter.package }}.inflight import InFlight

# Any value that can be compared will do for a layout.
ONE = (1,)
TWO = (2, 3)


def test_requests_are_kept_apart_by_id() -> None:
    in_flight: InFlight[tuple[int, ...]] = InFlight()
    in_flight.put("a", ONE)
    in_flight.put("b", TWO)
    assert in_flight.take("b") == TWO
    assert in_flight.take("a") == ONE


def test_a_request_is_forgotten_once_taken() -> None:
    in_flight: InFlight[tuple[int, ...]] = InFlight()
    in_flight.put("a", ONE)
    in_flight.take("a")
    with pytest.raises(LookupError, match="'a'"):
        in_flight.take("a")


def test_offline_the_last_request_counts() -> None:
    in_flight: InFlight[tuple[int, ...]] = InFlight()
    in_flight.put(None, ONE)  # failed in the engine, never taken
    in_flight.put(None, TWO)
    assert in_flight.take(None) == TWO


def test_an_id_used_twice_for_the_same_layout_serves_both() -> None:
    in_flight: InFlight[tuple[int, ...]] = InFlight()
    in_flight.put("a", TWO)
    in_flight.put("a", TWO)
    assert [in_flight.take("a"), in_flight.take("a")] == [TWO, TWO]


def test_an_id_used_twice_for_different_requests_is_refused_until_stale() -> None:
    now = 0.0
    in_flight: InFlight[tuple[int, ...]] = InFlight(stale_after_s=10, clock=lambda: now)
    in_flight.put("a", ONE)
    with pytest.raises(ValueError, match="another request under way has the id 'a'"):
        in_flight.put("a", TWO)
    now = 11.0
    in_flight.put("a", TWO)
    assert in_flight.take("a") == TWO


def test_abandoned_requests_do_not_pile_up() -> None:
    in_flight: InFlight[tuple[int, ...]] = InFlight(capacity=2)
    for name in ("a", "b", "c"):
        in_flight.put(name, ONE)
    assert in_flight.take("c") == ONE
    with pytest.raises(LookupError):
        in_flight.take("a")
