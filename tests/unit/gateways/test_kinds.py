"""The table of the kinds of gateway."""

from __future__ import annotations

from importlib import import_module

import pytest

from notifier.configuration import SmsGateway
from notifier.gateways.kinds import KINDS, read


@pytest.mark.parametrize("name", KINDS)
def test_every_row_leads_somewhere(name: str) -> None:
    """Its options can be read, its provider has a class, and options that are missing are no crash."""
    module, class_ = KINDS[name].provider

    options, problems = read(SmsGateway("g", name))

    assert callable(getattr(import_module(module), class_))
    assert options.timeout > 0
    assert all(problem.message for problem in problems)
    assert problems
