import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType, example_number_for_type, format_number

from notifier.telephony.number import e164, regions

KIM = "+491711234567"


@pytest.mark.parametrize(
    "written",
    [
        "0171 1234567",
        "0171/1234567",
        "(0171) 123 45-67",
        "0171.123.45.67",
        "+49 171 1234567",
        "+49 (0) 171 1234567",
        "+49 0171 1234567",
        "0049 171 1234567",
        "tel:+49-171-1234567",
        "TEL:0171-1234567",
        "tel:0171-1234567;phone-context=+49",
        "\uff0b\uff14\uff19\uff11\uff17\uff11\uff11\uff12\uff13\uff14\uff15\uff16\uff17",  # full width
        "٠١٧١١٢٣٤٥٦٧",
        "\u202a+491711234567\u202c",  # as copied from an address book
        "0171\xa01234\u2011567",
        "  0171 1234567  ",
    ],
)
def test_however_a_number_is_written_it_is_one(written: str) -> None:
    """What people write in a directory."""
    assert e164(written, "DE") == KIM


@pytest.mark.parametrize(
    ("written", "region", "meant"),
    [
        ("01711234567", "AT", "+431711234567"),
        ("01711234567", "NO", None),  # no number of that length there
        ("(415) 555-0100", "US", "+14155550100"),
        ("011 49 171 1234567", "US", KIM),
        ("06 1234 5678", "IT", "+390612345678"),  # Italy dials its 0
        ("8 912 345-67-89", "RU", "+79123456789"),
        ("+14155550100", "DE", "+14155550100"),
        ("+80012345678", "DE", "+80012345678"),  # of no region
    ],
)
def test_a_region_reads_its_own_numbers(written: str, region: str, meant: str | None) -> None:
    """Each has its prefixes; a number with a country code is the same everywhere."""
    assert e164(written, region) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "-",
        "unknown",
        "0171 1234567 (private)",  # letters would be dialled
        "1-800-FLOWERS",
        "0171 1234567 x5",
        "tel:+491711234567;ext=5",
        "0171 1234567#5",
        "0171 1234567 ~ 5",
        "0171 1234567,5",
        "0171 1234567 / 0172 7654321",
        "0171 1234567; 0172 7654321",
        "*100#",
        "+49171",
        "+112",
        "0171",
        "0000000000",
        "+490000000",
        "12",
        "1" * 300,
        "+" + "4" * 20,
    ],
)
def test_nobody_guesses(written: str) -> None:
    """What may be another number, or none, is none."""
    assert e164(written, "DE") is None


@pytest.mark.parametrize(
    ("written", "region", "meant"),
    [
        ("112", "DE", "112"),
        ("82323", "DE", "82323"),
        ("40123", "DE", "40123"),  # not the Hamburg number 040 123
        ("040123", "DE", "+4940123"),
        ("82323", "NO", "82323"),
        ("211234", "FO", "+298211234"),  # a number of six digits, dialled whole
    ],
)
def test_short_codes_stay_as_they_are(written: str, region: str, meant: str) -> None:
    """A service has no number abroad; where subscribers have such short numbers, theirs come first."""
    assert e164(written, region) == meant


def test_regions_are_codes_of_two_letters() -> None:
    """Whoever writes UK is told of GB."""
    assert {"DE", "GB", "NO"} <= set(regions())
    assert "UK" not in regions()


@pytest.mark.parametrize("region", sorted(regions()))
def test_every_region_s_mobile_numbers_are_read(region: str) -> None:
    """However the region itself writes them, with its country code and without."""
    example = example_number_for_type(region, PhoneNumberType.MOBILE)
    if example is None:  # Antarctica, say
        return
    formats = PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL

    written = {format_number(example, form) for form in (*formats, PhoneNumberFormat.RFC3966)}

    assert {e164(text, region) for text in written} == {format_number(example, PhoneNumberFormat.E164)}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("491711234567", KIM),  # with its country's code, and without +
        ("0171 1234567 - 99", None),
        ("0171 1234567 1", None),
        ("0171 1234567-99", None),
        ("030 12345-67/68", None),
        ("5544332", None),  # without an area code
        ("110 112", None),
        ("030 12345-67", "+49301234567"),  # a direct line: a valid number
    ],
)
def test_digits_are_not_glued_together(written: str, meant: str | None) -> None:
    """They would be a stranger's number."""
    assert e164(written, "DE") == meant
