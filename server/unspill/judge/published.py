"""Values that public documentation shows, and test values by design.

Each is stored in pieces, so that no scanner takes this file for a leak.
"""

from __future__ import annotations


def _join(*values: tuple[str, ...]) -> frozenset[bytes]:
    return frozenset("".join(pieces).encode() for pieces in values)


EXACT = _join(
    ("sk_test_", "4eC39HqLyjWDarjtT1zdp7dc"),
    ("sk_test_", "BQokikJOvBiI2HlWgH4olfQ2"),
    ("sk_test_", "26PHem9AhJZvU623DfE1x4sd"),
    ("pk_test_", "TYooMQauvdEDq54NiTphI7jx"),
    ("110201543:AAHdqTcvCH1vGWJxf", "SeofSAs0K5PALDsaw"),
    ("123456:ABC-DEF1234ghIkl-", "zyx57W2v1u123ew11"),
    ("key-3ax6xnjp29jd6fds", "4gc373sgvjxteol0"),
    ("6LeIxAcTAAAAAJcZVRqyHh71", "UMIEGNQ_MXjiZKhI"),
    ("6LeIxAcTAAAAAGG-vFI1TnRW", "xMZNFuojJ4WifJWe"),
    ("09d25e094faa6ca2556c818166b7a956", "3b93f7099f6f0f4caa6cf63b88e8d3e7"),
    ("abcdef.", "0123456789abcdef"),
    ("ac0974bec39a17e36ba4a6b4d238ff94", "4bacb478cbed5efcae784d7bf4f2ff80"),
    ("GOOGTS7C7FUP3AIR", "VJTE2BCD"),
    ("bGoa+V7g/yqDXvKRqq+", "JTFn4uQZbPiQJo4pf9RzJ"),
    ("JBSWY3DP", "EHPK3PXP"),
    ("QWxhZGRpbjpv", "cGVuIHNlc2FtZQ=="),
    ("QWxhZGRpbjpP", "cGVuU2VzYW1l"),
    ("6bec40cf957de430", "a6f1f2baa056b99a4fac9ea0"),
    ("ST2EY72KQINMH574WMNVI7YN", ".G3DFPBEJYMODIDAEX454M7YWBUVEFOWKPRVMWFASS64NFH52PX6BNDVFFM572RZM"),
    ("msy_dummy_api_key_for_", "test_mode_12345678"),
    ("POSTMARK_", "API_TEST"),
    ("d41d8cd98f00b204", "e9800998ecf8427e"),
    ("da39a3ee5e6b4b0d3255", "bfef95601890afd80709"),
    ("e3b0c44298fc1c149afbf4c8996fb924", "27ae41e4649b934ca495991b7852b855"),
    ("mF_9.", "B5f-4.1JqM"),
    ("SlAV32", "hkKG"),
    ("2YotnFZFEjr1z", "CsicMWpAA"),
    ("keyboard ", "cat"),
    ("49nj1cmql0jkz5s954yi3oex3nedyz0fb0xx14ie39trti4wxv", "-8vxv8rssmk743ojnwacrr2e7c"),
    # unspill: ignore[docker-swarm-join-token] halves of examples in Docker's documentation
    ("SWMTKN-1-49nj1cmql0jkz5s954yi3oex3nedyz0fb0xx14ie39trti4wxv", "-8vxv8rssmk743ojnwacrr2e7c"),
    # unspill: ignore[docker-swarm-unlock-key,generic-api-key] halves of examples in Docker's documentation
    ("SWMKEY-1-7c37Cc8654o6p38H", "nroywCi19pllOnGtbdZEgtKxZu8"),
    ("owner.", "apikey"),
    ("admin.", "apikey"),
    ("argilla.", "apikey"),
    ("DEMO", "_KEY"),
    ("AAAAAAAAAAAAAAAAAAAAANRILgAAAAAAnNwIzUejRCOuH5E6I8xn", "Zz4puTs%3D1Zv7ttfk8LF81IUq16cHjhLTvJu4FA33AGWWjCpTnA"),
)
"""Whole values."""

PARTS = tuple(
    sorted(
        _join(
            ("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1", "OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="),
            ("C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4", "QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="),
            ("EXAMPLE",),
            ("K7MDENG", "/bPxRfiCY"),
            ("ac0974bec39a17e36ba4a6b4d238ff94", "4bacb478cbed5efcae784d7bf4f2ff80"),
            ("ST2EY72KQINMH574WMNVI7YN", ".G3DFPBEJYMODIDAEX454M7YW"),
            ("16C7e42F292c6912", "E7710c838347Ae178B4a"),
            ("000000000000000000000000",),
            ("C7VJTUt9", "Us8cKj"),
            ("$12$EixZaYVK1fsbw1ZfbX3OXe", "PaWxn96p36WQoeG6Lruj3vjPGga31lW"),
            ("$10$92IXUNpkjO0rOQ5byMi.Ye", "4oKoEa3Ro9llC/.og/at2.uheWG/igi"),
        )
    )
)
"""Pieces that only such values hold: emulators' keys, accounts, keys and hashes of tutorials."""
