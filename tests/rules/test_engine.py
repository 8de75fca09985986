"""The engine: every rule ends as pass, fail, skipped, cannot tell or crashed, and none hides another."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from vplug.errors import ExitStatus, UsageFault
from vplug.model import Finding, Location, OutcomeKind, Severity
from vplug.rules import engine, judge
from vplug.rules.codes import CODES as ALL_CODES
from vplug.rules.config import Settings, project_settings
from vplug.rules.registry import Rule, command_of
from vplug.rules.verdict import CannotTell, Fault, Skip

#: What `validate` runs: rules of VP6 judge a machine, those of VP7 what a run saw.
CODES = {code: row for code, row in ALL_CODES.items() if command_of(code) == "validate"}


GOOD = {
    "pyproject.toml": """\
[project]
name = "mine"
version = "1.0"
description = "Mine"
readme = "README.md"
license = "Apache-2.0"
requires-python = ">=3.11"
dependencies = ["vllm>=0.20,<0.34"]

[project.entry-points."vllm.general_plugins"]
mine = "mine:register"
""",
    "mine/__init__.py": "def register():\n    return None\n",
    "README.md": "# Mine\n",
    "tests/test_mine.py": "",
}
#: A general plugin whose name is not there (an error), in a project without a licence (a warning).
BAD = {
    "pyproject.toml": """\
[project]
name = "mine"
version = "1.0"
description = "Mine"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["vllm>=0.20,<0.34"]

[project.entry-points."vllm.general_plugins"]
mine = "mine:regster"
""",
    "mine/__init__.py": "def register():\n    return None\n",
    "tests/test_mine.py": "",
}
#: A project of which nothing is known to be wrong, and not everything can be told.
UNSURE = {**GOOD, "mine/__init__.py": "from other_package import register\n"}


def with_table(files: dict[str, str], table: str) -> dict[str, str]:
    """The project with a ``[tool.vplug]`` table."""
    text = files["pyproject.toml"] + f"\n[tool.vplug]\n{table}\n"
    return {**files, "pyproject.toml": text}


def rule_of(function, code: str = "VP104", *, requires: tuple[str, ...] = ()) -> Rule:
    """A rule made up by a test, under a real rule's code."""
    row = CODES[code]
    return Rule(code, row.name, row.severity, row.since, function, requires)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch):
    """Let the engine know no other rules than these."""

    def use(*rules: Rule) -> None:
        known = {rule.code: rule for rule in rules}
        monkeypatch.setattr(engine, "CODES", known)
        monkeypatch.setattr(engine, "rule_of", known.__getitem__)
        monkeypatch.setattr(
            engine, "find_rule", lambda text: next((r for r in rules if r.code == text), None)
        )

    return use


def outcomes(report) -> list[tuple[str, str]]:
    return [(outcome.code, str(outcome.kind)) for outcome in report.outcomes]


class TestOutcomes:
    def test_pass(self, check, project) -> None:
        report = check(project(GOOD))
        assert report.findings == ()
        assert report.status == ExitStatus.CLEAN
        assert {outcome.kind for outcome in report.outcomes} == {
            OutcomeKind.PASS,
            OutcomeKind.SKIPPED,
        }

    def test_every_rule_has_an_outcome_in_code_order(self, check, project) -> None:
        codes = [outcome.code for outcome in check(project(GOOD)).outcomes]
        assert codes == [code for code in CODES if not code.startswith("VP5")]

    def test_rules_on_built_files_say_so_of_a_project(self, check, project) -> None:
        report = check(project(GOOD), "VP520")
        assert outcomes(report) == [("VP520", "skipped")]
        assert report.outcomes[0].reason == "it speaks of wheels and sdists"

    def test_fail(self, check, project) -> None:
        report = check(project(BAD), "VP104")
        assert outcomes(report) == [("VP104", "fail")]
        (finding,) = report.findings
        assert finding.subject == "vllm.general_plugins:mine"
        assert finding.location == Location("pyproject.toml", 10)
        assert finding.severity is Severity.ERROR
        assert report.status == ExitStatus.FINDINGS

    def test_skipped_has_a_reason(self, check, project) -> None:
        report = check(project(GOOD), "VP109")
        (outcome,) = report.outcomes
        assert outcome.kind is OutcomeKind.SKIPPED
        assert outcome.reason == "no platform plugin"
        assert report.status == ExitStatus.CLEAN

    def test_cannot_tell_has_a_reason_and_is_no_pass(self, check, project) -> None:
        report = check(project(UNSURE), "VP104")
        (outcome,) = report.outcomes
        assert outcome.kind is OutcomeKind.UNKNOWN
        assert "other_package" in outcome.reason
        assert outcome.location == Location("mine/__init__.py", 1, 1, 1, 35)
        assert report.findings == ()
        assert report.status == ExitStatus.CLEAN

    def test_crash_is_status_4_and_hides_no_other_rule(self, check, project, only) -> None:
        def crashes(target):
            raise KeyError("nope")

        def finds(target):
            yield Fault("found")

        only(rule_of(crashes, "VP001"), rule_of(finds, "VP002"))
        report = check(project(GOOD))
        assert outcomes(report) == [("VP001", "crashed"), ("VP002", "fail")]
        assert report.outcomes[0].reason == "KeyError: 'nope'"
        assert [finding.message for finding in report.findings] == ["found"]
        assert report.status == ExitStatus.FAILED
        assert check.status(project(GOOD)) is ExitStatus.FAILED

    def test_crash_on_the_way_keeps_what_was_found_before(self, check, project, only) -> None:
        def half(target):
            yield Fault("found")
            raise RuntimeError("then it broke")

        only(rule_of(half))
        report = check(project(GOOD))
        assert [finding.message for finding in report.findings] == ["found"]
        assert outcomes(report) == [("VP104", "crashed")]

    def test_fault_before_a_doubt_stands(self, check, project, only) -> None:
        def half(target):
            yield Fault("found")
            raise CannotTell("the rest")

        only(rule_of(half))
        report = check(project(GOOD))
        assert outcomes(report) == [("VP104", "fail")]

    @pytest.mark.parametrize("answer", [None, ()])
    def test_nothing_yielded_is_a_pass(self, check, project, only, answer) -> None:
        only(rule_of(lambda target: answer))
        assert outcomes(check(project(GOOD))) == [("VP104", "pass")]

    def test_rule_about_plugins_skips_where_there_is_none(self, check, project) -> None:
        files = {"pyproject.toml": GOOD["pyproject.toml"].replace("vllm.general", "vllm_general")}
        report = check(project(files), "VP101", "VP104")
        assert outcomes(report) == [("VP101", "fail"), ("VP104", "skipped")]
        assert report.outcomes[1].reason == "no plugin is declared"

    def test_computed_entry_points_make_rules_about_plugins_unsure(self, check, project) -> None:
        setup = (
            "from setuptools import setup\nfrom helpers import more\n"
            "setup(name='mine', version='1', entry_points={\n"
            "    'vllm.general_plugins': ['mine = mine:register'],\n"
            "    'vllm.platform_plugins': more(),\n})\n"
        )
        files = {"setup.py": setup, "mine/__init__.py": GOOD["mine/__init__.py"]}
        report = check(project(files), "VP104")
        assert outcomes(report) == [("VP104", "pass"), ("VP104", "cannot-tell")]
        assert report.outcomes[1].location == Location("setup.py", 5)


class TestRequires:
    def test_rule_is_skipped_where_another_failed(self, check, project) -> None:
        report = check(project(BAD), "VP104", "VP202")
        assert outcomes(report) == [("VP104", "fail"), ("VP202", "skipped")]
        assert report.outcomes[1].reason == "VP104 failed"

    def test_only_on_the_same_plugin(self, check, project) -> None:
        text = BAD["pyproject.toml"] + 'other = "mine:takes"\n'
        code = "def register():\n    return None\n\n\ndef takes(one):\n    return one\n"
        report = check(
            project({"pyproject.toml": text, "mine/__init__.py": code}), "VP104", "VP202"
        )
        assert [(o.code, str(o.kind), o.subject.partition(":")[2]) for o in report.outcomes] == [
            ("VP104", "fail", "mine"),
            ("VP104", "pass", "other"),
            ("VP202", "skipped", "mine"),
            ("VP202", "fail", "other"),
        ]

    def test_doubt_about_the_other_does_not_skip(self, check, project, only) -> None:
        def doubts(plugin):
            raise CannotTell("whether")

        only(
            rule_of(doubts, "VP103"),
            rule_of(lambda plugin: (), "VP104", requires=("VP103",)),
        )
        assert outcomes(check(project(GOOD))) == [("VP103", "cannot-tell"), ("VP104", "pass")]


class TestJudge:
    """One rule on made-up evidence."""

    def test_fail(self) -> None:
        target = SimpleNamespace(
            distribution=SimpleNamespace(
                entry_points=[
                    SimpleNamespace(group="vllm.plugins", name="mine", location=Location("a", 1))
                ]
            )
        )
        findings, outcome = judge("unknown-group", target=target)
        assert [(f.code, f.rule, f.location) for f in findings] == [
            ("VP101", "unknown-group", Location("a", 1))
        ]
        assert outcome.kind is OutcomeKind.FAIL

    def test_pass(self) -> None:
        target = SimpleNamespace(distribution=SimpleNamespace(entry_points=[]))
        findings, outcome = judge("VP101", target=target)
        assert findings == []
        assert outcome.kind is OutcomeKind.PASS

    def test_evidence_that_is_not_asked_for_does_no_harm(self) -> None:
        _, outcome = judge("VP409", ranges=(), evidence=None, plugin=None)
        assert outcome.kind is OutcomeKind.SKIPPED

    def test_subject_comes_from_the_plugin(self) -> None:
        plugin = SimpleNamespace(
            subject="vllm.general_plugins:mine",
            entry_point=SimpleNamespace(value="mine:", is_valid=False, location=None, name="mine"),
        )
        (finding,), outcome = judge("VP102", plugin=plugin)
        assert finding.subject == outcome.subject == "vllm.general_plugins:mine"

    def test_unknown_rule(self) -> None:
        with pytest.raises(KeyError, match="VP999"):
            judge("VP999")

    def test_missing_evidence(self) -> None:
        with pytest.raises(KeyError, match="plugin"):
            judge("VP102")

    @pytest.mark.parametrize(
        ("raised", "kind", "reason"),
        [
            (Skip("not for it"), OutcomeKind.SKIPPED, "not for it"),
            (CannotTell("who knows", Location("a", 3)), OutcomeKind.UNKNOWN, "who knows"),
            (ZeroDivisionError("oh"), OutcomeKind.CRASHED, "ZeroDivisionError: oh"),
            (RecursionError("deep"), OutcomeKind.CRASHED, "RecursionError: deep"),
        ],
    )
    def test_what_is_raised(self, only, raised, kind, reason) -> None:
        def rule():
            raise raised

        only(rule_of(rule))
        findings, outcome = judge("VP104")
        assert findings == []
        assert (outcome.kind, outcome.reason) == (kind, reason)
        assert outcome.location == getattr(raised, "location", None)

    def test_severity_of_a_fault_outweighs_the_rule(self, only) -> None:
        only(rule_of(lambda: [Fault("a", severity=Severity.INFO), Fault("b")]))
        findings, _ = judge("VP104")
        assert [finding.severity for finding in findings] == [Severity.INFO, Severity.ERROR]


class TestFindings:
    def test_sorted_by_place(self, check, project, only) -> None:
        places = [("b.py", 1), ("a.py", 10), ("a.py", 9), None, ("a.py", None)]

        def rule(target):
            for number, place in enumerate(places):
                yield Fault(f"number {number}", Location(*place) if place else None)

        only(rule_of(rule))
        found = [finding.location for finding in check(project(GOOD)).findings]
        assert found == [
            None,
            Location("a.py"),
            Location("a.py", 9),
            Location("a.py", 10),
            Location("b.py", 1),
        ]

    def test_same_place_is_sorted_by_code(self, check, project, only) -> None:
        def rule(target):
            yield Fault("x", Location("a.py", 1))

        only(rule_of(rule, "VP001"), rule_of(rule, "VP104"), rule_of(rule, "VP002"))
        codes = [finding.code for finding in check(project(GOOD)).findings]
        assert codes == ["VP001", "VP002", "VP104"]

    def test_fault_that_plugins_share_is_told_once(self, check, project) -> None:
        text = GOOD["pyproject.toml"] + 'too = "mine:register"\n'
        code = "def register(config):\n    return config\n"
        report = check(project({"pyproject.toml": text, "mine/__init__.py": code}), "VP202")
        assert [o.kind for o in report.outcomes] == [OutcomeKind.FAIL] * 2
        assert len(report.findings) == 1

    def test_faults_without_a_place_are_told_for_each_plugin(self, check, project, only) -> None:
        only(rule_of(lambda plugin: [Fault("something")]))
        text = GOOD["pyproject.toml"] + 'too = "mine:register"\n'
        report = check(project({**GOOD, "pyproject.toml": text}))
        assert [f.subject for f in report.findings] == [
            "vllm.general_plugins:mine",
            "vllm.general_plugins:too",
        ]

    def test_the_same_twice_over(self, check, project) -> None:
        folder = project(BAD)
        assert check(folder) == check(folder)


class TestTargets:
    """One bad target never hides the others."""

    def test_all_kinds_of_bad_beside_a_good_one(self, check, project, tmp_path) -> None:
        good = project(GOOD)
        (tmp_path / "broken-1.0-py3-none-any.whl").write_bytes(b"PK\x03\x04 and no more")
        (tmp_path / "broken-1.0.tar.gz").write_bytes(b"\x1f\x8b no gzip")
        (tmp_path / "empty").mkdir()
        (tmp_path / "notes.txt").write_text("no target")
        labels = [
            tmp_path / "missing",
            tmp_path / "broken-1.0-py3-none-any.whl",
            tmp_path / "broken-1.0.tar.gz",
            tmp_path / "empty",
            tmp_path / "notes.txt",
            "no-such-distribution",
            project({"pyproject.toml": "[project\n"}, "bad-toml"),
            project({"pyproject.toml": '[project]\nname = "mine"\n'}, "no-plugin"),
            project(with_table(GOOD, "selct = []"), "bad-settings"),
            good,
        ]
        report = check.report(*labels)
        assert [target.target for target in report.targets] == [str(label) for label in labels]
        statuses = [target.status for target in report.targets]
        assert statuses == [2, 4, 4, 3, 2, 2, 4, 3, 2, 0]
        for target in report.targets[:-1]:
            assert target.error
            assert target.outcomes == ()
        assert report.targets[-1].error is None
        ran = {outcome.code for outcome in report.targets[-1].outcomes}
        assert ran == {code for code in CODES if not code.startswith("VP5")}

    def test_worst_status_wins(self, check, project, tmp_path) -> None:
        good, bad = project(GOOD, "good"), project(BAD, "bad")
        empty = project({}, "empty")
        broken = project({"pyproject.toml": "["}, "broken")
        missing = tmp_path / "missing"
        status = check.status
        assert status(good) is ExitStatus.CLEAN
        assert status(good, empty) is ExitStatus.NOTHING
        assert status(good, empty, bad) is ExitStatus.FINDINGS
        assert status(good, bad, missing) is ExitStatus.USAGE
        assert status(good, bad, missing, broken) is ExitStatus.FAILED
        assert status() is ExitStatus.NOTHING

    def test_each_is_told_when_it_is_done(self, check, project) -> None:
        from vplug.rules.validate import validate

        done = []
        labels = [str(project(GOOD, name)) for name in ("a", "b", "c")]
        validate(labels, Settings(), lambda: check.environment, done.append)
        assert sorted(target.target for target in done) == labels

    def test_environment_is_looked_into_once_and_only_when_asked_for(self, check, project) -> None:
        from vplug.rules.validate import validate

        calls = []

        def environment():
            calls.append(1)
            return check.environment

        labels = [str(project(GOOD, name)) for name in ("a", "b")]
        validate(labels, Settings(select=("VP104",)), environment)
        assert calls == []

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_named_pipe_does_not_hang(self, check, project) -> None:
        folder = project(GOOD)
        (folder / "mine/__init__.py").unlink()
        os.mkfifo(folder / "mine/__init__.py")
        report = check(folder, "VP002", "VP104")
        assert outcomes(report) == [("VP002", "fail"), ("VP104", "cannot-tell")]


class TestSettings:
    """``[tool.vplug]`` and the command line, one over the other."""

    def run(self, check, project, files, settings: Settings | None = None):
        (target,) = check.report(project(files), settings=settings).targets
        return target

    def codes(self, target) -> set[str]:
        return {outcome.code for outcome in target.outcomes}

    def test_select_of_the_project(self, check, project) -> None:
        target = self.run(check, project, with_table(BAD, 'select = ["VP4"]'))
        assert self.codes(target) == {code for code in CODES if code.startswith("VP4")}

    def test_select_of_the_command_line_replaces(self, check, project) -> None:
        files = with_table(BAD, 'select = ["VP4"]')
        target = self.run(check, project, files, Settings(select=("missing-attribute",)))
        assert self.codes(target) == {"VP104"}

    def test_ignore_of_both_is_added(self, check, project) -> None:
        files = with_table(BAD, 'ignore = ["VP4"]')
        target = self.run(check, project, files, Settings(ignore=("VP104",)))
        assert self.codes(target) == {
            code for code in CODES if not code.startswith(("VP4", "VP5")) and code != "VP104"
        }
        assert target.status == ExitStatus.CLEAN

    def test_ignored_rule_does_not_block_those_that_require_it(self, check, project) -> None:
        target = self.run(check, project, BAD, Settings(select=("VP202",)))
        (outcome,) = target.outcomes
        assert outcome.kind is OutcomeKind.SKIPPED
        assert target.findings == ()

    @pytest.mark.parametrize(
        ("table", "given", "status"),
        [
            ("", Settings(), 0),
            ('fail-on = "warning"', Settings(), 1),
            ('fail-on = "info"', Settings(), 1),
            ('fail-on = "error"', Settings(), 0),
            ('fail-on = "error"', Settings(fail_on=Severity.WARNING), 1),
            ('fail-on = "warning"', Settings(fail_on=Severity.ERROR), 0),
            ("strict = true", Settings(), 1),
            ("strict = true", Settings(fail_on=Severity.ERROR), 1),
            ("strict = false", Settings(strict=True), 1),
        ],
    )
    def test_from_which_severity_it_fails(self, check, project, table, given, status) -> None:
        files = with_table({**GOOD, "pyproject.toml": BAD["pyproject.toml"]}, table)
        files["pyproject.toml"] = files["pyproject.toml"].replace("regster", "register")
        target = self.run(check, project, files, given)
        assert {finding.severity for finding in target.findings} == {Severity.WARNING}
        assert target.status == status

    def test_strict_fails_where_it_cannot_tell(self, check, project) -> None:
        assert check.status(project(UNSURE)) is ExitStatus.CLEAN
        strict = Settings(strict=True)
        assert check.status(project(UNSURE), settings=strict) is ExitStatus.FINDINGS

    def test_strict_does_not_fail_on_skipped_rules(self, check, project) -> None:
        assert check.status(project(GOOD), settings=Settings(strict=True)) is ExitStatus.CLEAN

    def test_declared_range(self, check, project) -> None:
        text = GOOD["pyproject.toml"].replace('"vllm>=0.20,<0.34"', "")
        files = with_table({**GOOD, "pyproject.toml": text}, 'vllm = ">=0.20,<0.34"')
        assert self.run(check, project, files).findings == ()

    @pytest.mark.parametrize(
        ("table", "message", "hint"),
        [
            ("selct = []", "'selct'", "'select'"),
            ('fail_on = "error"', "'fail_on'", "'fail-on'"),
            ("colour = 1", "'colour'", "select, ignore, fail-on, strict, vllm"),
            ('fail-on = "fatal"', "error, warning or info, not 'fatal'", ""),
            ("fail-on = 3", "not 3", ""),
            ("fail-on = []", "not []", ""),
            ('strict = "yes"', "true or false", ""),
            ("strict = 1", "true or false", ""),
            ('select = "VP104"', "list of rule codes", ""),
            ("ignore = [104]", "list of rule codes", ""),
            ('select = ["VP999"]', "'VP999'", "vplug rule"),
            ('ignore = ["missing-atribute"]', "'missing-atribute'", "vplug rule"),
            ('vllm = "0.32"', "no version specifier", ">=0.20,<0.34"),
            ("vllm = 0.32", "no version specifier", ">=0.20,<0.34"),
            ("vllm = [1]", "no version specifier", ">=0.20,<0.34"),
            ("vllm = true", "no version specifier", ">=0.20,<0.34"),
        ],
    )
    def test_wrong_table_is_a_usage_error(self, check, project, table, message, hint) -> None:
        target = self.run(check, project, with_table(GOOD, table))
        assert target.status == ExitStatus.USAGE
        assert message in target.error
        assert hint in (target.hint or "")
        assert "\n" not in target.error
        assert target.kind == "project"

    def test_unknown_key_names_the_project(self) -> None:
        with pytest.raises(UsageFault, match=r"here: \[tool.vplug\] has no key 'x'"):
            project_settings({"x": 1}, "here")

    def test_tool_vplug_that_is_no_table(self, check, project) -> None:
        text = GOOD["pyproject.toml"] + '\n[tool]\nvplug = "strict"\n'
        target = self.run(check, project, {**GOOD, "pyproject.toml": text})
        assert target.status == ExitStatus.USAGE

    def test_unknown_selector_of_the_command_line(self) -> None:
        with pytest.raises(UsageFault, match="--select: no rule 'VP9'"):
            Settings(select=("VP9",)).codes("--select")


class TestSuppressions:
    @pytest.mark.parametrize(
        ("comment", "quiet"),
        [
            ("# vplug: ignore[VP104]", True),
            ("# vplug: ignore[missing-attribute]", True),
            ("#vplug:ignore[vp104]", True),
            ("# vplug: ignore[VP103, VP104]", True),
            ("# why not  # vplug: ignore[VP104]", True),
            ("# vplug: ignore[VP103]", False),
            ("# vplug: ignore[VP1]", False),
            ("# vplug: ignore", False),
            ("# vplug: ignore[]", False),
            ("# noqa: VP104", False),
        ],
    )
    def test_comment(self, check, project, comment, quiet) -> None:
        text = BAD["pyproject.toml"].replace('regster"', f'regster"  {comment}')
        report = check(project({**BAD, "pyproject.toml": text}), "VP104")
        assert report.suppressed == int(quiet)
        assert len(report.findings) == int(not quiet)
        assert report.status == int(not quiet)
        # The rule has failed all the same.
        assert outcomes(report) == [("VP104", "fail")]

    def test_on_another_line_it_does_nothing(self, check, project) -> None:
        text = BAD["pyproject.toml"] + "# vplug: ignore[VP104]\n"
        report = check(project({**BAD, "pyproject.toml": text}), "VP104")
        assert report.suppressed == 0

    def test_finding_without_a_line_is_kept(self, check, project, only) -> None:
        only(rule_of(lambda target: [Fault("x", Location("mine/__init__.py")), Fault("y")]))
        files = {**GOOD, "mine/__init__.py": "# vplug: ignore[VP104]\n"}
        assert len(check(project(files)).findings) == 2

    @pytest.mark.parametrize("place", [("mine/__init__.py", 99), ("gone.py", 1)])
    def test_place_that_is_not_there_is_kept(self, check, project, only, place) -> None:
        only(rule_of(lambda target: [Fault("x", Location(*place))]))
        report = check(project(GOOD))
        assert [finding.message for finding in report.findings] == ["x"]

    def test_finding_is_a_value(self) -> None:
        with pytest.raises(AttributeError):
            Finding("VP104", "missing-attribute", Severity.ERROR, "x").message = "y"
