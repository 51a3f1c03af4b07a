"""Verdicts as JUnit XML, which build servers show as tests.

There is a suite for each pattern, and a case for each program that is compared with the reference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from migrate_vars.equivalence.judging.verdicts import Verdict
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.reporting.text_report import explain

# XML 1.0 has no way to write most control characters.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(results: Sequence[Verification]) -> str:
    """The document, with an XML declaration."""
    root = ElementTree.Element("testsuites", name="migrate-vars verify")
    for result in results:
        verdicts = [judgement.verdict for judgement in result.judgements.values()]
        output = sum(map(result.fails_by_output, result.judgements))
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=_clean(result.name),
            tests=str(len(verdicts)),
            failures=str(sum(not v.passed and v is not Verdict.ERROR for v in verdicts) + output),
            errors=str(verdicts.count(Verdict.ERROR)),
        )
        told = _clean("\n".join(explain(result)))
        for name, judgement in result.judgements.items():
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=_clean(result.name),
                name=name,
                time=f"{result.runs[name].seconds:.3f}",
            )
            if result.fails_by_output(name):
                said = _clean(result.outputs[name].headline)
                problem = ElementTree.SubElement(case, "failure", type="output", message=said)
                problem.text = told
            if not judgement.verdict.passed:
                kind = "error" if judgement.verdict is Verdict.ERROR else "failure"
                problem = ElementTree.SubElement(
                    case, kind, type=judgement.verdict.value, message=_clean(judgement.message)
                )
                problem.text = told
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("?", text)
