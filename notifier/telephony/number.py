"""Telephone numbers as the whole world dials them: E.164, for what people write in directories."""

from __future__ import annotations

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
    valid = phonenumbers.is_valid_number(number)
    short = _short(local)
    if short and (_trunk(region) or not valid):
        return short
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if number.extension or not possible or not (valid or _complete(number)):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _short(local: str) -> str | None:
    """The digits of a short code or an emergency number; None where it can't be one: such don't begin with 0."""
    from phonenumbers import normalize_digits_only  # noqa: PLC0415

    if not all(character.isdecimal() or character in " .-" for character in local):
        return None
    digits = normalize_digits_only(local)
    return digits if len(digits) in SHORT and digits[0] != "0" else None


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
