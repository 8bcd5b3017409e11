"""What sipgate answers, to outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.parsers.expat import ExpatError
from xmlrpc.client import Fault, ResponseError, loads

from notifier.deliver.classify import http
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Unsure

#: What xmlrpc.client raises for what is none.
_UNREADABLE = (ExpatError, ResponseError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
#: 402: the account has no money, 415: another interface than ours. All its messages would fare alike.
ACCOUNT = {402: "the account's balance is used up", 415: "is URL right?"}


def rest(status: int, headers: Mapping[str, str]) -> Outcome:
    """The outcome of an answer of the REST interface; its status says all."""
    if status == 204:
        return Accepted("HTTP 204")
    if status in ACCOUNT:
        return Misconfigured(Reason.PROVIDER_BROKEN, f"HTTP {status}: {ACCOUNT[status]}")
    return http.classify(status, headers)


def xmlrpc(text: str, clean: Callable[[str], str]) -> Outcome:
    """The outcome of an answer 200 of the old interface: a fault is one, too.

    Args:
        text: The answer.
        clean: Makes words of it fit for a log.
    """
    try:
        # Theirs declares no entities; one that does may mean to grow.
        answer = None if "<!" in text else loads(text)[0][0]
    except Fault as fault:
        return _fault(fault, clean)
    except _UNREADABLE:
        answer = None
    if not isinstance(answer, dict):
        return Unsure(Reason.UNEXPECTED_ANSWER, "HTTP 200, and the answer is no XML-RPC")
    code = answer.get("StatusCode", 200)
    if code != 200:
        return _fault(Fault(code if isinstance(code, int) else 0, str(answer.get("StatusString", ""))), clean)
    return Accepted("HTTP 200")


def _fault(fault: Fault, clean: Callable[[str], str]) -> Outcome:
    """Their codes are nearly those of HTTP."""
    detail = f"fault {fault.faultCode}: {clean(str(fault.faultString))}"
    if fault.faultCode in (401, 403):
        return Misconfigured(Reason.AUTHENTICATION_FAILED, detail)
    if fault.faultCode in ACCOUNT:
        return Misconfigured(Reason.PROVIDER_BROKEN, detail)
    if 500 <= fault.faultCode < 600:
        return Deferred(Reason.TEMPORARY_FAILURE, detail)
    return Rejected(Reason.REFUSED, detail)
