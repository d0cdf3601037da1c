"""Questions as words."""

from __future__ import annotations

from askwire_nlp.engine import Engine
from askwire_nlp.words import Word, clean, read_words


def texts(engine: Engine, question: str) -> list[str]:
    """Return the lower-case words of a question."""
    return [word.lower for word in read_words(clean(question), engine._nlp)]


def test_quoted_text_is_one_word(engine: Engine) -> None:
    """Double, single and curly quotes hold one word each; an apostrophe opens nothing."""
    words = read_words("Ada's books named \"Peer Gynt\" or 'The Master' or “Brand”", engine._nlp)

    assert [word.text for word in words if word.is_quoted] == ["Peer Gynt", "The Master", "Brand"]


def test_identifiers_are_cut_and_id_is_kept_whole(engine: Engine) -> None:
    """An identifier counts as its words; "id" is not "I'd"."""
    assert texts(engine, "show page_count and loanDate of id 5")[1:] == [
        "page", "count", "and", "loan", "date", "of", "id", "5",
    ]  # fmt: skip


def test_first_and_last_name_are_two_names(engine: Engine) -> None:
    """What both words share is given to each."""
    assert texts(engine, "first and last names") == ["first", "names", "and", "last", "names"]


def test_control_characters_are_no_words() -> None:
    """Control, zero-width and direction marks become spaces."""
    assert clean("a\x00b\u200b \u202ec\r\n") == "a b c"


def test_end_marks_divide_sentences_only_inside(engine: Engine) -> None:
    """A mark at the end is dropped; one in the middle stays as a stop."""
    assert texts(engine, "Which books? List them.") == ["which", "books", ".", "list", "them"]


def test_a_word_is_a_value() -> None:
    """Equal words compare equal."""
    assert Word("a", "a", "a", "DT", 0, 1) == Word("a", "a", "a", "DT", 0, 1)
