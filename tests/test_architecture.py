"""The shape of the code base: what may import what, what start-up loads, what is registered where."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from radon.complexity import cc_visit
from radon.visitors import Function
from unspill import checks, fixes, languages
from unspill.document import Document

SOURCE = Path(languages.__file__).parent.parent
MODULES = sorted(SOURCE.rglob("*.py"))

# Lower layers first; a module imports only from its own layer and those before it.
LAYERS = [
    {"model", "errors", "sites"},
    {"document", "gitignore", "toml"},
    {"keys", "providers", "rules"},
    {"net"},
    {"budget", "nesting", "syntax"},
    {"semantics"},
    {"languages"},
    {"engine", "judge"},
    {"shapes"},
    {"space"},
    {"fixes"},
    {"contract"},
    {"exposure"},
    {"fingerprint", "settings", "suppress"},
    {"checks"},
    {"project"},
    {"workspace"},
    {"scan"},
    {"pipeline"},
    {"transaction"},
    {"app"},
    {"output"},
    {"docs"},
    {"cli", "lsp"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
FILE_READERS = {"project", "rules", "engine"}
HEAVY = "pygls lsprotocol asyncio tree_sitter pygit2 huggingface_hub importlib.metadata".split()


def part(path: Path) -> str:
    """The first part of a module's name below the package."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """The unspill parts that a module imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "unspill":
            rest = node.module.split(".")[1:]
            found |= {rest[0]} if rest else {name.name for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name.split(".")[1] for name in node.names if name.name.startswith("unspill.")}
    return found - {"__version__"}


def names(path: Path) -> set[str]:
    """Every dotted name or attribute that a module's code uses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute))}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_dependencies_point_one_way(path: Path) -> None:
    """No module imports from a layer above its own."""
    own = part(path)
    if own in ("__init__", "__main__"):
        return
    above = {name for name in imports(path) if RANK[name] > RANK[own]}
    assert not above, f"{path.name} imports {above}"


def dependencies(path: Path, known: frozenset[str], *, typing: bool = False) -> set[str]:
    """The modules of the package that a module imports when it runs, wherever in the file; for `typing` as well."""
    found: set[str] = set()
    stack: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while stack:
        node = stack.pop()
        if not typing and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            stack += node.orelse
            continue
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = {f"{node.module}.{name.name}" for name in node.names}
            found |= {name if name in known else str(node.module) for name in inside}
        stack += ast.iter_child_nodes(node)
    return found & known


def circles(graph: dict[str, set[str]]) -> list[str]:
    """The modules that need each other, each circle in the order of imports."""
    found = []
    for start in sorted(graph):
        paths = [[start]]
        seen: set[str] = set()
        while paths:
            path = paths.pop()
            for name in graph[path[-1]]:
                if name == start:
                    found.append(" → ".join([*path, start]))
                elif name not in seen and name > start:
                    seen.add(name)
                    paths.append([*path, name])
    return found


NAMED = {
    ".".join(("unspill", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in MODULES
}


def test_no_modules_import_each_other() -> None:
    """There is no circle of imports anywhere, those inside of functions included."""
    known = frozenset(NAMED)
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a → b → c → a"]
    assert circles({name: dependencies(path, known) - {name} for name, path in NAMED.items()}) == []


STATE = {"outbox", "buffers", "folders", "snapshot", "findings", "wishes", "naming", "projects", "session"}
BELOW = {"places", "documents", "convert", "capabilities", "analysis", "guard", "framing"}
"""What the state of the server stands on."""


def test_the_servers_state_knows_no_feature() -> None:
    """Documents, settings, baselines and findings need none of the features, not even their types."""
    own = {name: path for name, path in NAMED.items() if name.startswith("unspill.lsp.")}
    known = frozenset(own)
    graph = {name: dependencies(path, known, typing=True) - {name} for name, path in own.items()}
    assert circles(graph) == []
    for name in STATE | BELOW:
        used = {other.removeprefix("unspill.lsp.") for other in graph[f"unspill.lsp.{name}"]}
        assert used <= (STATE | BELOW if name in STATE else BELOW), name


def test_what_is_asked_about_names_walks_no_folder() -> None:
    """In the server only the diagnostics of the whole workspace walk: names are asked of `workspace/`."""
    known = frozenset(NAMED)
    lsp = [name for name in NAMED if name.startswith("unspill.lsp.")]
    walking = [name for name in lsp if "unspill.project.walk" in dependencies(NAMED[name], known)]
    assert walking == ["unspill.lsp.workspace"]


def test_what_leaves_for_the_client_goes_through_the_outbox() -> None:
    """No module but the outbox calls the client by itself."""
    calls = ("window_", "text_document_publish", "workspace_", "client_register", "work_done_progress")
    bad = {
        name: {used for used in names(path) if used.rpartition(".")[2].startswith(calls) and "server" in used.lower()}
        for name, path in NAMED.items()
        if name.startswith("unspill.lsp.") and name != "unspill.lsp.outbox"
    }
    assert {name: used for name, used in bad.items() if used} == {}


def test_starting_the_command_line_loads_no_heavy_module() -> None:
    """`import unspill.cli` loads neither the protocol, nor a parser, nor anything else that takes long."""
    code = f"import sys, unspill.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_only_the_boundary_touches_files() -> None:
    """Files are opened by `project/`, by the rule loader and by the engine's cache, and nowhere else."""
    openers = {"open", "os.open", "os.scandir", "os.listdir", "os.stat", "os.replace", "os.unlink"}
    bad = {path.name: names(path) & openers for path in MODULES if part(path) not in FILE_READERS}
    assert {name: used for name, used in bad.items() if used} == {}


USES_NET = {
    "app/online.py",
    "app/push.py",
    "app/rotation/network.py",
    "app/rotation/targets.py",
    "cli/consent.py",
    "cli/online.py",
    "cli/rotate.py",
    "cli/secrets.py",
}
"""The modules of commands whose purpose the network is."""


def test_only_net_opens_a_socket() -> None:
    """No module outside of `net/` can reach the network, but for the one that listens for `server --tcp`."""
    network = {"socket", "ssl", "http.client", "urllib.request", "ftplib", "smtplib", "xmlrpc", "httpx", "requests"}
    network |= {"urllib3", "aiohttp", "websockets", "huggingface_hub"}
    bad = {}
    for path in MODULES:
        modules = set[str]()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                modules |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
            elif isinstance(node, ast.Import):
                modules |= {name.name for name in node.names}
        used = {name for name in modules if name in network or name.split(".")[0] in network}
        if used and part(path) != "net":
            bad[path.relative_to(SOURCE).as_posix()] = used
    assert bad == {"lsp/transport.py": {"socket"}}


def test_only_commands_for_the_network_import_net() -> None:
    """`net/` is imported by the commands that ask a provider, and by nothing that they share with others."""
    users = {path.relative_to(SOURCE).as_posix() for path in MODULES if "net" in imports(path) and part(path) != "net"}
    assert users <= USES_NET


def test_check_and_server_load_no_network(tmp_path: Path) -> None:
    """A check, a fix, a plan and the server's start leave `net/` and TLS unloaded."""
    code = (
        "import sys; from unspill.cli import main; "
        "main(['check', '.']); main(['fix', '.']); main(['rotate', '.']); import unspill.lsp.server; "
        "print([name for name in sys.modules if name.startswith('unspill.net')])"
    )
    token = "hf_" + "".join(Random(1).choices(string.ascii_letters, k=34))
    (tmp_path / "app.py").write_text(f'login(token="{token}")\n')
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert "Without the history" in out
    assert out.splitlines()[-1] == "[]"


def test_one_module_starts_programs() -> None:
    """Only `unspill run` starts one, and imports what does: nothing else runs git, a tool, or anything of a project."""
    starts = re.compile(r"(?:subprocess|pty|os\.(?:exec|spawn|posix_spawn|popen|system|startfile)\w*)\b")
    bad = {path.relative_to(SOURCE).as_posix() for path in MODULES if any(map(starts.match, names(path)))}
    assert bad == {"app/run.py"}


def test_one_module_writes_values_to_dotenv_files() -> None:
    """Only `transaction.py` has files written first that keep values; all others write none of these."""
    bad = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "write.apply":
                stores = ast.unparse(node.args[1])
                if part(path) != "transaction" and stores != "()":
                    bad.append(f"{path.relative_to(SOURCE)}: {stores}")
    assert bad == []


def test_only_the_command_line_prints() -> None:
    """`print` is called in `cli/` and nowhere else."""
    assert [path.name for path in MODULES if part(path) != "cli" and "print" in names(path)] == []


def test_protocol_values_are_built_in_one_module() -> None:
    """`lsprotocol` classes are called in `lsp/convert.py` only."""
    bad = {}
    for path in MODULES:
        if path.name == "convert.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        if used := {name for name in called if name.startswith(("types.", "lsp.", "lsprotocol."))}:
            bad[path.name] = used
    assert bad == {}


def test_the_servers_documents_are_its_own() -> None:
    """`ls.workspace`, whose lines and positions are wrong for a scanner, is not used."""
    assert [path.name for path in MODULES if any(name.endswith(".workspace") for name in names(path))] == []


@pytest.mark.slow
def test_node_types_are_the_business_of_languages_and_semantics() -> None:
    """Elsewhere no node's type is looked at, and none is named to the functions that look for types.

    `syntax.py` hands types on, and what git calls a type is none of a tree's.
    """
    by_type = {"first", "spans"}
    bad = {}
    for path in MODULES:
        if part(path) in ("languages", "semantics", "syntax", "project"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        found = used & {"type", "kind_id", "grammar_name", "grammar_id"}
        found |= {name for name in names(path) if name in {f"syntax.{function}" for function in by_type}}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "unspill.syntax":
                found |= {name.name for name in node.names} & by_type
        if found:
            bad[str(path.relative_to(SOURCE))] = found
    assert bad == {}


def test_one_module_goes_from_a_text_to_its_findings() -> None:
    """Scanners are made and used, and checks, settings and places asked about findings, by `pipeline/` alone."""
    steps = (".scan", "scanner.hits", "check.of_document", "check.of_project", "is_at_home", "settings.judge")
    bad: dict[str, set[str]] = {}
    for path in MODULES:
        if part(path) in ("pipeline", "scan", "engine", "judge"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        used = {name for name in called if name == "Scanner" or name.endswith(steps)}
        if used:
            bad[str(path.relative_to(SOURCE))] = used
    assert bad == {}


def test_every_check_is_registered() -> None:
    """Every module of `checks/` is a row, has one check, and nothing asks for that by its id."""
    folder = SOURCE / "checks"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "check"}
    assert modules == checks.CHECKS.keys()
    assert len(modules) == len({check.id for check in checks.known()})
    ids = {check.id for check in checks.known()}
    for path in MODULES:
        constants = {
            node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)
        }
        assert part(path) == "checks" or not constants & ids, path


def test_every_language_is_registered() -> None:
    """Every module of `languages/` but the table is that of a row, and each row has an id of its own and a fixer."""
    folder = SOURCE / "languages"
    modules = {path.name.removesuffix(".py") for path in folder.iterdir() if not path.name.startswith("_")}
    assert modules - {"table"} == {language.module for language in languages.LANGUAGES}
    assert len({language.id for language in languages.LANGUAGES}) == len(languages.LANGUAGES)
    for language in languages.LANGUAGES:
        assert callable(fixes.fixer_of(Document(b"", language=language.id)).plan)


def test_what_differs_by_language_is_in_the_table() -> None:
    """No module outside of `languages/` has a table of its own with three languages or more (a grammar is none).

    Which documents a check is for is no such difference.
    """
    ids = {language.id for language in languages.LANGUAGES} - {"text", "json", "html", "code", "configuration"}
    bad = {}
    for path in MODULES:
        tables = [
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, (ast.Dict, ast.Tuple, ast.List, ast.Set))
        ]
        for node in tables:
            keys = node.keys if isinstance(node, ast.Dict) else node.elts
            known = {key.value for key in keys if isinstance(key, ast.Constant)} & ids
            if len(known) > 2 and part(path) not in ("languages", "nesting", "checks"):
                bad[path.name] = known
    assert bad == {}


def test_nothing_is_decided_by_the_words_of_a_message() -> None:
    """No text with two words of English is compared, searched for or looked for at an end of another.

    libgit2 alone tells its errors apart by nothing else.
    """
    searches = {"startswith", "endswith", "removeprefix", "removesuffix", "find", "index", "count", "partition"}
    bad = {}
    for path in MODULES:
        texts: list[ast.expr] = []
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                texts += [node.left, *node.comparators]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in searches:
                texts += node.args
        parts = [part for text in texts for part in (text.elts if isinstance(text, ast.Tuple) else [text])]
        values = {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
        if found := {value for value in values if re.search("[A-Za-z]{2,} [a-z]{2}", value)}:
            bad[str(path.relative_to(SOURCE))] = found
    assert bad == {str(Path("project", "repository.py")): {"not owned"}}


def test_one_place_decides_how_lines_end() -> None:
    """Whoever adds lines to a text asks `document.line_end`: nothing else looks for one to write another."""
    asks = re.compile(r"b['\"]\\r\\n['\"] (?:not )?in ")
    bad = {path.name for path in MODULES if asks.search(path.read_text(encoding="utf-8"))}
    assert bad == set()


def test_one_place_decides_what_belongs_to_an_app() -> None:
    """Below the walk of the disk only `space/files.py` goes through the folders of a tree."""
    bad = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            # A loop of its own over folders to list, in whatever order: `while folders: … tree.list(…)`.
            if isinstance(node, ast.While) and ".list(" in ast.unparse(node) and ".pop()" in ast.unparse(node):
                bad.add(path.relative_to(SOURCE).as_posix())
    assert bad == {"space/files.py"}


def test_no_function_is_hard_to_follow() -> None:
    """At most 20 ways through a function (rank C of radon), and at most 50 lines."""
    bad = {}
    for path in MODULES:
        for block in cc_visit(path.read_text(encoding="utf-8")):
            lines = block.endline - block.lineno + 1
            if isinstance(block, Function) and (block.complexity > 20 or lines > 50):
                bad[f"{path.relative_to(SOURCE)}:{block.name}"] = (block.complexity, lines)
    assert bad == {}


def test_a_name_means_one_thing() -> None:
    """No two classes have the same name, whether it begins with an underscore or not."""
    where: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                where.setdefault(node.name.lstrip("_"), []).append(str(path.relative_to(SOURCE)))
    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}


def test_files_and_functions_stay_short_enough_to_hold_in_the_head() -> None:
    """No module is longer than 400 lines, and no function, with its decorators and docstring, than 50."""
    too_long = {}
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        if (length := len(text.splitlines())) > 400:
            too_long[path.name] = length
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                start = min([node, *node.decorator_list], key=lambda part: part.lineno).lineno
                if (length := (node.end_lineno or start) - start + 1) > 50:
                    too_long[f"{path.name}: {node.name}"] = length
    assert too_long == {}
