"""`notifier dead replay` and `discard`: what becomes of dead letters, one or ten thousand."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import click

from notifier.cli.context import connected
from notifier.cli.exits import ERROR
from notifier.cli.letters import filters, listed, meant
from notifier.cli.output import emit, json_option
from notifier.cli.selection import bulk_options, confirm, done, interrupted, plural, through
from notifier.outcome import Reason
from notifier.record.desk import Answer, DeadLetter


@click.command(
    epilog="\b\nExample:\n  notifier dead replay --reason connection_refused --since 2h --yes\n"
    "  notifier dead replay --handler 'tell the owner' --recompose --dry-run"
)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@filters
@click.option("--recompose", is_flag=True, help="Let today's definitions and templates write them anew.")
@bulk_options("replayed")
@json_option
@click.pass_context
def replay(
    context: click.Context,
    /,
    ids: tuple[str, ...],
    recompose: bool,
    as_json: bool,
    dry_run: bool,
    yes: bool,
    **which: Any,
) -> None:
    """Send dead letters again: the same messages, with attempts and deadline anew.

    What a broken definition kept from being composed is evaluated again by that definition alone. With --recompose all
    are: same letter, same history, today's text, recipient data and provider. What today's definition doesn't send any
    more stays on the desk and says so.
    """
    wiring = connected(context)
    letters, missing = meant(wiring, ids, **which)
    if not ids and not which["reason"] and which["state"] is None:
        letters = _without_floods(letters)
    if dry_run:
        _dry_run(letters, missing, "would recompose" if recompose else "would replay", as_json=as_json)
        return
    _ask(letters, recompose=recompose, yes=yes)
    answers = through(letters, partial(wiring.desk.replay, recompose=recompose))
    if answers:
        wiring.sweep()
    by = _by_answer(letters, answers, missing)
    if as_json:
        words = {Answer.DONE: "replayed", Answer.REOPENED: "reopened", Answer.NOT_THERE: "not_there"}
        emit({word: by[answer] for answer, word in words.items()} | {"event_gone": by[Answer.EVENT_GONE]})
    else:
        number, reopened, gone = (len(by[a]) for a in (Answer.DONE, Answer.REOPENED, Answer.EVENT_GONE))
        told = number or by[Answer.NOT_THERE] or not reopened
        line = done("replayed", number, by[Answer.NOT_THERE]) if told else ""
        again = f"reopened {reopened}; `notifier dead list --state reopened` shows what still waits" if reopened else ""
        lost = f"{gone} can't be: the event is no longer kept (retention)" if gone else ""
        click.echo(", ".join(filter(None, (line, lost, again))))
    _end(context, letters, answers, by, ids)


@click.command(epilog="\b\nExample:\n  notifier dead discard --handler 'tell the owner' --dry-run")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@filters
@bulk_options("discarded")
@json_option
@click.pass_context
def discard(
    context: click.Context, /, ids: tuple[str, ...], as_json: bool, dry_run: bool, yes: bool, **which: Any
) -> None:
    """Give dead letters up for good; their texts are erased at once."""
    wiring = connected(context)
    letters, missing = meant(wiring, ids, **which)
    if dry_run:
        _dry_run(letters, missing, "would discard", as_json=as_json)
        return
    if letters:
        confirm(f"Discard {plural(len(letters), 'dead letter')} for good?", yes=yes)
    answers = through(letters, wiring.desk.discard)
    by = _by_answer(letters, answers, missing)
    if as_json:
        emit({"discarded": by[Answer.DONE], "not_there": by[Answer.NOT_THERE]})
    else:
        click.echo(done("discarded", len(by[Answer.DONE]), by[Answer.NOT_THERE]))
    _end(context, letters, answers, by, ids)


def twice(letters: Sequence[DeadLetter]) -> str:
    """What has to be known before held letters are sent again; empty where none is."""
    # What the flood guard held back was never tried.
    held = sum(letter.state == "held" and letter.reason != Reason.RECIPIENT_LIMIT for letter in letters)
    if not held:
        return ""
    subject = "It is" if held == len(letters) == 1 else f"{held} of them {'is' if held == 1 else 'are'}"
    return f"{subject} held: nobody knows whether it was sent, so it may arrive twice."


def _without_floods(letters: Sequence[DeadLetter]) -> list[DeadLetter]:
    """Those that nobody was spared of: what the flood guard held back goes out where it is asked for by its name."""
    kept = [letter for letter in letters if letter.reason != Reason.RECIPIENT_LIMIT]
    if left := len(letters) - len(kept):
        click.echo(
            f"notifier: {left} held back by limits.per_recipient stay; --reason recipient_limit sends them", err=True
        )
    return kept


def _ask(letters: Sequence[DeadLetter], *, recompose: bool, yes: bool) -> None:
    """Many are asked about; a single one where it may arrive twice, and there is somebody to ask."""
    warning = twice(letters)
    if not yes and (len(letters) > 1 or (warning and sys.stdin.isatty())):
        what = "Recompose" if recompose else "Replay"
        confirm(f"{warning} {what} {plural(len(letters), 'dead letter')}?".strip(), yes=False)
    elif warning:
        click.echo(warning, err=True)


def _by_answer(
    letters: Sequence[DeadLetter], answers: Sequence[Answer], missing: Sequence[str]
) -> Mapping[Answer, list[str]]:
    by: dict[Answer, list[str]] = {answer: [] for answer in Answer}
    by[Answer.NOT_THERE] += missing
    for letter, answer in zip(letters, answers, strict=False):  # fewer answers after a Ctrl-C
        by[answer].append(letter.id)
    return by


def _end(
    context: click.Context,
    letters: Sequence[DeadLetter],
    answers: Sequence[Answer],
    by: Mapping[Answer, Sequence[str]],
    ids: Sequence[str],
) -> None:
    if len(answers) < len(letters):
        raise interrupted(len(answers), len(letters))
    if ids and not (by[Answer.DONE] or by[Answer.REOPENED]):
        context.exit(ERROR)


def _dry_run(letters: Sequence[DeadLetter], missing: Sequence[str], words: str, *, as_json: bool) -> None:
    if as_json:
        emit({"dry_run": True, "meant": [letter.id for letter in letters], "not_there": list(missing)})
        return
    listed(letters)
    click.echo(done(words, len(letters), missing))
