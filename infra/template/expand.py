"""Prints, as JSON, the CloudFormation that SAM makes of a template.

cfn-lint finds far more in this than in the template itself. Run it with the
Python that aws-sam-translator is installed for.
"""
import json
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """We use none, so there is none to look up."""

    def load(self):
        return {}


def expand(text):
    """The CloudFormation of a template's text. Raises what SAM raises."""
    template = yaml_parse(text)
    for resource in template["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):  # the translator wants what a deployment would upload
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return json.dumps(transform(template, {}, NoManagedPolicies()), indent=1)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        print(expand(file.read()))
