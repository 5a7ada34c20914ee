"""`unspill check`: what it reports, and how it exits."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from unspill.cli import main

from tests.cli import Ran, git, unspill, write
from tests.helpers import token

RULE = "huggingface-user-token"
SOURCE = f'import os\n\nTOKEN = "{token()}"\n'
FINGERPRINT = "fingerprint"


def test_json_report(tmp_path: Path) -> None:
    """The JSON report has exactly the fields of version 1, places from 1 in code points, ends exclusive."""
    write(tmp_path, {"app.py": f'emoji = "🚨"; token = "{token()}"\n', "b/clean.txt": "nothing\n"})
    ran = unspill(tmp_path, "check", "--format", "json")
    [finding] = ran.report["findings"]
    assert ran.code == 1
    assert len(finding.pop("fingerprint")) == 32
    assert finding == {
        "kind": "secret",
        "path": "app.py",
        "rule": RULE,
        "name": "Hugging Face user access token",
        "severity": "error",
        "confidence": "high",
        "message": "Hardcoded Hugging Face user access token: anyone who can read this file can use it.",
        "start": {"line": 1, "column": 23},
        "end": {"line": 1, "column": 23 + len(token())},
        "site": "assignment",
        "secret_name": "HF_TOKEN",
        "fixable": True,
        "cell": None,
    }
    size = sum(path.stat().st_size for path in tmp_path.rglob("*.*"))
    assert ran.report["version"] == 1
    assert ran.report["summary"] == {
        "files": 2,
        "bytes": size,
        "env_values": 0,
        "skipped": [],
        "suppressed": {"inline": 0, "baseline": 0, "config": 0},
        "counts": {"error": 1, "warning": 0, "info": 0, "hint": 0},
    }


def test_text_report(tmp_path: Path) -> None:
    """The text report gives place, rule, what it is, what to do, and the line without the value."""
    write(tmp_path, {"app.py": SOURCE})
    ran = unspill(tmp_path, "check")
    assert ran == Ran(
        1,
        "app.py:3:10: error [huggingface-user-token]\n"
        "  Hugging Face user access token\n"
        '  3 | TOKEN = "<hidden>"\n'
        "  `unspill fix`: Read HF_TOKEN from the environment. Then revoke it:\n"
        "  https://huggingface.co/settings/tokens\n"
        "\n"
        "Found 1 error in 1 file (59 bytes).\n"
        "1 can be fixed with `unspill fix`.\n",
        "",
    )


def test_clean_is_zero(tmp_path: Path) -> None:
    """Files without secrets exit with 0."""
    write(tmp_path, {"app.py": "import os\n"})
    assert unspill(tmp_path, "check") == Ran(0, "No secrets found in 1 file (10 bytes).\n", "")


def test_findings_are_sorted_by_path_and_start(tmp_path: Path) -> None:
    """Whatever order the paths are named in, the report is in the order of path and start."""
    for name in ("b.py", "a/z.py", "a.py"):
        write(tmp_path, {name: f'x = "{token(1)}"\ny = "{token(2)}"\n'})
    found = unspill(tmp_path, "check", "b.py", ".", "--format", "json").report["findings"]
    assert [(one["path"], one["start"]["line"]) for one in found] == [
        (name, line) for name in ("a.py", "a/z.py", "b.py") for line in (1, 2)
    ]


def test_every_candidate_on_the_line_is_masked(tmp_path: Path) -> None:
    """Another token on the shown line is masked though its own finding was not asked for."""
    write(tmp_path, {"app.py": f'both = ["{token(1)}", "{token(2)}"]\n'})
    ran = unspill(tmp_path, "check")
    assert ran.out.count('both = ["<hidden>", "<hidden>"]') == 2


@pytest.mark.parametrize("output", ["text", "json"])
def test_no_value_leaves_by_any_door(tmp_path: Path, output: str) -> None:
    """A token in content, in a file's name, in a variable's name or beside another one is never printed."""
    write(
        tmp_path,
        {
            f"{token(1)}/{token(2)}.py": f'{token(3)} = "{token(4)}"  # {token(5)}\n',
            f"{token(6)}.bin": b"\0\0\0",
            "config.yaml": f"{token(7)}: {token(8)}\n",
            "PEM": f"x {token(9)}\n",
        },
    )
    ran = unspill(tmp_path, "check", "-v", "--explain", "--format", output)
    fixed = unspill(tmp_path, "fix", "-v", "--diff", "--unsafe")
    for seed in range(1, 10):
        assert token(seed)[4:] not in ran.out + ran.err + fixed.out + fixed.err
    assert ran.code == 1


def test_missing_path(tmp_path: Path) -> None:
    """A path that does not exist exits with 2 and is named."""
    ran = unspill(tmp_path, "check", "nope.py")
    assert ran.code == 2
    assert "nope.py: no such file or folder" in ran.err


def test_empty_folder_is_incomplete(tmp_path: Path) -> None:
    """A folder without a file exits with 3: nothing was looked at."""
    assert unspill(tmp_path, "check").code == 3


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that may not be read exits with 3 and is named; the others are scanned."""
    write(tmp_path, {"app.py": SOURCE, "b.py": "x"})
    monkeypatch.chdir(tmp_path)
    real = os.open

    def refused(path: str, *arguments: int, **options: int) -> int:
        if str(path).endswith("app.py"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refused)
    assert main(["check"]) == 3
    out = capsys.readouterr().out
    assert "app.py: cannot be read: Permission denied" in out
    assert "1 file" in out


def test_too_large_is_incomplete(tmp_path: Path) -> None:
    """A text over the limit exits with 3; a binary over it is skipped like any other."""
    write(tmp_path, {"a.txt": "x" * 3000, "b.bin": b"\0" * 3000})
    ran = unspill(tmp_path, "check", "--max-file-size", "2kB")
    assert ran.code == 3
    assert "a.txt: larger than 2000 bytes" in ran.out
    assert "1 binary" in ran.out


def test_findings_win_over_incomplete(tmp_path: Path) -> None:
    """With findings and a file that could not be scanned the exit code is 1, and the summary says both."""
    write(tmp_path, {"a.txt": "x" * 3000, "b.py": SOURCE})
    ran = unspill(tmp_path, "check", "--max-file-size", "2kB")
    assert ran.code == 1
    assert "Found 1 error" in ran.out
    assert "Incomplete: 1 file could not be scanned in full" in ran.out


def test_exit_zero_hides_findings_alone(tmp_path: Path) -> None:
    """`--exit-zero` turns 1 into 0, but leaves 3 as it is."""
    write(tmp_path, {"b.py": SOURCE})
    assert unspill(tmp_path, "check", "--exit-zero").code == 0
    write(tmp_path, {"a.txt": "x" * 3000})
    assert unspill(tmp_path, "check", "--exit-zero", "--max-file-size", "2kB").code == 3


def test_skips_what_is_no_text(tmp_path: Path) -> None:
    """Binaries, LFS pointers and links are passed over, and counted."""
    write(
        tmp_path,
        {
            "a.bin": b"\0" + SOURCE.encode(),
            "model.safetensors": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
            "app.py": "import os\n",
        },
    )
    (tmp_path / "link.py").symlink_to(tmp_path / "app.py")
    ran = unspill(tmp_path, "check", "--format", "json")
    assert ran.code == 0
    assert ran.report["summary"]["skipped"] == [
        {"path": "link.py", "reason": "symbolic link"},
        {"path": "a.bin", "reason": "binary"},
        {"path": "model.safetensors", "reason": "Git LFS pointer"},
    ]


def test_wide_text_is_no_binary(tmp_path: Path) -> None:
    """A token in UTF-16 and UTF-32 is found, at its place in code points."""
    for codec in ("utf-16", "utf-16-le", "utf-32"):
        write(tmp_path, {f"{codec}.py": SOURCE.encode(codec)})
    found = unspill(tmp_path, "check", "--format", "json").report["findings"]
    assert [one["start"] for one in found] == [{"line": 3, "column": 10}] * 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_is_not_opened(tmp_path: Path) -> None:
    """A FIFO that nobody writes to neither blocks the run nor counts as incomplete, even when it is named."""
    write(tmp_path, {"app.py": "import os\n"})
    os.mkfifo(tmp_path / "pipe")
    assert unspill(tmp_path, "check").code == 0
    assert "not a regular file" in unspill(tmp_path, "check", "pipe").out


def test_broken_utf8(tmp_path: Path) -> None:
    """In broken UTF-8 the token is found, and columns count what decoding with replacement gives."""
    write(tmp_path, {"app.py": b'a = "\xff\xfe"; t = "' + token().encode() + b'"\n'})
    [finding] = unspill(tmp_path, "check", "--format", "json").report["findings"]
    assert finding["start"] == {"line": 1, "column": 16}


@pytest.mark.skipif(os.name == "nt", reason="such names are not possible there")
def test_names_with_control_characters(tmp_path: Path) -> None:
    """ESC and newline in a file's name are escaped in text, and encoded in JSON."""
    name = "a\x1b[31m\nb.py"
    write(tmp_path, {name: SOURCE})
    ran = unspill(tmp_path, "check", "--color", "never")
    assert "\x1b" not in ran.out
    assert r"a\x1b[31m\nb.py:3:10" in ran.out
    assert unspill(tmp_path, "check", "--format", "json").report["findings"][0]["path"] == name


@pytest.mark.skipif(os.name == "nt", reason="such names are not possible there")
def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    """A name that is not UTF-8 is scanned, and comes back from the JSON report as it is."""
    raw = os.fsencode(tmp_path) + b"/\xff.py"
    try:
        Path(os.fsdecode(raw)).write_text(SOURCE)
    except OSError:
        pytest.skip("the file system refuses such names")
    [finding] = unspill(tmp_path, "check", "--format", "json").report["findings"]
    assert os.fsencode(finding["path"]) == b"\xff.py"


def test_stdin(tmp_path: Path) -> None:
    """`-` scans stdin, in the language of `--stdin-filename`."""
    ran = unspill(tmp_path, "check", "-", "--stdin-filename", "app.py", "--format", "json", stdin=SOURCE.encode())
    [finding] = ran.report["findings"]
    assert (ran.code, finding["path"], finding["site"]) == (1, "app.py", "assignment")
    assert unspill(tmp_path, "check", "-", stdin=b"clean\n").code == 0
    assert unspill(tmp_path, "check", "--stdin-filename", "app.py").code == 2


def test_output_file(tmp_path: Path) -> None:
    """`-o` writes the report there and its summary to stderr; a place that cannot be written exits with 2."""
    write(tmp_path, {"app.py": SOURCE})
    ran = unspill(tmp_path, "check", "--format", "json", "-o", "report.json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Found 1 error in 1 file (")
    assert ran.err.endswith("\nReport: report.json\n")
    assert unspill(tmp_path, "check", "--quiet", "-o", "quiet.txt").err == ""
    assert len(json.loads((tmp_path / "report.json").read_text())["findings"]) == 1
    assert unspill(tmp_path, "check", "-o", "no/such/folder").code == 2


@pytest.mark.parametrize("name", ["app.py", "link.txt", ".env", "src/../.env", "notes.txt", "package.json"])
def test_no_report_replaces_the_only_copy_of_a_value(tmp_path: Path, name: str) -> None:
    """`-o` names no file that is code, a dotenv file, or has a finding: nothing in it is lost."""
    files = {
        "app.py": SOURCE,
        ".env": f"HF_TOKEN={token()}\n",
        "notes.txt": SOURCE,
        "package.json": f'{{"a": "{token()}"}}',
    }
    write(tmp_path, {**files, "src/a.txt": ""})
    (tmp_path / "link.txt").symlink_to("app.py")
    ran = unspill(tmp_path, "check", "-o", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"unspill: {name}: ")
    assert {path: (tmp_path / path).read_text() for path in files} == files


@pytest.mark.slow
@pytest.mark.parametrize("name", [".envrc", ".netrc", "a.ipynb", "settings.toml", "Dockerfile"])
def test_no_report_replaces_what_may_keep_values(tmp_path: Path, name: str) -> None:
    """Also where nothing was found, or looked for; a report replaces an earlier one."""
    write(tmp_path, {name: "a b\n", "app.py": SOURCE})
    assert unspill(tmp_path, "check", "app.py", "-o", name).code == 2
    assert (tmp_path / name).read_text() == "a b\n"
    for report in (".report.sarif", "report", "report.html"):
        assert [unspill(tmp_path, "check", "-o", report).code for _ in range(2)] == [1, 1]


def test_colors(tmp_path: Path) -> None:
    """Colours are for terminals, and for those who ask."""
    write(tmp_path, {"app.py": SOURCE})
    assert "\x1b[" not in unspill(tmp_path, "check").out
    assert "\x1b[31m" in unspill(tmp_path, "check", "--color", "always").out


def test_quiet_and_verbose(tmp_path: Path) -> None:
    """-q leaves findings alone, -v adds why and every skipped file."""
    write(tmp_path, {"app.py": SOURCE, "a.bin": b"\0"})
    assert "Found" not in unspill(tmp_path, "check", "-q").out
    loud = unspill(tmp_path, "check", "-v").out
    assert "a.bin: binary" in loud
    assert "high confidence: format match" in loud


def test_explain(tmp_path: Path) -> None:
    """`--explain` says why a candidate is no secret; without it such candidates are not mentioned."""
    write(tmp_path, {"app.py": 'token = "hf_' + "x" * 34 + '"\n'})
    assert "app.py:1:10: rejected [huggingface-user-token]: " in unspill(tmp_path, "check", "--explain").out
    assert "rejected [" not in unspill(tmp_path, "check").out


def test_explain_tells_what_is_below_the_confidence(tmp_path: Path) -> None:
    """`--explain` lists what a lower confidence would report, with the reason; with that confidence it is a finding."""
    write(tmp_path, {"app.py": 'access_key_pair = "' + "q7w2-e9r4-t1y8-b3n6" + '"\n'})
    below = unspill(tmp_path, "check", "--explain", "--confidence", "high")
    assert below.code == 0
    (line,) = [line for line in below.out.splitlines() if "rejected [" in line]
    assert re.search(r"^app.py:1:\d+: rejected \[generic-api-key\]: (low|medium) confidence: ", line)
    assert unspill(tmp_path, "check", "--confidence", "low").code == 1


def test_inline_directives_and_no_suppressions(tmp_path: Path) -> None:
    """A directive silences and is counted; `--no-suppressions` brings the finding back."""
    write(tmp_path, {"app.py": f't = "{token()}"  # unspill: ignore[{RULE}] a test\n'})
    silent = unspill(tmp_path, "check", "--format", "json")
    assert (silent.code, silent.report["summary"]["suppressed"]["inline"]) == (0, 1)
    assert unspill(tmp_path, "check", "--no-suppressions").code == 1


def test_select_and_ignore(tmp_path: Path) -> None:
    """`--select` keeps one rule, `--ignore` drops one, and a name that is no rule exits with 2."""
    write(tmp_path, {"app.py": SOURCE})
    assert unspill(tmp_path, "check", "--select", "huggingface-*").code == 1
    assert unspill(tmp_path, "check", "--select", "github-*").code == 0
    assert unspill(tmp_path, "check", "--ignore", RULE).code == 0
    assert unspill(tmp_path, "check", "--ignore", "nonsense").code == 2


def test_fail_on(tmp_path: Path) -> None:
    """A severity below `--fail-on` is reported, but no failure."""
    write(tmp_path, {"app.py": SOURCE, "unspill.toml": f'[severity]\n{RULE} = "warning"\n'})
    ran = unspill(tmp_path, "check")
    assert (ran.code, "1 warning" in ran.out) == (0, True)
    assert unspill(tmp_path, "check", "--fail-on", "warning").code == 1


def test_project_settings_are_counted_and_isolated(tmp_path: Path) -> None:
    """What the project ignores is counted as suppressed, and `--isolated` does not listen to it."""
    write(tmp_path, {"app.py": SOURCE, "unspill.toml": f'ignore = ["{RULE}"]\n'})
    ran = unspill(tmp_path, "check", "--format", "json")
    assert (ran.code, ran.report["summary"]["suppressed"]["config"]) == (0, 1)
    assert unspill(tmp_path, "check", "--isolated").code == 1
    (tmp_path / "own.toml").write_text("")
    assert unspill(tmp_path, "check", "--config", "own.toml").code == 1


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("exclde = []\n", "unspill.toml: exclde: unknown key; did you mean exclude?"),
        ('confidence = "low"\n', "unspill.toml: confidence: "),
        ('exclude = "tests"\n', "unspill.toml: exclude: must be a list of strings"),
        ('exclude = ["*"]\n', "unspill.toml: exclude: excludes every file"),
        ('exclude = ["*.py", "*.toml"]\n', "unspill.toml: exclude: excludes every file"),
        ('ignore = ["*"]\n', "unspill.toml: would disable every error-level rule"),
        ('ignore = ["huggingface-user-tokne"]\n', "did you mean huggingface-user-token?"),
        ('[severity]\n"*" = "hint"\n', "unspill.toml: would disable every error-level rule"),
        ("exclude = [\n", "unspill.toml: is not valid TOML"),
    ],
)
def test_bad_config(tmp_path: Path, config: str, words: str) -> None:
    """A project file that cannot be used, or would turn everything off, exits with 2: file, key and reason."""
    write(tmp_path, {"app.py": SOURCE, "unspill.toml": config})
    ran = unspill(tmp_path, "check")
    assert ran.code == 2
    assert words in ran.err


def test_rules_of_ones_own(tmp_path: Path) -> None:
    """`--rules` adds rules; a file that cannot be used exits with 2, naming file, key and reason."""
    rule = (
        '[provider]\nname = "Acme"\n[[credential]]\nid = "acme-key"\nname = "Acme key"\npattern = "acme_[a-z0-9]{24}"\n'
        'impact = "x"\nrotate = "x"\nexample = ["{acme_[a-z0-9]{24}}"]\nnot = []\n'
    )
    write(
        tmp_path,
        {
            "app.txt": "acme_" + "q7w2e9r4t1y8" + "b3n6m5k0j1h9" + "\n",
            "own.toml": rule,
            "bad.toml": rule + "colour = 1\n",
            "old.toml": rule.replace("impact", "docs"),
        },
    )
    found = unspill(tmp_path, "check", "app.txt", "--rules", "own.toml", "--format", "json").report["findings"]
    assert [one["rule"] for one in found] == ["acme-key"]
    bad = unspill(tmp_path, "check", "app.txt", "--rules", "bad.toml")
    assert bad.code == 2
    assert "bad.toml: credential acme-key: colour: unknown key" in bad.err
    old = unspill(tmp_path, "check", "app.txt", "--rules", "old.toml")
    assert old.code == 2
    assert "old.toml: credential acme-key: docs: removed; use impact" in old.err


def test_dotenv_at_home(tmp_path: Path) -> None:
    """An ignored `.env` is silent and its values are counted; without the ignore file they are findings."""
    write(tmp_path, {".env": f"HF_TOKEN={token()}\n", ".gitignore": ".env\n", "app.py": "import os\n"})
    ran = unspill(tmp_path, "check", "--format", "json")
    assert (ran.code, ran.report["findings"], ran.report["summary"]["env_values"]) == (0, [], 1)
    (tmp_path / ".gitignore").unlink()
    assert unspill(tmp_path, "check").code == 1


@pytest.mark.parametrize(
    ("dockerfile", "dockerignore", "code"),
    [
        ("FROM x\nCOPY . .\n", "", 1),
        ("FROM x\nCOPY . .\n", ".env\n", 0),
        ("FROM x\nCOPY --chown=me .env /app/\n", "", 1),
        ('FROM x\nADD [".env*", "/app/"]\n', "", 1),
        ("FROM x\nCOPY --from=build . .\n", "", 0),
        ("FROM x\nCOPY app.py \\\n  .env /app/\n", "", 1),
        ("FROM x\nCOPY app.py /app/\n", "", 0),
    ],
)
def test_dotenv_that_an_image_takes_in(tmp_path: Path, dockerfile: str, dockerignore: str, code: int) -> None:
    """An ignored `.env` that a Dockerfile copies is not at home."""
    write(tmp_path, {".env": f"HF_TOKEN={token()}\n", ".gitignore": ".env\n", "Dockerfile": dockerfile})
    if dockerignore:
        write(tmp_path, {".dockerignore": dockerignore})
    assert unspill(tmp_path, "check").code == code


def test_dotenv_tracked(tmp_path: Path) -> None:
    """A tracked `.env` is one check, and each value a finding, though an ignore file names it."""
    write(tmp_path, {".env": f"A={token(1)}\nB={token(2)}\n", ".gitignore": ".env\n"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-f", ".env")
    found = unspill(tmp_path, "check", "--format", "json").report["findings"]
    assert [(one["kind"], one["rule"], one["fixable"]) for one in found] == [
        ("check", "dotenv-tracked", False),
        ("secret", RULE, False),
        ("secret", RULE, False),
    ]
    assert "git rm --cached .env" in unspill(tmp_path, "check").out


def test_a_clean_tracked_dotenv_is_no_finding(tmp_path: Path) -> None:
    """A tracked `.env` without a credential is left alone."""
    write(tmp_path, {".env": "DEBUG=1\n"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-f", ".env")
    assert unspill(tmp_path, "check").code == 0


def test_fingerprints_follow_the_value(tmp_path: Path) -> None:
    """The same value has the same fingerprint in every file; another key gives another fingerprint."""
    write(tmp_path, {"a.py": SOURCE, "b.txt": f"see {token()}\n", "c.py": f'x = "{token(5)}"\n'})
    a, b, c = (one[FINGERPRINT] for one in unspill(tmp_path, "check", "--format", "json").report["findings"])
    assert a == b != c
    keyed = unspill(tmp_path, "check", "--format", "json", UNSPILL_FINGERPRINT_KEY="mine").report["findings"]
    assert keyed[0][FINGERPRINT] not in (a, c)


def test_paths_outside_the_working_folder(tmp_path: Path) -> None:
    """A scanned folder outside the working folder gives paths relative to it."""
    write(tmp_path, {"here/x": "", "there/src/app.py": SOURCE})
    [finding] = unspill(tmp_path / "here", "check", "../there", "--format", "json").report["findings"]
    assert finding["path"] == "src/app.py"


def test_narrow_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal of 40 columns no line of a finding but the place and a URL is longer."""
    write(tmp_path, {"app.py": f'    client = InferenceClient("some/model", token="{token()}", timeout=30, x=1)\n'})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert main(["check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 40 for line in lines if ": error [" not in line and "https://" not in line)
    assert any("<hidden>" in line for line in lines)


def test_worker_processes_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes give the report that one process gives."""
    from unspill import app, settings
    from unspill.app import workers

    for number in range(40):
        write(tmp_path, {f"{number:02}.py": f'x = "{token(number)}"\n' if number % 7 == 0 else "pass\n"})
    write(tmp_path, {"a.bin": b"\0"})
    request = app.Request((str(tmp_path),), settings.load, str(tmp_path), jobs=1)
    alone = app.check(request)
    monkeypatch.setattr(app, "MANY_FROM", 0)
    monkeypatch.setattr(workers, "PARALLEL_FROM", 0)
    assert app.check(request._replace(jobs=2)) == alone
    assert len(alone.rows) == 6
