"""Adjectives of countries, with the names under which the countries are stored."""

from __future__ import annotations

__all__ = ["DEMONYMS"]

DEMONYMS: dict[str, tuple[str, ...]] = {
    "american": ("usa", "united states", "us", "united states of america"), "argentinian": ("argentina",),
    "australian": ("australia",), "austrian": ("austria",), "belgian": ("belgium",), "brazilian": ("brazil",),
    "british": ("uk", "united kingdom", "great britain"), "canadian": ("canada",), "chilean": ("chile",),
    "chinese": ("china",), "czech": ("czech republic", "czechia"), "danish": ("denmark",),
    "dutch": ("netherlands", "holland"), "egyptian": ("egypt",), "finnish": ("finland",), "french": ("france",),
    "german": ("germany",), "greek": ("greece",), "hungarian": ("hungary",), "indian": ("india",),
    "irish": ("ireland",), "israeli": ("israel",), "italian": ("italy",), "japanese": ("japan",),
    "kenyan": ("kenya",), "korean": ("south korea", "korea"), "mexican": ("mexico",), "nigerian": ("nigeria",),
    "norwegian": ("norway",), "polish": ("poland",), "portuguese": ("portugal",), "romanian": ("romania",),
    "russian": ("russia",), "scottish": ("scotland",), "spanish": ("spain",), "swedish": ("sweden",),
    "swiss": ("switzerland",), "thai": ("thailand",), "turkish": ("turkey",), "ukrainian": ("ukraine",),
    "venezuelan": ("venezuela",), "welsh": ("wales",),
}  # fmt: skip
