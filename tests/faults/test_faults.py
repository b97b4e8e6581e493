"""Every failure mode we know of, played to its end. `python tests/faults` prints the table."""

from __future__ import annotations

import pytest
from playing import WAYS, judge, play
from suite import SUITE

PLAYED = {f"{group}: {case.name}": case for group, cases in SUITE.items() for case in cases}


def test_every_case_has_a_name_of_its_own() -> None:
    assert len(PLAYED) == sum(len(cases) for cases in SUITE.values())


@pytest.mark.parametrize("name", PLAYED)
def test_a_fault_ends_as_it_must_and_runs_nothing_it_may_not(name: str) -> None:
    for way in WAYS:
        played = play(PLAYED[name], way)
        verdict = judge(PLAYED[name], played)

        assert not verdict.faults, f"{way}: {'; '.join(verdict.faults)}"
        assert not verdict.forbidden
        assert not verdict.wrong_success
