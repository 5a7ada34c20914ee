"""Fits the weights of `unspill.judge.scoring` and writes `unspill/judge/weights.py`.

    python -m tools.fit_generic --creddata DIR --benign DIR --examples FILE [--write]

DIR of CredData holds `labels.jsonl` and `data/`; the benign folder holds files without a secret; the examples are lines
of JSON with `text`, `label` (`secret` or not), `secrets` and `path`. None of it is part of this repository, and no text
of it ends up in the model: only how much each feature of `judge.features` says. A fourth source is made up here
(`tools.grids`): the same values in all kinds of files.

What a reason decides (`judge.generic`) is not learned from. The model is a logistic regression with a penalty on large
weights, fitted by stochastic gradient descent; features that are degrees of one thing keep their order
(`features.ORDERED`). It is judged by cross-validation over whole repositories, packages and example rules, and by
leaving out each source in turn: what is scored was never learned from.
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import os
import pprint
import random
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import Document, decode
from unspill.engine import contexts
from unspill.engine.matchers import HyperscanMatcher, compile_database
from unspill.judge import generic, scoring
from unspill.judge.features import ALWAYS, ORDERED, every

from tools import grids

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOW, MEDIUM = -0.3, 1.1
"""The limits on the score, chosen by the table that this prints."""
FOLDS = 6
EPOCHS = 20
PENALTY = 2.0
RARE = 8
"""Features that fewer samples show weigh nothing."""
# Identifiers rather than secrets: they are not learned from.
SOFT = {"UUID", "Nonce", "Salt", "AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID", "Other"}


Matchers = dict[str, HyperscanMatcher]
"""What finds the anchors of each kind of context."""


class Seen(NamedTuple):
    """What the judge sees of a value: whether a reason makes it a secret (None if none decides), and its features."""

    decided: bool | None
    features: frozenset[str]


class Sample(NamedTuple):
    """One value behind a name; `group` is what must not be split between learning and judging."""

    source: str
    group: str
    seen: Seen
    secret: bool
    weight: float


def samples_of(data: bytes, path: str, matchers: Matchers) -> Iterator[tuple[int, int, Seen]]:
    """(start, end, what is seen) of the values in `data` that the judge would look at."""
    ends = {name: [end for _, end in matcher.hits(b"\n" + data)] for name, matcher in matchers.items()}
    ends = {name: [end - 1 for end in found] for name, found in ends.items() if found}
    for _, named in contexts.values(data, ends, 10.0):
        text = data[named.start : named.end].decode("utf-8", "replace")
        decided = generic.by_reason(named, text, path)
        seen = Seen(None if decided is None else decided.confidence is not None, frozenset())
        if decided is None:
            seen = seen._replace(features=frozenset(scoring.features(named, text, path)))
        yield named.start, named.end, seen


def files(folder: str) -> Iterator[tuple[str, bytes]]:
    """(path below the folder, UTF-8) of every text file."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                raw = file.read()
            if b"\0" not in raw[:8192]:
                yield os.path.relpath(path, folder), decode(raw)[0]


def creddata(folder: str, matchers: Matchers) -> Iterator[Sample]:
    """The candidates in CredData, labelled by its markup."""
    rows = collections.defaultdict(list)
    with open(os.path.join(folder, "labels.jsonl"), encoding="utf-8") as file:
        for row in map(json.loads, file):
            for line in range(row["line_start"], row["line_end"] + 1):
                rows[row["file"], line].append(row)
    for path, data in files(os.path.join(folder, "data")):
        document = Document(data, path)
        for start, end, seen in samples_of(data, path, matchers):
            first, last = document.position(start), document.position(end)
            marked = [
                row
                for row in rows["data/" + path, first.line + 1]
                if row["label"] == "T" and _meets(row, first.column, last.column)
            ]
            if any(set(row["category"].split(":")) <= SOFT for row in marked):
                continue
            yield Sample("creddata", f"creddata {path.split('/')[0]}", seen, bool(marked), 1.0)


def _meets(row: dict[str, int], start: int, end: int) -> bool:
    if row["value_start"] < 0:
        return True
    open_ended = row["value_end"] < 0 or row["line_start"] < row["line_end"]
    return start < (math.inf if open_ended else row["value_end"]) and row["value_start"] < end


def benign(folder: str, matchers: Matchers) -> Iterator[Sample]:
    """The candidates in files without a secret; a hundred copies of one in a package teach no more than the first."""
    known = set()
    for path, data in files(folder):
        package = path.split("/")[0]
        for start, end, seen in samples_of(data, path, matchers):
            if (package, data[start:end]) not in known:
                known.add((package, data[start:end]))
                yield Sample("benign", f"benign {package}", seen, False, 2.0)


def examples(path: str, matchers: Matchers) -> Iterator[Sample]:
    """The candidates in single examples; they weigh less, since many are written after one model."""
    with open(path, encoding="utf-8") as file:
        for row in map(json.loads, file):
            if row.get("weak") or (row["label"] == "secret" and not row.get("secrets")):
                continue
            data = row["text"].encode("utf-8", "replace")
            for start, end, seen in samples_of(data, row.get("path") or "", matchers):
                value = data[start:end].decode("utf-8", "replace")
                secret = row["label"] == "secret" and any(value in one or one in value for one in row["secrets"])
                yield Sample("examples", f"examples {row['rule']}", seen, secret, 0.6)


def synthetic(matchers: Matchers) -> Iterator[Sample]:
    """The candidates in made-up lines: they only say that a place says little, so they weigh little."""
    for one in grids.made():
        data = one.line.encode()
        for start, end, seen in samples_of(data, one.path, matchers):
            if data[start:end].decode() == one.value:
                yield Sample("synthetic", f"synthetic {one.kind} {one.path}", seen, one.secret, 0.2)


def fit(samples: list[Sample], seed: int = 1) -> dict[str, float]:
    """Weights by feature, `ALWAYS` among them."""
    counts = collections.Counter(feature for sample in samples for feature in sample.seen.features)
    weights = dict.fromkeys([ALWAYS, *(feature for feature, count in counts.items() if count >= RARE)], 0.0)
    slopes = dict.fromkeys(weights, 1e-6)
    rows = [
        ([ALWAYS, *(feature for feature in sorted(sample.seen.features) if feature in weights)], sample)
        for sample in samples
    ]
    order = random.Random(seed)
    for _ in range(EPOCHS):
        order.shuffle(rows)
        for features, sample in rows:
            score = sum(weights[feature] for feature in features)
            error = (1 / (1 + math.exp(-score)) - sample.secret) * sample.weight
            for feature in features:
                slope = error + (PENALTY * weights[feature] / counts[feature] if feature != ALWAYS else 0.0)
                slopes[feature] += slope * slope
                weights[feature] -= 0.2 * slope / math.sqrt(slopes[feature])
        for degrees in ORDERED:
            put_in_order(weights, [feature for feature in degrees if feature in weights], counts)
    for degrees in ORDERED:
        for before, feature in pairwise(degrees):
            weights.setdefault(feature, weights.get(before, 0.0))
    return weights


def put_in_order(weights: dict[str, float], degrees: list[str], counts: Mapping[str, int]) -> None:
    """Make the weights of `degrees` ascend, with the least change: neighbours in the wrong order get their mean."""
    blocks: list[tuple[float, int, list[str]]] = []
    for feature in degrees:
        blocks.append((weights[feature], counts[feature], [feature]))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (first, some, left), (second, more, right) = blocks[-2:]
            blocks[-2:] = [((first * some + second * more) / (some + more), some + more, left + right)]
    weights.update((feature, mean) for mean, _, features in blocks for feature in features)


def score(weights: dict[str, float], sample: Sample) -> float:
    """The score of a sample."""
    return weights[ALWAYS] + sum(weights.get(feature, 0.0) for feature in sample.seen.features)


def by_reasons(samples: list[Sample]) -> None:
    """Print how many values the reasons decide, by source."""
    for source in sorted({sample.source for sample in samples}):
        found = collections.Counter(
            (sample.seen.decided, sample.secret) for sample in samples if sample.source == source
        )
        print(
            f"{source}: reasons report {found[True, True]} secrets and {found[True, False]} others, refuse"
            f" {found[False, True]} secrets and {found[False, False]} others; left to the score:"
            f" {found[None, True]} secrets and {found[None, False]} others"
        )


def table(scored: list[tuple[float, Sample]]) -> None:
    """Print what each limit on the score would find, by source: secrets and others."""
    sources = sorted({sample.source for _, sample in scored})
    print("limit", *(f"{source:>14}" for source in sources))
    for limit in (-1, -0.5, LOW, 0, 0.5, MEDIUM, 1.5, 2, 2.5, 3):
        found = collections.Counter((sample.source, sample.secret) for value, sample in scored if value >= limit)
        print(f"{limit:5.1f}", *(f"{found[source, True]:8}{found[source, False]:6}" for source in sources))


def write(weights: dict[str, float]) -> None:
    """Write the module that the judge reads."""
    kept = {feature: round(weights.get(feature, 0.0), 1) + 0.0 for feature in sorted(every())}
    body = pprint.pformat(kept, width=110, sort_dicts=False)
    path = os.path.join(os.path.dirname(scoring.__file__), "weights.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(
            '"""What each feature of `judge.features` says for (or, negative, against) a secret, in log-odds.\n\n'
            'Written by `tools/fit_generic.py`.\n"""\n\n'
            "from __future__ import annotations\n\n"
            f'LOW = {LOW}\n"""From this score on a value is reported at low confidence …"""\n'
            f'MEDIUM = {MEDIUM}\n"""… and from this one on at medium."""\n'
            f"WEIGHTS = {{\n {body[1:-1]},\n}}\n"
        )


def main() -> None:
    """Read, judge by cross-validation, fit, and with `--write` keep the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("creddata", "benign", "examples"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    anchors = {name: contexts.finder(name).ANCHORS for name in contexts.FINDERS if name != "manifests"}
    matchers = {name: HyperscanMatcher(compile_database(some), some) for name, some in anchors.items()}
    samples = [
        *creddata(arguments.creddata, matchers),
        *benign(arguments.benign, matchers),
        *examples(arguments.examples, matchers),
        *synthetic(matchers),
    ]
    by_reasons(samples)
    samples = [sample for sample in samples if sample.seen.decided is None]
    groups = sorted({sample.group for sample in samples})
    random.Random(5).shuffle(groups)
    fold = {group: index % FOLDS for index, group in enumerate(groups)}
    scored = []
    for number in range(FOLDS):
        weights = fit([sample for sample in samples if fold[sample.group] != number])
        scored += [(score(weights, sample), sample) for sample in samples if fold[sample.group] == number]
    print(f"{len(samples)} candidates in {len(groups)} groups; cross-validated:")
    table(scored)
    for source in sorted({sample.source for sample in samples}):
        weights = fit([sample for sample in samples if sample.source != source])
        print(f"{source}, learned from the other sources:")
        table([(score(weights, sample), sample) for sample in samples if sample.source == source])
    weights = fit(samples)
    print("on what was learned from:")
    table([(score(weights, sample), sample) for sample in samples])
    if arguments.write:
        write(weights)


if __name__ == "__main__":
    main()
