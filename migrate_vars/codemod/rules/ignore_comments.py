"""MV904, MV905: ignore comments that suppress nothing."""

from __future__ import annotations

from migrate_vars.codemod.rules.base import Invalid, Rule


class UnusedIgnore(Rule):
    """``# migrate-vars: ignore[...]`` on a line that has no such finding."""

    code = "MV904"
    title = "Unused ignore comment"
    rationale = (
        "A comment # migrate-vars: ignore[MV101] suppresses the findings with that code that begin "
        "or end on its line, and keeps their calls from being rewritten; without codes it "
        "suppresses all of them. This one suppresses nothing, perhaps because the code around it "
        "has changed: remove it, or it will hide a later finding."
    )
    valid = (
        "import tensorflow as tf\ntf.assign(v, 1.)  # migrate-vars: ignore[MV101]\n",
        "import tensorflow as tf\ntf.assign(  # migrate-vars: ignore\n    v, 1.)\n",
        "import tensorflow as tf\ntf.assign(\n    v, 1.)  # keep  # migrate-vars: ignore\n",
        "text = '''\nx  # migrate-vars: ignore\n'''\n",
        "x = 1  # migrate-vars: ignored by nobody\n",
    )
    invalid = (
        Invalid("x = 1  # migrate-vars: ignore\n"),
        Invalid(
            "import tensorflow as tf\ntf.assign(v, 1.)  # migrate-vars: ignore[MV102]\n",
            "import tensorflow as tf\nv.assign(1.)  # migrate-vars: ignore[MV102]\n",
        ),
    )


class UnknownIgnore(Rule):
    """``# migrate-vars: ignore[...]`` with something that is no code."""

    code = "MV905"
    title = "Unknown code in an ignore comment"
    rationale = "There is no such code: a typo? `migrate-vars explain --list` lists all codes."
    valid = ("import tensorflow as tf\ntf.assign(v, 1.)  # migrate-vars: ignore[MV101]\n",)
    invalid = (
        Invalid(
            "import tensorflow as tf\ntf.assign(v, 1.)  # migrate-vars: ignore[MV1O1]\n",
            "import tensorflow as tf\nv.assign(1.)  # migrate-vars: ignore[MV1O1]\n",
        ),
        Invalid("import tensorflow as tf\ntf.assign(v, 1.)  # migrate-vars: ignore[MV101, E501]\n"),
    )
