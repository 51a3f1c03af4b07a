"""Which folders are patterns, and what is said of those that are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate_vars.equivalence.patterns import PatternError, bundled_directory, find_patterns

FOUNDING = ["assign_add_after_step", "clipped_gradient_assign_sub", "conditional_reset"]


def make_pattern(directory: Path, *names: str, keras: str = "") -> Path:
    directory.mkdir(parents=True)
    for name in names:
        (directory / name).write_text("")
    if keras:
        (directory / "v2_keras.py").write_text(keras)
    return directory


def test_no_target_means_all_bundled_patterns() -> None:
    patterns = find_patterns()
    assert [pattern.name for pattern in patterns] == sorted(p.name for p in patterns)
    assert set(FOUNDING) <= {pattern.name for pattern in patterns}
    for pattern in patterns:
        assert pattern.v1_session.is_file()
        assert pattern.v2_eager.is_file()


@pytest.mark.parametrize("target", ["conditional_reset", "legacy_examples/conditional_reset"])
def test_a_bundled_pattern_is_found_by_name_from_anywhere(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (pattern,) = find_patterns(target)
    assert pattern.directory == bundled_directory() / "conditional_reset"


def test_legacy_examples_means_all_of_them_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_patterns("legacy_examples") == find_patterns()


def test_a_folder_wins_over_a_bundled_pattern_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = make_pattern(tmp_path / "conditional_reset", "v1_session.py", "v2_eager.py")
    (pattern,) = find_patterns("conditional_reset")
    assert pattern.directory == mine


def test_a_folder_of_patterns_gives_them_sorted(tmp_path: Path) -> None:
    for name in ("b", "a"):
        make_pattern(tmp_path / name, "v1_session.py", "v2_eager.py")
    make_pattern(tmp_path / "data")
    assert [pattern.name for pattern in find_patterns(str(tmp_path))] == ["a", "b"]


def test_the_configuration_around_a_pattern_counts(tmp_path: Path) -> None:
    make_pattern(tmp_path / "mine" / "a", "v1_session.py", "v2_eager.py")
    (tmp_path / "pyproject.toml").write_text('[tool.migrate-vars]\nignore = ["MV101"]\n')
    (pattern,) = find_patterns(str(tmp_path / "mine"))
    assert pattern.project is not None
    assert pattern.project.options.ignore == ("MV101",)
    (tmp_path / "pyproject.toml").write_text("[tool.migrate-vars]\nignored = []\n")
    with pytest.raises(PatternError, match=r"pyproject.toml:2: unknown key 'ignored'"):
        find_patterns(str(tmp_path / "mine" / "a"))
    # Those that were installed are not of this project, wherever they lie.
    assert {pattern.project for pattern in find_patterns("legacy_examples")} == {None}
    assert find_patterns(str(bundled_directory()))[0].project is None


def test_the_drift_of_a_keras_program_is_read_from_its_comment(tmp_path: Path) -> None:
    directory = make_pattern(
        tmp_path / "p",
        "v1_session.py",
        "v2_eager.py",
        keras='"""Doc."""\n# migrate-vars: drift <= 2.5e-4\nimport tensorflow\n',
    )
    (pattern,) = find_patterns(str(directory))
    assert pattern.keras_drift == 2.5e-4


def test_the_drift_of_a_session_program_is_optional(tmp_path: Path) -> None:
    directory = make_pattern(tmp_path / "p", "v1_session.py", "v2_eager.py")
    (pattern,) = find_patterns(str(directory))
    assert pattern.v1_drift == 0.0
    (directory / "v1_session.py").write_text("# migrate-vars: drift <= 1e-6\n")
    (pattern,) = find_patterns(str(directory))
    assert pattern.v1_drift == 1e-6


def test_a_keras_program_must_state_its_drift(tmp_path: Path) -> None:
    directory = make_pattern(tmp_path / "p", "v1_session.py", "v2_eager.py", keras='"""Doc."""\n')
    with pytest.raises(PatternError, match=r"v2_keras\.py:1: states no drift"):
        find_patterns(str(directory))


@pytest.mark.parametrize(
    "comment",
    [
        "# migrate-vars: drift <= lots",
        "# migrate-vars: drift <= -1",
        "# migrate-vars: drift <= nan",
    ],
)
def test_an_unusable_drift_is_an_error(tmp_path: Path, comment: str) -> None:
    directory = make_pattern(
        tmp_path / "p", "v1_session.py", "v2_eager.py", keras=f'"""Doc."""\n{comment}\n'
    )
    with pytest.raises(PatternError, match=r"v2_keras\.py:2: '.+' is not a drift"):
        find_patterns(str(directory))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package that contributes two patterns, and fails when it is imported."""
    site = tmp_path / "site"
    folder = site / "theirs" / "equivalence" / "patterns"
    for name in ("decay", "ema"):
        make_pattern(folder / name, "v1_session.py", "v2_eager.py")
    (site / "theirs" / "__init__.py").write_text("raise RuntimeError('imported')")
    information = site / "theirs-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        "[migrate_vars.patterns]\ntheir = theirs.equivalence.patterns\n"
    )
    monkeypatch.syspath_prepend(str(site))
    return folder


def test_installed_packages_contribute_patterns(package: Path) -> None:
    everything = find_patterns()
    assert [p.name for p in everything[-2:]] == ["their/decay", "their/ema"]
    assert everything[-1].directory == package / "ema"
    assert everything[:-2] == find_patterns("legacy_examples")
    assert find_patterns("their") == everything[-2:]
    assert find_patterns("their/ema") == everything[-1:]
    with pytest.raises(PatternError, match="their/emma: no such folder"):
        find_patterns("their/emma")


def test_an_entry_point_without_a_folder_is_an_error(package: Path) -> None:
    entry_points = package.parents[2] / "theirs-1.0.dist-info" / "entry_points.txt"
    entry_points.write_text("[migrate_vars.patterns]\ntheir = theirs.nothing\n")
    with pytest.raises(PatternError, match=r"entry point their .*theirs\.nothing is not a folder"):
        find_patterns()
    # What is asked for by name is found all the same.
    assert find_patterns("conditional_reset")


def test_half_a_pattern_is_an_error(tmp_path: Path) -> None:
    make_pattern(tmp_path / "one", "v1_session.py", "v2_eager.py")
    make_pattern(tmp_path / "half", "v2_eager.py")
    with pytest.raises(PatternError, match=r"half: has no v1_session\.py"):
        find_patterns(str(tmp_path))
    with pytest.raises(PatternError, match=r"half: has no v1_session\.py"):
        find_patterns(str(tmp_path / "half"))


def test_targets_that_are_no_pattern(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("")
    with pytest.raises(PatternError, match="no pattern in it"):
        find_patterns(str(tmp_path))
    with pytest.raises(PatternError, match="not a folder"):
        find_patterns(str(script))
    with pytest.raises(PatternError, match="no such folder, and no bundled pattern"):
        find_patterns("conditional_rest")
