"""Packaging: the bundled patterns live at the top level and are installed inside the package."""

from __future__ import annotations

import re
from pathlib import Path

SUMMARY = "Move TensorFlow 1 training code to TF2 and prove that training did not change."

#: Where the repository is published, such as "https://HOST/OWNER/migrate-vars", and the commit or
#: tag that links point to. Without a public address, the links of the README stay relative.
URL = ""
REVISION = "main"

PATTERNS = "migrate_vars.legacy_examples"

# Verifying runs programs under TensorFlow; Jinja2 makes the HTML report.
TENSORFLOW = ["tensorflow>=2.16", "numpy>=1.26", "jinja2>=3.1"]
# What `migrate_vars.tf1` and programs that use it may need, beside TensorFlow.
COMPAT = ["tf_keras>=2.16", "tf_slim>=1.1", "scipy>=1.10", "tensorboard>=2.16"]
DOCS = ["mkdocs>=1.6,<2", "mkdocs-material>=9.6"]

_LINK = re.compile(r"(?P<before>\]\(|src=\")(?P<path>(?![a-z]+:|#)[^)\"\s]+)")


def with_absolute_links(text: str, url: str, revision: str) -> str:
    """The README as the package index needs it: it has no files that links could lead to."""
    if not url:
        return text

    def link(match: re.Match[str]) -> str:
        kind = "raw" if match["path"].endswith((".png", ".svg")) else "blob"
        return f"{match['before']}{url}/{kind}/{revision}/{match['path']}"

    return _LINK.sub(link, text)


if __name__ == "__main__":
    from setuptools import find_packages, setup  # here: a test of the links above may lack it

    readme = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    setup(
        name="migrate-vars",
        version="0.1.0",
        description=SUMMARY,
        long_description=with_absolute_links(readme, URL, REVISION),
        long_description_content_type="text/markdown",
        author="The migrate-vars contributors",
        url=URL or None,
        project_urls={
            name: f"{URL}/blob/{REVISION}/{path}"
            for name, path in [("Documentation", "docs/index.md"), ("Changelog", "CHANGELOG.md")]
            if URL
        },
        license="Apache-2.0",
        license_files=["LICENSE"],
        python_requires=">=3.10",
        packages=[*find_packages(include=["migrate_vars", "migrate_vars.*"]), PATTERNS],
        package_dir={PATTERNS: "legacy_examples"},
        package_data={
            "migrate_vars": ["py.typed"],
            "migrate_vars.equivalence.reporting": ["report.html", "report.css"],
            "migrate_vars.survey": ["page.html", "page.css"],
            PATTERNS: ["*/*.py"],
        },
        install_requires=[
            "click>=8.1",
            "libcst>=1.5",
            "pathspec>=0.12.1",
            "tomli>=2; python_version < '3.11'",
        ],
        extras_require={
            "tf": TENSORFLOW,
            "report": ["jinja2>=3.1"],
            "compat": ["tensorflow>=2.16", *COMPAT],
            "docs": DOCS,
            "dev": [
                *TENSORFLOW,
                *COMPAT,
                *DOCS,
                "hypothesis>=6.100",
                "hypothesmith>=0.3",
                "jsonschema[format-nongpl]>=4.18",
                "mypy>=1.11",
                "playwright>=1.49",
                "pytest>=8",
                "pytest-xdist>=3.6",
                "ruff>=0.6",
            ],
        },
        entry_points={
            "console_scripts": ["migrate-vars=migrate_vars.cli:main"],
            # Named like the module, so that `-p migrate_vars.pytest_plugin` does not load it twice.
            "pytest11": ["migrate_vars.pytest_plugin=migrate_vars.pytest_plugin"],
        },
        classifiers=[
            "Development Status :: 3 - Alpha",
            "Environment :: Console",
            "Intended Audience :: Developers",
            "Operating System :: OS Independent",
            "Programming Language :: Python :: 3",
            "Programming Language :: Python :: 3.10",
            "Programming Language :: Python :: 3.11",
            "Programming Language :: Python :: 3.12",
            "Programming Language :: Python :: 3.13",
            "Topic :: Scientific/Engineering :: Artificial Intelligence",
            "Typing :: Typed",
        ],
    )
