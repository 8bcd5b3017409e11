"""Telephone numbers as the whole world dials them: E.164, for what people write in directories."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

#: Digits of a short code: a service of one network, which has no number abroad.
SHORT = range(3, 7)
#: Characters; more is no number, and isn't remembered.
LONGEST = 100
#: Codes for a network, extensions, and what stands between two numbers.
#: Of a number that no table has, a last group of fewer digits is an extension, or the end of another number.
SHORTEST_END = 3
PLUS = "+\uff0b"
UNCLEAR = "*#;,~\uff0a\uff03\uff5e"


def regions() -> Collection[str]:
    """The regions whose numbers are known, by their codes in ISO 3166."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - 20 ms, and only where a gateway has a region

    return SUPPORTED_REGIONS


def e164(text: str, region: str) -> str | None:
    """The number that is meant, as ``+491711234567``; None where none is, or it isn't clear which.

    Blanks, brackets, dashes and dots don't count, digits of any script do, and so does a ``tel:`` URI. A number that
    begins with neither ``+`` nor the region's ``00`` is one of the region. Short codes stay as they are. Nobody
    guesses: an extension isn't dialled by an SMS, and letters may be a vanity number, a remark, or another number.

    A number has to be possible (of a length that there is), not in use: tables of ranges are older than new ranges.
    Where a region writes a 0 in front of its numbers, one without it is read as though its ``+`` were missing. Digits
    at its end that look like an extension, or like the end of a second number, make it unclear.
    """
    return _read(text, region) if len(text) <= LONGEST else None


@lru_cache(maxsize=10_000)
def _read(text: str, region: str) -> str | None:
    import phonenumbers  # noqa: PLC0415

    local = text.strip()
    if local[:4].lower() == "tel:":
        local = local[4:].partition(";")[0]
    if any(character.isalpha() or character in UNCLEAR for character in local):
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return _short(local)
    if _is_glued(local):
        return None
    valid = phonenumbers.is_valid_number(number)
    short = _short(local)
    if short and (_trunk(region) or not valid):
        return short
    lacks = _lacks_its_beginning(local, region, number)
    if lacks or not valid:
        found = _with_plus(local)
        if found is None and lacks:
            return None
        number, valid = (found, True) if found else (number, valid)
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if number.extension or not possible or not (valid or _is_clear(local, number)):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _short(local: str) -> str | None:
    """The digits of a short code or an emergency number; None where it can't be one: such don't begin with 0."""
    from phonenumbers import normalize_digits_only  # noqa: PLC0415

    if not local.isdecimal():  # in several groups it may be several
        return None
    digits = normalize_digits_only(local)
    return digits if len(digits) in SHORT and digits[0] != "0" else None


def _is_glued(local: str) -> bool:
    """Its end is another number's, or an extension: a single digit apart, some behind a dash that stands apart."""
    return bool(re.search(r"\d/\d{1,2}$|\d\s+\d$|\d\s+[-\u2010-\u2015]\s+\d{1,4}$", local))


def _lacks_its_beginning(local: str, region: str, number: PhoneNumber) -> bool:
    """Neither ``+`` nor the 0 that its region writes in front of numbers (some write none in front of mobiles)."""
    from phonenumbers import PhoneNumberType, normalize_digits_only, number_type  # noqa: PLC0415

    begun = any(plus in local for plus in PLUS) or normalize_digits_only(local)[:1] == "0"
    mobile = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return _trunk(region) == "0" and not begun and number_type(number) not in mobile


def _with_plus(local: str) -> PhoneNumber | None:
    """The number that it is behind a ``+``; None where it is none."""
    import phonenumbers  # noqa: PLC0415

    try:
        number = phonenumbers.parse(f"+{phonenumbers.normalize_digits_only(local)}")
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _is_clear(local: str, number: PhoneNumber) -> bool:
    """A number that no table has, and yet the one that was meant."""
    groups = re.findall(r"\d+", local)
    return (len(groups) == 1 or len(groups[-1]) >= SHORTEST_END) and _complete(number)


def _complete(number: PhoneNumber) -> bool:
    """What is dialled before a number inside its region could be taken off, where there is such a thing."""
    from phonenumbers import national_significant_number, region_code_for_country_code  # noqa: PLC0415

    trunk = _trunk(region_code_for_country_code(number.country_code or 0))
    return not trunk or not national_significant_number(number).startswith(trunk)


def _trunk(region: str) -> str:
    """What is dialled before a number inside its region; empty where nothing is: there few digits may be a number."""
    from phonenumbers import PhoneMetadata  # noqa: PLC0415

    metadata = PhoneMetadata.metadata_for_region(region)
    return (metadata and metadata.national_prefix) or ""
