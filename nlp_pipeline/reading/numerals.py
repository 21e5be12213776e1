"""Numbers in words."""

_BELOW_TEN = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_ONES = {word: value for value, word in enumerate([*_BELOW_TEN, *_TEENS])}
_TENS = {word: 10 * value for value, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)} | {"fourty": 40}
NUMERALS = frozenset((*_ONES, *_TENS, "a", "an", "half", "quarter")) - {"zero"}  # the words that may begin a length of time
_DIGITS = list(_ONES)[1:10]
_ALONE = sorted(list(_ONES)[1:], key=len, reverse=True)
SPELT = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_DIGITS)})\b)?|{'|'.join(_ALONE)})"


def spelt_number(words: str) -> int:
    """Read a number below a hundred in words.

    >>> spelt_number("twenty-five"), spelt_number("twelve")
    (25, 12)
    """
    return sum(_TENS.get(word, _ONES.get(word, 0)) for word in words.replace("-", " ").split())
