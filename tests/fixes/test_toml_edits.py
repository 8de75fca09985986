"""Edits of pyproject.toml: the smallest change, proved by parsing it."""

from __future__ import annotations

import tomllib

import pytest

from vplug.fixes.toml_edits import add_project_key, add_tool_key, quote_group, rename_group

PROJECT = b'# mine\n[project]\nname = "x" # the name\nversion = "1"\n\n[tool.ruff] # lint\nx = 1\n'


def test_a_key_stands_beside_its_like_and_all_else_stays() -> None:
    after = add_project_key(PROJECT, "readme", "README.md")
    assert after == PROJECT.replace(b'version = "1"\n', b'version = "1"\nreadme = "README.md"\n')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'[project]\nname = "x"', b'[project]\nname = "x"\nreadme = "R"'),
        (b'[project]\nname="x"\n', b'[project]\nname="x"\nreadme = "R"\n'),
        (
            b'[project]\ndescription = """\nversion = 1\n"""\n',
            b'[project]\nreadme = "R"\ndescription = """\nversion = 1\n"""\n',
        ),
        (
            b'[project]\nkeywords = [\n  "a", # b\n]\n# next\n[tool.a]\n',
            b'[project]\nreadme = "R"\nkeywords = [\n  "a", # b\n]\n# next\n[tool.a]\n',
        ),
        (b'project = { name = "x" }\n', b'project = { name = "x" , readme = "R"}\n'),
    ],
)
def test_odd_tables(before: bytes, after: bytes) -> None:
    found = add_project_key(before, "readme", "R")
    assert found is not None
    assert tomllib.loads(found.decode()) == tomllib.loads(after.decode())
    if b"{" not in before:
        assert found == after


@pytest.mark.parametrize(
    "before",
    [
        b'[project]\nname = "x"\nreadme = "other"\n',
        b'[project]\nname = "x"\ndynamic = ["readme"]\n',
        b'[tool.poetry]\nname = "x"\n',
        b"[project\n",
        b"\xff\xfe",
        b"project = 3\n",
    ],
)
def test_what_is_there_or_cannot_be_is_left_alone(before: bytes) -> None:
    assert add_project_key(before, "readme", "R") is None


def test_values_are_quoted_as_toml_wants() -> None:
    after = add_project_key(PROJECT, "readme", 'a"b\\c')
    assert after is not None
    assert tomllib.loads(after.decode())["project"]["readme"] == 'a"b\\c'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PROJECT, PROJECT + b'\n[tool.vplug]\nvllm = ">=1"\n'),
        (b'[project]\nname = "x"', b'[project]\nname = "x"\n\n[tool.vplug]\nvllm = ">=1"\n'),
        (b"", b'[tool.vplug]\nvllm = ">=1"\n'),
        (
            b"[tool.vplug] # ours\nselect = [\n 'VP1',\n]\n# next\n[tool.a]\n",
            b"[tool.vplug] # ours\nvllm = \">=1\"\nselect = [\n 'VP1',\n]\n# next\n[tool.a]\n",
        ),
    ],
)
def test_the_own_table(before: bytes, after: bytes) -> None:
    assert add_tool_key(before, "vllm", ">=1") == after
    assert add_tool_key(after, "vllm", ">=1") is None


@pytest.mark.parametrize(
    "before", [b"tool.vplug.strict = true\n", b"[tool]\nvplug = {strict = true}\n"]
)
def test_the_own_table_in_other_spellings(before: bytes) -> None:
    after = add_tool_key(before, "vllm", ">=1")
    assert after is not None
    assert tomllib.loads(after.decode())["tool"]["vplug"] == {"strict": True, "vllm": ">=1"}


OLD, NEW = "vllm.general_plugin", "vllm.general_plugins"
POINTS = ("project", "entry-points")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[project.entry-points."{0}"] # {0}\nm = "a:b"\n',
         '[project.entry-points."{1}"] # {0}\nm = "a:b"\n'),
        ("[project.entry-points.'{0}']\nm = 'a:b'\n", "[project.entry-points.'{1}']\nm = 'a:b'\n"),
        ('[project.entry-points]\n"{0}" = {{ m = "a:b" }}\n',
         '[project.entry-points]\n"{1}" = {{ m = "a:b" }}\n'),
        ('[project]\nentry-points."{0}".m = "a:b"\n', '[project]\nentry-points."{1}".m = "a:b"\n'),
    ],
)  # fmt: skip
def test_a_group_is_renamed_in_place(before: str, after: str) -> None:
    found = rename_group(before.format(OLD, NEW).encode(), POINTS, OLD, NEW)
    assert found == after.format(OLD, NEW).encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[project]\nentry-points = {{ "{0}" = {{ m = "a:b" }} }} # keep\n',
         '[project]\nentry-points = {{ "{1}" = {{ m = "a:b" }} }} # keep\n'),
        ("project = {{ name = 'x', entry-points = {{ '{0}'.m = 'a:b' }} }}\n",
         "project = {{ name = 'x', entry-points = {{ '{1}'.m = 'a:b' }} }}\n"),
    ],
)  # fmt: skip
def test_a_group_within_an_inline_table_is_renamed(before: str, after: str) -> None:
    found = rename_group(before.format(OLD, NEW).encode(), POINTS, OLD, NEW)
    assert found == after.format(OLD, NEW).encode()


def test_a_text_that_is_no_group_is_left_alone() -> None:
    # The name stands twice on the line: which is the key cannot be told from it.
    before = f'[project]\nentry-points = {{ "{OLD}" = {{ m = "a:b" }}, x = {{ y = "{OLD}" }} }}\n'
    assert rename_group(before.encode(), POINTS, OLD, NEW) is None


def test_a_bare_name_is_quoted_when_the_new_one_has_a_dot() -> None:
    before = b'[project.entry-points.vllm_general_plugins]\nm = "a:b"\n'
    after = b'[project.entry-points."vllm.general_plugins"]\nm = "a:b"\n'
    assert rename_group(before, POINTS, "vllm_general_plugins", NEW) == after


def test_a_group_that_is_there_too_is_not_joined() -> None:
    before = (
        f'[project.entry-points."{OLD}"]\na = "b:c"\n[project.entry-points."{NEW}"]\nd = "e:f"\n'
    )
    assert rename_group(before.encode(), POINTS, OLD, NEW) is None


def test_a_table_that_is_split_over_the_file_is_left_alone() -> None:
    before = f'[project]\nentry-points."{OLD}".a = "b:c"\nentry-points."{OLD}".d = "e:f"\n'
    assert rename_group(before.encode(), POINTS, OLD, NEW) is None


def test_quoting() -> None:
    before = (
        b'[project]\nname = "x"\n[ project.entry-points.vllm.general_plugins ] # c\nm = "a:b"\n'
    )
    after = (
        b'[project]\nname = "x"\n[ project.entry-points."vllm.general_plugins" ] # c\nm = "a:b"\n'
    )
    assert quote_group(before, NEW) == after
    assert quote_group(after, NEW) is None


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_and_marks_stay(mark: bytes, end: bytes) -> None:
    def spelled(data: bytes) -> bytes:
        return mark + data.replace(b"\n", end)

    plain = add_tool_key(PROJECT, "vllm", ">=1")
    assert plain is not None
    assert add_tool_key(spelled(PROJECT), "vllm", ">=1") == spelled(plain)
    plain = add_project_key(PROJECT, "readme", "R")
    assert plain is not None
    assert add_project_key(spelled(PROJECT), "readme", "R") == spelled(plain)


def test_mixed_line_ends_stay_mixed() -> None:
    before = b'[project]\r\nname = "x"\nversion = "1"\r\n[tool.a]\n'
    after = b'[project]\r\nname = "x"\nversion = "1"\r\nreadme = "R"\r\n[tool.a]\n'
    assert add_project_key(before, "readme", "R") == after
