"""Does to many templates what `make validate` does to one, in one process.

It reads JSON lines {"name", "written"?, "expanded"?}, and answers each with a
line: of "written", the text of a template, {"name", "sam": what SAM's expansion
refused or null, "expanded": what it made of it}; of a line that has "lint" set,
{"name", "lint": [what cfn-lint said of the expanded text], "validate": [what
`sam validate --lint` said of the written one]}.
"""
import functools
import json
import logging
import multiprocessing
import os
import sys

import yaml

yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # SAM's parsers look it up there; reading takes them longer than all else

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from cfnlint.api import ManualArgs, lint
from samcli.yamlhelper import yaml_parse
from samtranslator.public.exceptions import InvalidDocumentException

import expand


def complain(error):
    causes = getattr(error, "causes", None) or [error]
    return "; ".join(getattr(cause, "message", None) or str(cause) for cause in causes) or type(error).__name__


def matches(text):
    """What cfn-lint says, as `cfn-lint` and `sam validate --lint` call it."""
    return [f"{m.rule.id} {m.message}" for m in lint(text, config=ManualArgs(regions=["us-east-1"]))]


def examine(line):
    asked = json.loads(line)
    answer = {"name": asked["name"]}
    try:
        if not asked.get("lint"):
            answer["expanded"] = expand.expand(asked["written"])
            return json.dumps(answer)
    except Exception as error:  # whatever it is, `make validate` ends by it
        answer["sam"] = complain(error)
        return json.dumps(answer)
    if asked.get("expanded"):
        answer["lint"] = matches(asked["expanded"])
    if asked.get("written") and (asked["lint"] == "all" or not answer.get("lint")):
        try:
            yaml_parse(asked["written"])
            answer["validate"] = matches(asked["written"])
        except Exception as error:
            answer["validate"] = [complain(error)]
    return json.dumps(answer)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    print = functools.partial(print, flush=True)
    with multiprocessing.Pool(2) as pool:
        for answer in pool.imap(examine, sys.stdin):
            print(answer)
