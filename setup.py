"""Packaging: the bundled patterns live at the top level and are installed inside the package."""

from pathlib import Path

from setuptools import find_packages, setup

PATTERNS = "migrate_vars.legacy_examples"

setup(
    name="migrate-vars",
    version="0.1.0",
    description="Move TensorFlow 1 training code to TF2 and prove that training did not change.",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    packages=[*find_packages(include=["migrate_vars", "migrate_vars.*"]), PATTERNS],
    package_dir={PATTERNS: "legacy_examples"},
    package_data={
        "migrate_vars": ["py.typed"],
        "migrate_vars.equivalence.reporting": ["report.html", "report.css"],
        PATTERNS: ["*/*.py"],
    },
    install_requires=[
        "click>=8.1",
        "libcst>=1.5",
        "pathspec>=0.12.1",
        "tomli>=2; python_version < '3.11'",
    ],
    extras_require={
        "tf": ["tensorflow>=2.16", "numpy>=1.26", "jinja2>=3.1"],
        "dev": [
            "tensorflow>=2.16",
            "numpy>=1.26",
            "jinja2>=3.1",
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
