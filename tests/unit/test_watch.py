"""A worker is stalled where bells lie, somebody is free, and none is taken for too long."""

from __future__ import annotations

from notifier.worker.watch import Watch, overdue


def test_bells_that_lie_there_too_long() -> None:
    """From the first look on; a bell that is taken starts anew."""
    watch = Watch(lambda: 1, lambda: True, patience=60)

    assert not watch.stalled(0)
    assert not watch.stalled(59)
    assert watch.stalled(60)

    watch.taken()
    assert not watch.stalled(61)
    assert not watch.stalled(120)
    assert watch.stalled(121)


def test_no_bells_or_nobody_free_is_no_stall() -> None:
    """A worker that has nothing to do, or all hands full, is well; the time before doesn't count."""
    depth, free = [1], [True]
    watch = Watch(lambda: depth[0], lambda: free[0], patience=60)

    for change in (lambda: depth.__setitem__(0, 0), lambda: free.__setitem__(0, False)):
        depth[0], free[0] = 1, True
        assert not watch.stalled(0)
        change()
        assert not watch.stalled(60)
        depth[0], free[0] = 1, True
        assert not watch.stalled(61)
        assert watch.stalled(121)
        watch.taken()


def test_the_end_cuts_no_attempt() -> None:
    """While a child is at something it may take as long as its lease; a short lease shortens nothing."""
    assert not overdue(29, 70, busy=False)
    assert overdue(30, 70, busy=False)
    assert not overdue(69, 70, busy=True)
    assert overdue(70, 70, busy=True)
    assert not overdue(29, 20, busy=True)
    assert overdue(30, 20, busy=True)
