"""The features that generic rules weigh: each is described, each has a weight, and nothing else is weighed."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.engine.named import Named
from unspill.judge import generic, scoring
from unspill.judge.features import OPERATORS, ORDERED, SAYS, ContextFeature, NameFeature, ValueFeature, every
from unspill.judge.weights import WEIGHTS

FEATURES = [*chain[NameFeature | ContextFeature | ValueFeature](NameFeature, ContextFeature, ValueFeature)]
NAMED = st.builds(
    Named,
    name=st.lists(st.sampled_from([*SAYS, "acme", "uuid", "name", "pad", "fake"]), min_size=1, max_size=6).map("_".join)
    | st.sampled_from(["--token", "ACME_KEY", "key", "secret", "identified by"]),
    operator=st.sampled_from([*OPERATORS, "", "://", "~"]),
    quote=st.sampled_from(["", '"', "'", "`", '\\"']),
    name_start=st.just(0),
    start=st.just(0),
    end=st.just(0),
    wrapper=st.sampled_from(["", "getenv", "str"]),
    formatted=st.booleans(),
    before=st.sampled_from(["", "# ", "curl -H '", "x" * 200]),
    after=st.sampled_from(["", ".", " + x", ")"]),
)
TEXTS = (
    st.text(min_size=1, max_size=90)
    | st.uuids().map(str)
    | st.from_regex(
        r"[0-9a-f]{32}|[A-Za-z0-9+/]{12,40}={0,2}|[a-z]{2,9}([._/-][a-z0-9]{2,9}){1,4}|[0-9]{1,20}", fullmatch=True
    )
)
PATHS = st.sampled_from(["", "a.py", "a.yaml", "README.md", "x"])


@pytest.mark.parametrize("feature", FEATURES, ids=str)
def test_a_feature_is_described(feature: NameFeature | ContextFeature | ValueFeature) -> None:
    """It has words, and a sentence; what it may be about fits into its words."""
    assert feature.sentence[0].isupper()
    assert feature.sentence.endswith(".")
    assert feature.words.count("{}") == len(feature.about)


def test_every_feature_has_a_weight_and_nothing_else_has() -> None:
    """A weight that is missing, or one for what is no feature, fails here and not in a scan."""
    assert sorted(WEIGHTS) == sorted(every())


@pytest.mark.parametrize("degrees", ORDERED, ids=lambda degrees: degrees[0])
def test_what_is_more_random_never_weighs_less(degrees: tuple[str, ...]) -> None:
    """The weights of features that are degrees of one thing ascend with it."""
    weights = [WEIGHTS[feature] for feature in degrees]
    assert weights == sorted(weights)


@given(NAMED, TEXTS, PATHS)
def test_what_is_seen_of_a_value_is_a_feature(named: Named, text: str, path: str) -> None:
    """Whatever a value, its name and its place are, all that is weighed is listed."""
    assert set(scoring.features(named, text, path)) <= set(WEIGHTS)


def test_a_weight_that_is_missing_is_not_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error, and not a weight of zero."""
    named = Named("password", "=", '"', 0, 0, 0, "", formatted=False, before="", after="")
    assert generic.verdict(named, b"somewhat", "app.py").reason
    monkeypatch.delitem(WEIGHTS, "name contains password")
    with pytest.raises(KeyError, match="name contains password"):
        generic.verdict(named, b"somewhat", "app.py")
