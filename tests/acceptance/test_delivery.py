"""From a published event to a delivered message, with real processes, servers and kills."""

from __future__ import annotations

import json
import threading

import pytest
import yaml_text
from installation import Installation

from notifier.record.codec import from_ms


def test_one_redis_command_leads_to_a_mail(installation: Installation) -> None:
    """A producer needs XADD and nothing of ours."""
    installation.start_worker()

    raw = json.dumps(yaml_text.event("e1"))
    installation.wiring.redis.execute_command("XADD", "token-events", "*", "event", raw)

    mail = installation.mail.wait_for(1)[0]
    assert mail.rcpt_to == ("kim@example.com",)
    assert b"Subject: Token OATH1" in mail.content


def test_a_temporary_refusal_is_tried_until_it_is_accepted(installation: Installation) -> None:
    """451 twice, then 250: one mail, three attempts in `show`."""
    installation.mail.script(["451 4.7.1 later", "451 4.7.1 later"], recipient="kim@example.com")
    installation.start_worker()

    installation.publish("e1")
    installation.mail.wait_for(1)
    installation.wait(lambda: installation.wiring.timeline.show("e1")["event"]["state"] == "final")

    delivery = installation.show("e1")["deliveries"][0]
    assert delivery["state"] == "sent"
    assert [a["outcome"] for a in delivery["attempts"]] == ["deferred", "deferred", "accepted"]
    assert len(installation.mail.messages) == 1


def test_a_final_refusal_is_dead_at_once_and_can_be_replayed(installation: Installation) -> None:
    """550: one attempt, on the desk with the server's words; sent again it keeps its identity."""
    installation.mail.script(["550 5.1.1 no such mailbox"], recipient="kim@example.com")
    installation.start_worker()
    installation.publish("e1")
    installation.wait(lambda: any(installation.wiring.desk.letters()))

    letters = json.loads(installation.notifier("dead", "list", "--json").stdout)
    replayed = installation.notifier("dead", "replay", letters[0]["id"], "--yes")

    assert [(d["reason"], d["attempts"]) for d in letters] == [("mailbox_unavailable", 1)]
    assert "no such mailbox" in letters[0]["detail"]
    assert "kim@" not in json.dumps(letters)
    assert replayed.returncode == 0
    mail = installation.mail.wait_for(1)[0]
    assert f"Message-ID: <{letters[0]['id']}@example.com>".encode() in mail.content


def test_a_server_that_is_down_for_a_while_gets_everything(installation: Installation) -> None:
    """What waits is delivered when the relay is back, each message once."""
    installation.mail.stop()
    installation.start_worker()
    installation.publish(*(f"e{i}" for i in range(30)))
    installation.wait(lambda: any(q.failures >= 3 for q in installation.wiring.glance().queues))

    installation.mail.start()

    installation.mail.wait_for(30, 60)
    installation.wait(lambda: sum(q.accepted for q in installation.wiring.glance().queues) == 30)
    assert len(installation.mail.messages) == 30
    attempts = [a for i in range(30) for a in installation.wiring.timeline.show(f"e{i}")["deliveries"][0]["attempts"]]
    assert len(attempts) < 60, "an outage must not use up everybody's attempts"


def test_a_killed_worker_loses_nothing(installation: Installation) -> None:
    """Kill -9 in the middle of 200 deliveries, then a new worker: 200 arrive; a double is recorded as unsure."""
    installation.mail.delay = 0.01
    worker = installation.start_worker()
    installation.publish(*(f"e{i}" for i in range(200)))
    installation.mail.wait_for(50)

    installation.kill_worker(worker)
    installation.start_worker()

    def all_sent() -> bool:
        return sum(q.accepted for q in installation.wiring.glance().queues) >= 200

    installation.wait(all_sent, 90)
    ids = [line for m in installation.mail.messages for line in m.content.splitlines() if b"Message-ID" in line]
    unsure = sum(q.unsure for q in installation.wiring.glance().queues)
    assert len(set(ids)) == 200
    assert len(ids) - 200 <= unsure


def test_an_emptied_celery_queue_delays_and_loses_nothing(installation: Installation) -> None:
    """Bells are disposable: the sweep rings again."""
    wiring = installation.wiring
    for number in range(3):
        installation.publish(f"e{number}")
    wiring.redis.delete("events", "mail", "unacked", "unacked_index")

    installation.start_worker()

    assert len(installation.mail.wait_for(3)) == 3


def test_published_twice_is_sent_once(installation: Installation) -> None:
    """(source, id) is the identity of an event."""
    installation.start_worker()

    installation.publish("e1", "e1", "e2")
    installation.publish("e1")

    installation.mail.wait_for(2)
    installation.wait(lambda: installation.wiring.stream.backlog() == (0, 0))
    assert len(installation.mail.messages) == 2


def test_sms_goes_through_the_gateway(installation: Installation) -> None:
    """token_disable becomes one request with number and text."""
    installation.start_worker()

    installation.wiring.stream.append([json.dumps(yaml_text.event("e1", "token_disable")).encode()])

    sms = installation.sms.wait_for(1)[0]
    assert dict(sms.parameters) == {"to": "+4916012", "text": "Token OATH1 is off"}


def test_a_failing_provider_harms_only_itself(installation: Installation) -> None:
    """While one relay is dead, another's mails arrive."""
    dead = yaml_text.smtp(1, "relay2")
    installation.write("smtp_servers.yaml", yaml_text.smtp(installation.mail.port) + dead)
    more = yaml_text.HANDLERS.replace("tell the owner", "via dead").replace("relay1", "relay2")
    installation.write("handlers/more.yaml", more.partition("- name: text")[0])
    installation.start_worker()

    installation.publish(*(f"e{i}" for i in range(20)))

    installation.mail.wait_for(20)
    queues = {q.way.provider: q for q in installation.wiring.glance().queues}
    assert queues["relay2"].due + queues["relay2"].waiting + queues["relay2"].leased == 20


def test_unreadable_input_is_quarantined_whole_and_the_rest_goes_on(installation: Installation) -> None:
    """No JSON, wrong types, ten megabytes, no field: each with its reason, and none stops the next event."""
    huge = json.dumps({**yaml_text.event("huge"), "padding": "x" * 10_000_000})
    bad = ["no json", json.dumps({**yaml_text.event("e0"), "id": 5}), huge]
    installation.start_worker()

    installation.wiring.stream.append(text.encode() for text in bad)
    installation.wiring.redis.xadd("token-events", {"wrong": "field"})
    installation.publish("e1")

    installation.mail.wait_for(1)
    installation.wait(lambda: len(installation.wiring.quarantine) == 4)
    listed = json.loads(installation.notifier("quarantine", "list", "--json").stdout)
    assert sorted(q["reason"] for q in listed) == ["no_event_field", "not_json", "too_large", "wrong_type"]
    kept = {q["reason"]: installation.wiring.quarantine.raw(q["id"]) for q in listed}
    assert kept["too_large"] == huge.encode()


def test_a_broken_definition_is_a_dead_letter_and_replayed_after_the_fix(installation: Installation) -> None:
    """An unknown tag keeps back its own notice only; mended, the event is evaluated again."""
    broken = yaml_text.HANDLERS.partition("- name: text")[0]
    broken = broken.replace("tell the owner", "broken").replace("{serial}", "{serail}")
    installation.write("handlers/broken.yaml", broken)
    worker = installation.start_worker()
    installation.publish("e1")
    installation.mail.wait_for(1)
    installation.wait(lambda: any(installation.wiring.desk.letters()))
    letter = next(installation.wiring.desk.letters())
    assert letter.handler == "broken"
    assert "did you mean {serial}?" in letter.detail

    installation.kill_worker(worker)
    installation.write("handlers/broken.yaml", broken.replace("{serail}", "{serial}"))
    installation.start_worker()
    assert installation.notifier("dead", "replay", "--all", "--yes").returncode == 0

    assert len(installation.mail.wait_for(2)) == 2


def test_a_missing_secret_lets_its_provider_wait(installation: Installation) -> None:
    """Nothing is lost or used up; with the variable set, the mail goes out."""
    config = f"relay1: {{server: '127.0.0.1:{installation.mail.port}', tls: none, password: '${{env:NO_SUCH}}'}}\n"
    installation.write("smtp_servers.yaml", config)
    worker = installation.start_worker()
    installation.publish("e1")
    installation.wait(lambda: any(q.misconfigured for q in installation.wiring.glance().queues))
    assert "NO_SUCH" in installation.show("e1")["deliveries"][0]["attempts"][0]["detail"]

    installation.kill_worker(worker)
    installation.write("smtp_servers.yaml", yaml_text.smtp(installation.mail.port))
    installation.start_worker()

    installation.mail.wait_for(1)


def test_celery_producers_reach_the_same_stream(installation: Installation) -> None:
    """`notifier.handle_event` appends, and nothing that watches Celery sees the event."""
    installation.start_worker()
    sender = installation.send_task("notifier.handle_event", yaml_text.event("e1"))

    assert sender.returncode == 0, sender.stderr
    installation.mail.wait_for(1)


def test_what_is_no_celery_message_ends_no_worker(installation: Installation) -> None:
    """Anybody who may write to a queue could end every worker; and at no level is an event in the log."""
    worker = installation.start_worker("-l", "DEBUG")
    event = yaml_text.event("e1", serial="SECRET1")
    shaped = {"properties": {"delivery_tag": "t", "delivery_info": {"exchange": "events", "routing_key": "events"}}}
    strangers: list[object] = [
        *(5, ["SECRET1"], {"properties": "SECRET1"}, {"event": event}, {**shaped, "body": 5}),
        {**shaped, "headers": {"task": ["SECRET1"]}, "body": "SECRET1"},
        {**shaped, "headers": {"task": "notifier.handle_event", "id": "i"}, "body": "SECRET1"},
    ]
    queue = installation.wiring.redis

    queue.lpush("events", "no JSON SECRET1", b"\xffSECRET1", "[" * 100_000)
    for stranger in strangers:
        queue.lpush("events", json.dumps(stranger))
    installation.send_task("notifier.handle_event", event)

    installation.mail.wait_for(1)
    assert worker.poll() is None
    log = (installation.root / "worker0.log").read_text()
    assert "no Celery message was dropped" in log
    assert "SECRET1" not in log


def test_sigterm_finishes_and_leaves_nothing_leased(installation: Installation) -> None:
    """A warm stop settles what is claimed; the rest waits for the next worker."""
    installation.mail.delay = 0.02
    worker = installation.start_worker()
    installation.publish(*(f"e{i}" for i in range(100)))
    installation.mail.wait_for(5)

    stopper = threading.Timer(0, worker.terminate)
    stopper.start()
    assert worker.wait(90) == 0
    stopper.join()

    queues = installation.wiring.glance().queues
    assert sum(q.leased for q in queues) == 0
    assert sum(q.accepted for q in queues) == len(installation.mail.messages)
    assert sum(q.unsure for q in queues) == 0


def test_times_are_redis_times(installation: Installation) -> None:
    """The timeline speaks UTC of Redis's clock."""
    installation.start_worker()
    installation.publish("e1")
    installation.mail.wait_for(1)
    installation.wait(lambda: installation.wiring.timeline.show("e1")["event"]["state"] == "final")

    seconds, _ = installation.wiring.redis.time()
    at = installation.show("e1")["deliveries"][0]["attempts"][0]["at"]
    assert at.endswith("+00:00")
    assert at[:13] == from_ms(int(seconds) * 1000).isoformat()[:13]


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock"])
def test_publishing_without_redis_says_so_and_exits_75(installation: Installation, url: str) -> None:
    """One clear line that names the fix, and the exit code a script can tell."""
    answer = installation.notifier("publish", "-", stdin=json.dumps(yaml_text.event("e1")), NOTIFIER_REDIS_URL=url)

    assert answer.returncode == 75
    assert len(answer.stderr.strip().splitlines()) == 1
    assert "NOTIFIER_REDIS_URL" in answer.stderr
    assert "Traceback" not in answer.stderr
