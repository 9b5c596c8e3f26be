"""Checks manifests against the schemas of Kubernetes and of the custom resources that they use, strictly: an unknown field is an error.

check_manifests.py KUBERNETES_VERSION MANIFESTS.yaml [CRD.yaml ...]
"""

import sys

import jsonschema
import kubernetes_validate
import yaml


def closed(schema):
    """The schema with no other fields than its own, as the server of Kubernetes reads it with strict validation."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(value) for name, value in schema.items()}
    keeps = schema.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(schema.get("properties"), dict) and not keeps and "additionalProperties" not in schema:
        made["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        made.pop("anyOf", None)
        made["type"] = ["integer", "string"]
    return made


def custom_schemas(files):
    schemas = {}
    for file in files:
        with open(file, encoding="utf-8") as text:
            for definition in yaml.safe_load_all(text):
                spec = definition["spec"]
                for version in spec["versions"]:
                    schema = closed(version["schema"]["openAPIV3Schema"])
                    # Of these the definition knows no more than that they are objects.
                    schema["properties"]["metadata"] = {"type": "object"}
                    schemas[(f"{spec['group']}/{version['name']}", spec["names"]["kind"])] = schema
    return schemas


def main(version, manifests, *definitions):
    schemas = custom_schemas(definitions)
    with open(manifests, encoding="utf-8") as text:
        documents = [document for document in yaml.safe_load_all(text) if document]
    for document in documents:
        kind = (document["apiVersion"], document["kind"])
        if kind in schemas:
            jsonschema.Draft7Validator(schemas[kind]).validate(document)
        else:
            kubernetes_validate.validate(document, version, strict=True)
        print(f"{kind[1]} {document['metadata']['name']}")


main(*sys.argv[1:])
