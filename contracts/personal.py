"""Numbers that lead to a person, in whatever spelling: phones, landlines, resident ID numbers, bank cards.

Spelled with blanks or dashes, in full-width or Chinese digits, with invisible characters between: all is read alike.
Numbers that are for everybody (12345, 110, 400-…) and dates are not among them.
"""

import re
import unicodedata

INVISIBLE = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u2800\u3164\uffa0"
"""Characters that show nothing and are no format characters (Cf) by their class."""
CHINESE_DIGITS = str.maketrans("零〇○一二三四五六七八九幺", "0001234567891")
GAP = r"[\s\-‐-―_.·・,，/()]{0,3}"
MONTH_DAY = rf"(?:0{GAP}[1-9]|1{GAP}[0-2]){GAP}(?:0{GAP}[1-9]|[12]{GAP}\d|3{GAP}[01])"
DIGITS = rf"(?:{GAP}\d)"
NUMBERS = (
    rf"(?:\+?{GAP}8{GAP}6{GAP})?1{GAP}[3-9]{DIGITS}{{9}}",
    rf"0[1-9]\d{{1,2}}{GAP}[2-8]\d{{2,3}}{GAP}\d{{4}}",
    rf"[1-8]{DIGITS}{{5}}{GAP}(?:1{GAP}[89]|2{GAP}0){DIGITS}{{2}}{GAP}{MONTH_DAY}{DIGITS}{{3}}{GAP}[\dx]",
    rf"[1-8]{DIGITS}{{5}}{DIGITS}{{2}}{GAP}{MONTH_DAY}{DIGITS}{{3}}",
    rf"6{GAP}2{DIGITS}{{14,17}}",
)
WITHIN = re.compile("|".join(NUMBERS), re.I)
FOUND = re.compile(rf"(?<!\d)(?:{WITHIN.pattern})(?!\d)", re.I)


def bare(text):
    """A text without characters that show nothing: format characters, fillers, control characters but line and tab."""
    return "".join(char for char in text if char in "\n\t" or not shows_nothing(char))


def shows_nothing(char):
    """Whether a character leaves no trace on paper. The joiner of emoji is needed to draw them."""
    return char in INVISIBLE or (unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs") and char != "\u200d")


def number_in(text):
    """Whether some number in a text leads to a person."""
    written = unicodedata.normalize("NFKC", bare(text.replace("\u200d", "")))
    return FOUND.search(written) is not None or _in_chinese_digits(written)


def _in_chinese_digits(written):
    """Whether such a number has Chinese digits, which may follow a name that ends in one (张三一三八…)."""
    digits = written.translate(CHINESE_DIGITS)
    return any(written[slice(*found.span())] != found.group() for found in WITHIN.finditer(digits))
