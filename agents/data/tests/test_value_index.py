"""Which values of a column are kept."""

from __future__ import annotations

from askwire_data.value_index import MAX_VALUES, FoundValues, KeptValues, fit, keep


def found(values: list[str], *, distinct: int | None = None, too_long: int = 0, mean: float = 8.0) -> FoundValues:
    """Return what a column could hold."""
    return FoundValues(
        distinct=len(values) if distinct is None else distinct,
        too_long=too_long,
        mean_characters=mean,
        values=tuple(values),
    )


def test_few_short_values_are_all_kept() -> None:
    """A column of categories is known completely."""
    assert keep(found(["a", "b"]), sampled=False) == KeptValues(values=("a", "b"), complete=True)


def test_a_sample_is_never_complete() -> None:
    """What was not looked at may hold more."""
    assert not keep(found(["a", "b"]), sampled=True).complete


def test_a_column_with_more_values_than_the_cap_is_not_complete() -> None:
    """The most frequent ones are kept."""
    kept = keep(found([f"name {'x' * (n % 7)}" for n in range(MAX_VALUES)], distinct=MAX_VALUES * 2), sampled=False)

    assert len(kept.values) == MAX_VALUES
    assert not kept.complete


def test_codes_above_the_cap_give_a_small_sample() -> None:
    """A part of the numbers of parcels is of no use."""
    kept = keep(found([f"A{n}" for n in range(MAX_VALUES)], distinct=MAX_VALUES * 2), sampled=False)

    assert len(kept.values) == 200


def test_prose_gives_nothing() -> None:
    """Nobody types whole paragraphs into a question."""
    assert keep(found(["short"], distinct=10, too_long=9), sampled=False) == KeptValues()


def test_one_long_value_makes_the_list_incomplete() -> None:
    """The long one is a value that the list lacks."""
    assert keep(found(["a", "b", "c"], distinct=4, too_long=1), sampled=False) == KeptValues(values=("a", "b", "c"))


def test_the_longest_lists_are_shortened_first() -> None:
    """Short lists stay whole; the long ones share what is left, their most frequent values first."""
    columns = {
        (1, 1): KeptValues(values=("b", "a"), complete=True),
        (1, 2): KeptValues(values=tuple(f"{n:07d}" for n in range(100, 0, -1)), complete=True),
    }

    fitted = fit(columns, 108)

    assert fitted[1, 1] == KeptValues(values=("a", "b"), complete=True)
    assert fitted[1, 2].values == tuple(f"{n:07d}" for n in range(91, 101))
    assert not fitted[1, 2].complete


def test_what_fits_stays() -> None:
    """Nothing is lost below the cap."""
    columns = {(1, 1): KeptValues(values=("a",), complete=True)}

    assert fit(columns, 1000) == columns
