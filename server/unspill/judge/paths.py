"""What the name of a file says about the values in it."""

from __future__ import annotations

import re

_LOCK_FILES = frozenset(
    """
    package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock deno.lock jsr.lock
    poetry.lock pipfile.lock uv.lock pdm.lock pixi.lock pylock.toml conda-lock.yml
    cargo.lock gemfile.lock composer.lock symfony.lock go.sum go.work.sum mix.lock pubspec.lock
    package.resolved podfile.lock cartfile.resolved manifest.lock packages.lock.json paket.lock
    gradle.lockfile verification-metadata.xml .terraform.lock.hcl flake.lock chart.lock module.bazel.lock
    """.split()
)
"""Files that a package manager writes: names, versions, addresses and hashes."""

_INSTALLED = (".dist-info/RECORD", ".egg-info/SOURCES.txt")
"""Lists of the files of an installed Python package."""


def is_lock_file(path: str) -> bool:
    """Whether the file at `path` (with slashes) is one that a package manager wrote."""
    return path.rsplit("/", 1)[-1].lower() in _LOCK_FILES or path.endswith(_INSTALLED)


_TRANSLATION = r"""(?xi)\.(?:po|pot|arb|resx|strings|stringsdict|xliff?|xlf|ftl)\Z
    |(?:\A|/)(?:locales?|lang|langs|languages?|i18n|l10n|intl|translations?|nls|lc_messages|values-[a-z]{2,3}(?:-r[a-z]{2})?
      |[a-z]{2,3}(?:[-_][a-z]{2,4})?\.lproj)/(?:[^/]+/){0,3}[^/]+\.(?:json5?|ya?ml|properties|xml|toml|php|[cm]?[jt]sx?|py|rb)\Z
    |(?:\A|[/_.-])(?:messages|strings|translations?|labels)(?:[_.-][a-z]{2,3}(?:[-_][a-z]{2,4})?)?\.(?:properties|json|ya?ml|xml)\Z"""
"""By format, by folder, by name. Compiled when first used: it is long, and mostly there is nothing to judge."""


def is_translation(path: str) -> bool:
    """Whether the file at `path` (with slashes) holds the texts of a program in a language, by its name."""
    return re.search(_TRANSLATION, path) is not None
