"""Which files count and whose commits do: a short list of stated rules, and what .gitattributes says.

The study that the method comes from (Avelino et al. 2016) had GitHub's linguist drop what is no source code, what
others wrote and what machines wrote. These rules are ours, few, and said in the report with what each of them left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_CODE_LISTED = """
    ad1 adb ads ahk applescript as asm astro awk bash bat bb bsl c c++ cc cfc cfm cjs cl clj cljc cljs cls cmd
    coffee cpp cr cs cshtml css csx cu cuh cxx d dart dpr ejs el elm erb erl ex exs f f03 f08 f90 f95 feature
    fish for fs fsx ftl fx gd gleam glsl go gradle groovy gsp h h++ haml handlebars hbs hh hpp hrl hs htm html
    hxx inl ino ipp j2 jade java jl js jsp jsx kt kts ksh less lhs lisp litcoffee liquid lua m m4 mak mjs mk ml
    mli mm move mts mustache nim nix njk nut nqp pas php php3 php4 php5 phps phpt phtml pike pl pl6 pls pm pod
    pp prolog proto ps1 psd1 psm1 pug purs pxd pxi py pyw pyx r rake razor rb rego rkt rs ruby s sass sc scala
    scm scss sed sh slim sml sol sql ss st sty styl sv svelte swift t tcl tex tf thrift toit tpl ts tsx twig v
    vala vb vba vbs vhd vhdl vim vue wat wgsl xhtml xs xsl xslt xq xquery y yy zig zsh
"""
CODE = frozenset(_CODE_LISTED.split())
"""Endings of files in programming and markup languages. ``.sql`` counts; JSON, YAML, XML and prose do not."""
_NAMES_LISTED = """
    BUILD CMakeLists.txt Cakefile Capfile Dockerfile Earthfile Gemfile GNUmakefile Jakefile Jenkinsfile Justfile
    Makefile Podfile Procfile Rakefile SConscript SConstruct Thorfile Vagrantfile configure.in justfile makefile
    meson.build wscript
"""
NAMES = frozenset(_NAMES_LISTED.split())

RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "written by others (vendor/, third_party/, node_modules/ and the like, libraries copied in)",
        re.compile(
            r"""(^|/)(node_modules|bower_components|vendors?|third[-_]?party|3rd[-_]?party|extern(al)?|site-packages
            |Pods|Carthage|Godeps|MathJax|\.yarn)/
            |^(deps|dependencies|debian)/
            |(^|/)(jquery|bootstrap|modernizr|angular|react|underscore|prototype|mootools|dojo|normalize|font-?awesome
              |foundation|html5shiv|knockout|ckeditor|tiny_mce|raphael|d3|handlebars|requirejs)
              ([-._]?v?\d[\w.-]*|[-._](ui|min|custom|all|full|compat|runtime)[\w.-]*)?\.(js|css|less|scss)$""",
            re.I | re.X,
        ),
    ),
    (
        "written by machines (minified, bundled, generated, locked)",
        re.compile(
            r"""[-.]min\.(js|css)$|\.(bundle|chunk)\.(js|css)$|(^|/)(dist|__generated__|generated)/
            |_pb2(_grpc)?\.pyi?$|\.pb\.(go|cc|h)$|\.(g|freezed)\.dart$|\.designer\.cs$|\.d\.ts$|(^|/)gradlew(\.bat)?$
            |(^|/)gradle/wrapper/|(^|/)(configure|config\.(guess|sub))$|(^|/)__snapshots__/""",
            re.I | re.X,
        ),
    ),
    (
        "documentation and samples (docs/, samples/, test fixtures)",
        re.compile(
            r"^docs?/|(^|/)documentation/|(^|/)javadoc/|^man/|^samples/|^tests?/fixtures/|^spec/fixtures/", re.I
        ),
    ),
)
NO_CODE = "no code (prose, data, configuration, pictures)"
BY_ATTRIBUTE = "marked in .gitattributes (linguist-vendored, -generated, -documentation)"

_BOT = re.compile(
    r"\[bot\]|^(dependabot|renovate|greenkeeper|snyk|github[- ]actions?|pre-commit-ci|semantic-release|mergify|pyup"
    r"|travis[- ]?ci|circleci|jenkins[- ]ci|buildbot|copybara|imgbot|allcontributors|weblate|autofix)\b"
    r"|^(jenkins|l10n)$|[-_ ]bot$",
    re.I,
)
"""People are called Travis and Jenkins as well."""


def is_bot(name: str, email: str) -> bool:
    """Whether a commit's author is a machine, by name or address."""
    return bool(_BOT.search(name) or "[bot]@" in email)


def left_out(path: str, attributes: Attributes, every_file: bool = False) -> str | None:
    """The rule that leaves ``path`` out, or None when it counts. What .gitattributes says goes before our rules."""
    said = attributes.of(path)
    if said is True:
        return BY_ATTRIBUTE
    name = path.rpartition("/")[2]
    if not every_file and name not in NAMES and name.rpartition(".")[2].lower() not in CODE:
        return NO_CODE
    if said is False:
        return None
    return next((rule for rule, pattern in RULES if pattern.search(path)), None)


class Attributes:
    """The linguist lines of a tree's .gitattributes files; git's own matching, without its rarer corners."""

    def __init__(self) -> None:
        self._lines: list[tuple[str, re.Pattern[str], str, bool]] = []

    def add(self, folder: str, text: str) -> None:
        """Read one file that lies in ``folder`` ("" is the root). Deeper ones have to be added later."""
        for line in text.splitlines():
            if not line.strip() or line.startswith(("#", "[attr]")):
                continue
            pattern, *words = line.split()
            for word in words:
                found = re.fullmatch(r"(-|!)?linguist-(vendored|generated|documentation)(?:=(\w+))?", word, re.I)
                if found:
                    value = not found[1] and (found[3] or "true").lower() not in ("false", "0", "no")
                    self._lines.append((folder, _pattern(pattern), found[2].lower(), value))

    def of(self, path: str) -> bool | None:
        """True: left out. False: said to count. None: nothing said. For each attribute the last line decides."""
        said: dict[str, bool] = {}
        for folder, pattern, name, value in self._lines:
            if (not folder or path.startswith(f"{folder}/")) and pattern.search(path[len(folder) :].lstrip("/")):
                said[name] = value
        if any(said.values()):
            return True
        return False if said else None


def _pattern(glob: str) -> re.Pattern[str]:
    """A pattern of .gitattributes as an expression on a path below its folder."""
    anchored = "/" in glob.rstrip("/")
    parts: Sequence[str] = re.split(r"(\*\*/|/\*\*|\*|\?|\[[^\]]*\])", glob.strip("/"))
    meaning = {"**/": "(?:.*/)?", "/**": "/.*", "*": "[^/]*", "?": "[^/]"}
    body = "".join(meaning.get(part) or (part if part.startswith("[") else re.escape(part)) for part in parts)
    try:
        return re.compile(rf"{'^' if anchored else '(?:^|/)'}{body}(?:/.*)?$")
    except re.error:
        return re.compile(r"(?!)")
