"""What [tool.migrate-vars] may say, and how mistakes in it are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate_vars.workspace.configuration import (
    Configuration,
    ConfigurationError,
    checked_codes,
    find,
    read,
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_key_is_read(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        "[tool.migrate-vars]\n"
        'select = ["mv1", "MV301"]\nignore = ["MV102"]\n'
        'exclude = ["a"]\nextend-exclude = ["b/*.py"]\n'
        "force-exclude = true\nrespect-gitignore = false\n"
        'tf-modules = ["lingvo.compat"]\nsafe = true\njobs = 3\noutput-format = "json"\n'
    )
    assert find(["."]) == Configuration(
        select=("MV1", "MV301"),
        ignore=("MV102",),
        exclude=("a",),
        extend_exclude=("b/*.py",),
        force_exclude=True,
        respect_gitignore=False,
        tf_modules=("lingvo.compat",),
        safe=True,
        jobs=3,
        output_format="json",
        path=str(project / "pyproject.toml"),
    )


def test_the_nearest_file_with_our_table_counts(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.migrate-vars]\njobs = 1\n")
    (project / "a" / "b").mkdir(parents=True)
    (project / "a" / "pyproject.toml").write_text("[tool.ruff]\n")
    (project / "a" / "b" / "pyproject.toml").write_text("[tool.migrate-vars]\njobs = 2\n")
    assert find(["a/x.py"]).jobs == 1
    assert find(["a/b/x.py"]).jobs == 2
    assert find(["a/b"]).jobs == 2
    assert find(["a/b/*.py"]).jobs == 2
    assert find(["a/b", "a"]).jobs == 1


def test_files_of_others_are_not_ours_to_complain_about(project: Path) -> None:
    (project / "pyproject.toml").write_text("this is [not TOML\n")
    assert find(["."]) == Configuration()


def test_a_file_that_is_named_must_have_the_table(project: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^none\.toml: No such file"):
        read("none.toml")
    (project / "pyproject.toml").write_text("[tool.ruff]\n")
    with pytest.raises(ConfigurationError, match=r"pyproject\.toml: has no table"):
        read("pyproject.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "2: unknown key 'selct' in [tool.migrate-vars]; did you mean 'select'?"),
        ("\nextend_exclude = []", "3: unknown key 'extend_exclude'"),
        ("zzz = 1", "2: unknown key 'zzz' in [tool.migrate-vars]; known: select, ignore,"),
        ("safe = 1", "2: safe must be true or false, not a number"),
        ("jobs = true", "2: jobs must be a whole number of at least 1, not true"),
        ("jobs = 0", "2: jobs must be a whole number of at least 1, not 0 or less"),
        ('select = "MV1"', '2: select must be a list of strings, such as ["MV101"], not a string'),
        ("select = ['MV1', 2]", 'such as ["MV101"], not a list with a number'),
        ("ignore = ['E501']", "2: ignore: 'E501' is not a code"),
        ("select = ['MV110x']", "did you mean MV"),
        ("tf-modules = ['a b']", "2: tf-modules: 'a b' is not the name of a module"),
        ("exclude = ['[a']", "2: exclude: '[a' has a '[' without ']'"),
        ("exclude = ['{a']", "2: exclude: '{a' has a '{' without '}'"),
        ("output-format = 'xml'", "2: output-format must be one of text, json, sarif, github"),
        ("safe = 1\nsafe = 2", "3: not valid TOML: Cannot overwrite a value"),
        ("[tool.migrate-vars.select]\na = 1", "2: select must be a list of strings"),
    ],
)
def test_mistakes_are_told_in_one_line(project: Path, text: str, message: str) -> None:
    (project / "pyproject.toml").write_text(f"[tool.migrate-vars]\n{text}\n")
    with pytest.raises(ConfigurationError) as error:
        find(["."])
    assert str(error.value).startswith("pyproject.toml:")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_other_ways_to_write_the_table(project: Path) -> None:
    (project / "pyproject.toml").write_text("tool.migrate-vars = 1\n")
    with pytest.raises(ConfigurationError, match=r"1: tool\.migrate-vars must be"):
        find(["."])
    (project / "pyproject.toml").write_text("[tool]\nmigrate-vars.safe = 1\n")
    with pytest.raises(ConfigurationError, match=r"pyproject.toml:2: safe must be"):
        find(["."])
    (project / "pyproject.toml").write_bytes(b"[tool.migrate-vars]\n\n# \xff\n")
    with pytest.raises(ConfigurationError, match=r"pyproject.toml:3: not valid UTF-8"):
        find(["."])


def test_codes_are_split_and_checked() -> None:
    assert checked_codes(["mv101, MV3", "MV"]) == ("MV101", "MV3", "MV")
    for wrong in ("M", "MV77", "E501"):
        with pytest.raises(ValueError, match=f"'{wrong}' is not a code"):
            checked_codes([wrong])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tool.migrate_vars]\nsafe = true", ":1: [tool.migrate_vars] is not read; the table is"),
        ("x = 1\n[tool.migrate_vars.select]\na = 1", ":2: [tool.migrate_vars] is not read"),
        ("[tool]\nMigrate-Vars = {}", ": [tool.Migrate-Vars] is not read; the table is"),
        ("[migrate-vars]\nsafe = true", ":1: [migrate-vars] is not read; the table is"),
        ("['migrate_vars']", ":1: [migrate_vars] is not read; the table is [tool.migrate-vars]"),
    ],
)
def test_a_table_of_nearly_that_name_is_an_error(project: Path, text: str, told: str) -> None:
    (project / "pyproject.toml").write_text(f"{text}\n")
    with pytest.raises(ConfigurationError) as error:
        find(["."])
    assert str(error.value).startswith(f"pyproject.toml{told}")


@pytest.mark.parametrize(
    "text",
    [
        "[project]\nname = 'migrate_vars'",
        "[project.entry-points.'migrate_vars.patterns']\na = 'b'",
        "[tool.setuptools.packages.find]\ninclude = ['migrate_vars*']",
        "[tool.pytest.ini_options]\nmigrate_vars_patterns = ['a']",
        "# [tool.migrate_vars]",
    ],
)
def test_other_uses_of_the_name_are_no_table(project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(f"{text}\n")
    assert find(["."]).path is None
