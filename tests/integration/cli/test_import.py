"""`notifier import-privacyidea`: the export of a real server, imported, checked and explained by the real command."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import privacyidea
import pytest

from notifier.definitions.load import load
from notifier.deliver.sms.number import mangle

RECORDS = {file: list(rows) for file, rows in groupby(privacyidea.records(), key=lambda r: r["file"])}
MASKS = {"@@TIME@@": r"\d\d:\d\d:\d\d", "@@DATE@@": r"\d{4}-\d\d-\d\d"}


def notifier(
    *arguments: str | Path, given: str | None = None, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command."""
    return subprocess.run(
        [sys.executable, "-m", "notifier", *map(str, arguments)],
        env={**os.environ, **(environ or {})},
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def environment(file: Path) -> dict[str, str]:
    """What a shell makes of the file of secrets."""
    script = f"set -a; . '{file}'; {sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"
    answer = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(answer.stdout)
    return found


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample export, imported beside its people."""
    root = tmp_path_factory.mktemp("moved") / "config"
    privacyidea.write_people(root)
    answer = notifier("import-privacyidea", privacyidea.EXPORT, "-o", root, "--secrets", root / "secrets.env")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith(f"16 definitions, 2 SMTP servers, 4 SMS gateways written to {root}\n")
    return root


def test_the_result_passes_check(imported: Path) -> None:
    """Once the secrets are in the environment."""
    answer = notifier("check", "--config", imported, environ=environment(imported / "secrets.env"))

    assert (answer.returncode, answer.stderr) == (0, ""), answer.stdout


def test_the_result_passes_check_without_a_directory_of_people(tmp_path: Path) -> None:
    """One to fill in is written where there is none."""
    assert notifier("import-privacyidea", privacyidea.EXPORT, "-o", tmp_path / "new").returncode == 0

    answer = notifier("check", "--config", tmp_path / "new", environ={"SMS_JSON_X_API_KEY": "x"})

    assert answer.returncode == 0, answer.stdout


def test_every_sample_is_explained_as_the_real_server_did_it(imported: Path, repository: Path) -> None:
    """Who fires, in which order, whom it tells, and with which words; without a record: nobody."""
    samples = sorted((repository / "config" / "samples").glob("*.json"))
    lines = "\n".join(json.dumps(json.loads(sample.read_text())) for sample in samples)
    assert {sample.name for sample in samples} >= RECORDS.keys()

    answer = notifier("explain", "--json", "-", "--config", imported, given=lines)

    assert answer.returncode == 0, answer.stderr
    documents = [json.loads(line) for line in answer.stdout.splitlines()]
    gateways = load(imported, {}).sms_gateways
    for document, sample in zip(documents, samples, strict=True):
        expected = RECORDS.get(sample.name, [])
        handlers = [h for h in document["handlers"] if h["verdict"] != "inactive"]
        assert [h["name"] for h in handlers] == [e["definition"] for e in expected], sample.name
        for handler, record in zip(handlers, expected, strict=True):
            expressions = {name: gateway.options.get("REGEXP", "") for name, gateway in gateways.items()}
            compare(handler, record, expressions)


def compare(handler: dict[str, Any], record: dict[str, Any], expressions: dict[str, str]) -> None:
    """One definition meeting one event, here and there."""
    assert handler["error"] is None
    deliveries = handler["deliveries"]
    if "empty_address" in record["notes"]:
        assert [s["reason"] for s in handler["skipped"]] == ["no_address"]
        assert not deliveries
        return
    assert bool(deliveries) == bool(record["sent"])
    for sent in record["sent"]:
        to = [address for delivery in deliveries for address in delivery["to"]]
        if sent["channel"] == "sms":
            to = [mangle(number, expressions[deliveries[0]["provider"]]) for number in to]
        assert to == sent["to"]
        for delivery in deliveries:
            assert delivery["channel"] == sent["channel"]
            assert re.fullmatch(masked(sent["body"]), delivery["body"])
            if sent["channel"] == "mail":
                assert delivery["provider"] == record["attempt"]["relay"]
                said = (delivery["subject"], delivery["reply_to"], delivery["mimetype"])
                assert said == (sent["subject"], sent["reply_to"], sent["mimetype"])
                assert [(a["content_type"], f"<{a['content_id']}>", a["filename"], a["size"])
                        for a in delivery["attachments"]] == [
                    (p["content_type"], p["content_id"], p["filename"], p["size"]) for p in sent["parts"]
                ]  # fmt: skip


def masked(text: str) -> str:
    """A text with the moments of rendering in it, as a pattern."""
    pattern = re.escape(text)
    for mask, moment in MASKS.items():
        pattern = pattern.replace(re.escape(mask), moment)
    return pattern


def test_the_secrets_are_in_a_file_of_their_own(imported: Path) -> None:
    """Only its owner may read it, and a shell can."""
    file = imported / "secrets.env"

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert environment(file)["SMS_JSON_X_API_KEY"] == "lab"


def test_a_second_import_changes_nothing(imported: Path) -> None:
    """What is there may have been edited."""
    before = {file: file.read_bytes() for file in imported.rglob("*") if file.is_file()}

    answer = notifier("import-privacyidea", privacyidea.EXPORT, "-o", imported)

    assert answer.returncode == 2
    assert re.fullmatch(r"notifier: there already: .*nothing was written \(--force replaces them\)\n", answer.stderr)
    assert {file: file.read_bytes() for file in imported.rglob("*") if file.is_file()} == before


def test_json_is_one_document_and_reads_standard_input(tmp_path: Path) -> None:
    """For whoever scripts the move; a dry run leaves no trace."""
    export = privacyidea.EXPORT.read_text()

    answer = notifier("import-privacyidea", "-", "-o", tmp_path / "new", "--json", "--dry-run", given=export)

    document = json.loads(answer.stdout)
    assert answer.returncode == 0
    assert [document[key] for key in ("written", "definitions", "smtp_servers", "sms_gateways")] == [[], 16, 2, 4]
    assert document["secrets"] == [
        {"name": "SMS_JSON_X_API_KEY", "where": "SMS gateway 'sms_json', header X-Api-Key"}
    ]  # fmt: skip
    assert [row["what"] for row in document["not_carried"]] == ["definition 'Count enrolments'"]
    assert {"what", "why", "kind"} == {key for note in document["notes"] for key in note}
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ("5", 65, "a number without definitions"),
        ("{", 65, "neither JSON nor YAML"),
        ("", 65, "empty"),
        ("[" * 200_000, 65, "nested too deeply"),
        ('{"a":' * 200_000, 65, "nested too deeply"),
        ('{"other": 1}', 65, "a mapping without"),
        (base64.b64encode(os.urandom(9_000_000)).decode(), 65, "larger than"),
        ('{"event": []}', 1, ""),
        ('{"policy": {"p": {}}, "privacyIDEA_version": "3.14"}', 1, ""),
    ],
    ids=["number", "brace", "empty", "lists", "mappings", "foreign", "large", "nothing", "only others"],
)
def test_what_is_no_export_ends_in_one_line(tmp_path: Path, content: str, code: int, words: str) -> None:
    """And never in a traceback."""
    answer = notifier("import-privacyidea", "-", "-o", tmp_path / "new", given=content)

    assert answer.returncode == code, answer.stderr
    assert len(answer.stderr.splitlines()) == (code == 65)
    assert words in answer.stderr
    assert not (tmp_path / "new").exists()


def test_a_file_that_cannot_be_read_is_exit_2(tmp_path: Path) -> None:
    """As is a directory that can't be one."""
    (tmp_path / "file").write_text("x")

    assert notifier("import-privacyidea", tmp_path / "none", "-o", tmp_path / "new").returncode == 2
    assert notifier("import-privacyidea", tmp_path, "-o", tmp_path / "new").returncode == 2
    assert notifier("import-privacyidea", privacyidea.EXPORT, "-o", tmp_path / "file").returncode == 2
    assert notifier("import-privacyidea", privacyidea.EXPORT, "-o", tmp_path / "file" / "sub").returncode == 2
    assert notifier("import-privacyidea", privacyidea.EXPORT).returncode == 2


def test_the_report_tells_everything_and_no_secret(tmp_path: Path) -> None:
    """In groups, one line each; what holds for several is said once."""
    both = {"To": "email", "To email": "a@example.com, b@example.com"}
    export = {
        "event": [
            privacyidea.definition(name="one", options=both),
            privacyidea.definition(name="two\x1b[31m\n", options={**both, "body": "c"}),
            privacyidea.definition(name="odd", options={"body": "{container_url}"}),
            privacyidea.definition(name="count", handlermodule="Counter"),
        ],
        "smtpserver": {"relay": {"server": "mail.example.com", "tls": True, "username": "u", "password": "s3cret"}},
        "smsgateway": {"own": {"providermodule": "my.Gateway", "options": {"token": "s3cret"}, "headers": {}}},
        "policy": {"p": {}},
    }
    (tmp_path / "export.json").write_text(json.dumps(export))

    answer = notifier("import-privacyidea", tmp_path / "export.json", "-o", tmp_path / "new")

    assert (answer.returncode, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    assert lines[0] == f"2 definitions, 1 SMTP server, 0 SMS gateways written to {tmp_path / 'new'}"
    assert [line for line in lines if line.endswith(":") and not line.startswith(" ")] == [
        "Set these secrets:", "Not carried:", "Behaves differently:", "Left to do:",
    ]  # fmt: skip
    assert "  SMTP_RELAY_PASSWORD: SMTP server 'relay', password" in lines
    assert "  policy: no part of notifications; they stay with privacyIDEA" in lines
    together = lines.index(
        "  each address gets a mail of its own; `delivery: {together: true}` sends one to all:"
    )  # fmt: skip
    assert lines[together + 1 : together + 3] == ["    definition 'one'", r"    definition 'two\x1b[31m\n'"]
    assert any("definition 'odd': unknown tag {container_url}" in line for line in lines)
    written = "".join(file.read_text() for file in (tmp_path / "new").rglob("*") if file.is_file())
    assert "s3cret" not in answer.stdout + written
