"""What the name of a file says about the values in it."""

from __future__ import annotations

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


def is_lock_file(path: str) -> bool:
    """Whether the file at `path` (with slashes) is one that a package manager wrote."""
    return path.rsplit("/", 1)[-1].lower() in _LOCK_FILES
