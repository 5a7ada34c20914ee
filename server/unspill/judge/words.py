"""Words: how much of a text they make up, how names are split into them, and how word-like letters are.

`COMMON` and `FOLLOWS` are written by `tools/fit_words.py` from the standard library's own text.
"""

from __future__ import annotations

import re

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LETTERS = re.compile(r"[a-z]+")

PLACEHOLDERS = frozenset(
    """
    abc abcd abcde abcdef abcdefg abc123 access acme actual add admin alice apikey app asdf asdfgh auth
    authtoken aaaa bar baz bbbb blah bob bogus change changeit changeme changethis correct cred credential
    credentials default demo dev devel development dummy empty enter example fake fixme fizz foo foobar fred generate
    generated goes guest hackme hello here hidden hunter hunter2 insecure insert invalid joe john key letmein local
    login mask masked mock muster mypass mypassword none noop nope null old open openai paste pass passcode passphrase
    passwd password passw passwort personal pick placeholder please private public put pwd qwer qwerty qux
    random real redacted removed replace required root sample sandbox secret secrets sekrit sesame set some
    somekey somepassword something stub super supersecret scott tiger sys system temp test tested tester testing
    tests testtest theme tmp todo token topsecret undefined unknown unset user username value welcome whatever
    world wrong xxx xxxx yes your yours yyyy zzzz
    """.split()
)
"""What people write where a secret would stand."""

COMMON = frozenset(
    """
    abstract accept access acquire action actual addr address after alias allow already also always annotations
    another append archive args argument arguments argv array ascii assert async asyncio attr attribute
    attributes attrs auth auto available await base bases basic because been before binary bind block body bool
    both break broken buffer build builtin builtins button byte bytearray bytecode bytes cache call callable
    callback called calls cancel cancelled cannot case cases cert change changed channel char character
    characters chars charset check checkequal child children chunk class classes classmethod cleanup clear
    client close closed code codecs collect collections color column command comment common compare compile
    compiler complete complex conf config configure conn connect connection constructor contains content
    contents context continue convert cookie copy coro coroutine count counter create created ctypes current
    curses custom data dataclass date datetime debug decimal decode dedent default defaults defect defined
    delete deprecation description descriptor dialog dict dictionary diff different directory dirname dirs
    display dist distribution distutils division docstring doctest document does doesn domain done double down
    dummy dump dumps each effect either elem element elif else email empty encode encoded encoding ensure enter
    entry enum environ environment equal errno error errors escape eval even event events example except
    exception exceptions exec executable execute exist exists exit expect expected expr expression extend
    extended extension extra factory fail failed failure fake false field fields file filename fileno fileobj
    files filter finally find finder first flag flags float flush fname following font form format formatter
    found frame from frozen frozenset full fullname func function functions future generator generic getargs
    getattr getitem getvalue given global globals grammar greater group handle handler handlers hasattr hash
    have header headers hello help helper here host hostname html http https idle ignore image implementation
    implemented import importlib include indent index info init inner input insert inspect install instance
    instead integer interface internal interp interpreters into invalid ipaddress isinstance issubclass issue
    item items iter iterable iteration iterator join json jump just keys keyword kwargs kwds label lambda last
    latin left length less level library like limit line lineno lines link list literal load loader loads local
    locale locals lock logger logging long lookup loop lower lzma magic mailbox main make manager mapping master
    match math maxsize member memory memoryview message meta meth method methods mime missing mock mode module
    modules more most multiple multiprocessing must name named names namespace need nested network newline next
    node nodes none normal note number object objects offset once only open operation operator option optional
    options opts order ordered orig original other otherwise output over overflow pack package param parameter
    parameters params parent parse parser part partial parts pass passed password patch path paths pattern
    payload pickle pipe plain platform point pointer policy popen port position positional posix prefix print
    proc process program property proto protocol proxy push python queue quote raise raised raises random range
    read reader readline ready real recent record recv reduce reference regex register relative release remove
    replace report repr request required requires reset resource resp response rest result results return
    returned returns right root round runner running runtime safe same sample save script search second seconds
    section seek select selector self send sequence server setup shape shared shell short should show shutdown
    side sign signal signature simple since single site size sizeof skip sleep slice slots small smtp sock
    socket some something sort sorted source space spam spec special specified split sqlite stack standard start
    startswith stat state status stderr stdin stdout stmt stop store stream strict string strings strip struct
    structure style subclass subprocess suffix suite super support supported sure symlink syntax system table
    tarfile target task tear tell temp tempfile template temporary test testcapi tester testfn testing tests
    text textwrap than that theclass theme then there these they this thread threading threads time timedelta
    timeout title tkinter token total trace traceback transport tree true tuple turtle type types typing tzinfo
    unicode union unittest unix unknown unless unlink unpack until update urllib usage used user using util
    utils uuid valid value values variable vars verbose verify version wait want warn warning warnings weakref
    what when where which while whitespace widget width will window windows with without word work wrap wrapper
    write writer year yield zero zipfile
    """.split()
)
"""Words of four letters or more that are frequent in programs."""

_KNOWN = frozenset(word for word in COMMON | PLACEHOLDERS if len(word) >= 4)
_LONGEST = max(map(len, _KNOWN))

FOLLOWS = """
66763462605877061878544452
86657433763844752664723263
73557427617753832658632140
75569543822644742665632340
64775652402668454887354641
74557852911745841766713240
63449467702657640775643223
83449323803554830656522141
55766561212769761677150405
74559445647433863464834343
64559464832736553575536141
73469522802734840366632062
86359322703564780265621050
73777683615535741378552130
45773552515678670866756422
83458435703733762867533060
54444344413645445663944332
83559452704565740677543050
63648446704544663479734150
73559427802543750776634263
67657551601778470878320201
94439433811343641444244222
84567437812537742774345411
65767625722563481458333763
55656544623667682588355475
63459424812443643344223459
""".split()
"""One row per letter, one digit per letter that follows it: 6 is as often as by chance, each step is twice as often."""


def parts(text: str) -> list[str]:
    """`text` cut at `_`, `-`, `.` and changes of case, in lower case: `DB_userName2` is `db`, `user`, `name`, `2`."""
    return [part.lower() for part in _PART.findall(text)]


def covered(text: str) -> float:
    """The share of the letters of `text` (0 to 1) that lie in known words of four letters or more."""
    runs = _LETTERS.findall(text.lower())
    total = sum(map(len, runs))
    return sum(map(_covered, runs)) / total if total else 0.0


def _covered(run: str) -> int:
    found = at = 0
    while at < len(run) - 3:
        for length in range(min(_LONGEST, len(run) - at), 3, -1):
            if run[at : at + length] in _KNOWN:
                found += length
                at += length
                break
        else:
            at += 1
    return found
