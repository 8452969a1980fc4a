/* SPDX-License-Identifier: MIT */
/* The metaschema of JSON Schema 2020-12 with its vocabularies (core, 8; appendix D), for schemas
 * that refer to it. */
#include <stddef.h>
#include <string.h>

#include "lib/schema/registry.h"

#define BASE "https://json-schema.org/draft/2020-12/"
#define HEAD(name)                                                                                 \
    "{\"$schema\":\"" BASE "schema\",\"$id\":\"" BASE name "\",\"$dynamicAnchor\":\"meta\","
#define SCHEMA "{\"$dynamicRef\":\"#meta\"}"
#define MAP "{\"type\":\"object\",\"additionalProperties\":" SCHEMA ",\"default\":{}}"
#define LIST "{\"$ref\":\"#/$defs/schemaArray\"}"

static const struct {
    const char *uri, *text;
} documents[] = {
    {BASE "schema",
     HEAD("schema") "\"$vocabulary\":{\"" BASE "vocab/core\":true,\"" BASE
                    "vocab/applicator\":true,\"" BASE "vocab/unevaluated\":true,\"" BASE
                    "vocab/validation\":true,\"" BASE "vocab/meta-data\":true,\"" BASE
                    "vocab/format-annotation\":true,\"" BASE "vocab/content\":true},"
                    "\"allOf\":[{\"$ref\":\"meta/core\"},{\"$ref\":\"meta/applicator\"},"
                    "{\"$ref\":\"meta/unevaluated\"},{\"$ref\":\"meta/"
                    "validation\"},{\"$ref\":\"meta/meta-data\"},"
                    "{\"$ref\":\"meta/format-annotation\"},{\"$ref\":\"meta/content\"}],"
                    "\"type\":[\"object\",\"boolean\"],\"properties\":{\"definitions\":" MAP ","
                    "\"dependencies\":{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":"
                    "[" SCHEMA ","
                    "{\"$ref\":\"meta/validation#/$defs/stringArray\"}]},\"default\":{}},"
                    "\"$recursiveAnchor\":{\"$ref\":\"meta/core#/$defs/anchorString\"},"
                    "\"$recursiveRef\":{\"$ref\":\"meta/core#/$defs/uriReferenceString\"}}}"},
    {BASE "meta/core",
     HEAD(
         "meta/core") "\"type\":[\"object\",\"boolean\"],\"properties\":{"
                      "\"$id\":{\"$ref\":\"#/$defs/uriReferenceString\",\"pattern\":\"^[^#]*#?$\"},"
                      "\"$schema\":{\"$ref\":\"#/$defs/uriString\"},"
                      "\"$ref\":{\"$ref\":\"#/$defs/uriReferenceString\"},"
                      "\"$anchor\":{\"$ref\":\"#/$defs/anchorString\"},"
                      "\"$dynamicRef\":{\"$ref\":\"#/$defs/uriReferenceString\"},"
                      "\"$dynamicAnchor\":{\"$ref\":\"#/$defs/anchorString\"},"
                      "\"$vocabulary\":{\"type\":\"object\",\"propertyNames\":{\"$ref\":\"#/$defs/"
                      "uriString\"},"
                      "\"additionalProperties\":{\"type\":\"boolean\"}},"
                      "\"$comment\":{\"type\":\"string\"},\"$defs\":{\"type\":\"object\","
                      "\"additionalProperties\":" SCHEMA "}},"
                      "\"$defs\":{\"anchorString\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z_][-"
                      "A-Za-z0-9._]*$\"},"
                      "\"uriString\":{\"type\":\"string\",\"format\":\"uri\"},"
                      "\"uriReferenceString\":{\"type\":\"string\",\"format\":\"uri-reference\"}}"
                      "}"},
    {BASE "meta/applicator",
     HEAD("meta/applicator") "\"type\":[\"object\",\"boolean\"],\"properties\":{"
                             "\"prefixItems\":" LIST ",\"items\":" SCHEMA ",\"contains\":" SCHEMA
                             ","
                             "\"additionalProperties\":" SCHEMA ",\"properties\":" MAP ","
                             "\"patternProperties\":{\"type\":\"object\","
                             "\"additionalProperties\":" SCHEMA ","
                             "\"propertyNames\":{\"format\":\"regex\"},\"default\":{}},"
                             "\"dependentSchemas\":" MAP ",\"propertyNames\":" SCHEMA
                             ",\"if\":" SCHEMA ","
                             "\"then\":" SCHEMA ",\"else\":" SCHEMA ",\"allOf\":" LIST
                             ",\"anyOf\":" LIST ","
                             "\"oneOf\":" LIST ",\"not\":" SCHEMA "},"
                             "\"$defs\":{\"schemaArray\":{\"type\":\"array\",\"minItems\":1,"
                             "\"items\":" SCHEMA "}}}"},
    {BASE "meta/unevaluated",
     HEAD("meta/unevaluated") "\"type\":[\"object\",\"boolean\"],\"properties\":{"
                              "\"unevaluatedItems\":" SCHEMA ",\"unevaluatedProperties\":" SCHEMA
                              "}}"},
    {BASE "meta/validation",
     HEAD("meta/validation") "\"type\":[\"object\",\"boolean\"],\"properties\":{"
                             "\"type\":{\"anyOf\":[{\"$ref\":\"#/$defs/"
                             "simpleTypes\"},{\"type\":\"array\","
                             "\"items\":{\"$ref\":\"#/$defs/"
                             "simpleTypes\"},\"minItems\":1,\"uniqueItems\":true}]},"
                             "\"const\":true,\"enum\":{\"type\":\"array\",\"items\":true},"
                             "\"multipleOf\":{\"type\":\"number\",\"exclusiveMinimum\":0},"
                             "\"maximum\":{\"type\":\"number\"},\"exclusiveMaximum\":{\"type\":"
                             "\"number\"},"
                             "\"minimum\":{\"type\":\"number\"},\"exclusiveMinimum\":{\"type\":"
                             "\"number\"},"
                             "\"maxLength\":{\"$ref\":\"#/$defs/nonNegativeInteger\"},"
                             "\"minLength\":{\"$ref\":\"#/$defs/nonNegativeIntegerDefault0\"},"
                             "\"pattern\":{\"type\":\"string\",\"format\":\"regex\"},"
                             "\"maxItems\":{\"$ref\":\"#/$defs/nonNegativeInteger\"},"
                             "\"minItems\":{\"$ref\":\"#/$defs/nonNegativeIntegerDefault0\"},"
                             "\"uniqueItems\":{\"type\":\"boolean\",\"default\":false},"
                             "\"maxContains\":{\"$ref\":\"#/$defs/nonNegativeInteger\"},"
                             "\"minContains\":{\"$ref\":\"#/$defs/"
                             "nonNegativeInteger\",\"default\":1},"
                             "\"maxProperties\":{\"$ref\":\"#/$defs/nonNegativeInteger\"},"
                             "\"minProperties\":{\"$ref\":\"#/$defs/nonNegativeIntegerDefault0\"},"
                             "\"required\":{\"$ref\":\"#/$defs/stringArray\"},"
                             "\"dependentRequired\":{\"type\":\"object\","
                             "\"additionalProperties\":{\"$ref\":\"#/$defs/stringArray\"}}},"
                             "\"$defs\":{\"nonNegativeInteger\":{\"type\":\"integer\",\"minimum\":"
                             "0},"
                             "\"nonNegativeIntegerDefault0\":{\"$ref\":\"#/$defs/"
                             "nonNegativeInteger\",\"default\":0},"
                             "\"simpleTypes\":{\"enum\":[\"array\",\"boolean\",\"integer\","
                             "\"null\",\"number\",\"object\","
                             "\"string\"]},\"stringArray\":{\"type\":\"array\",\"items\":{\"type\":"
                             "\"string\"},"
                             "\"uniqueItems\":true,\"default\":[]}}}"},
    {BASE "meta/meta-data",
     HEAD("meta/meta-data") "\"type\":[\"object\",\"boolean\"],\"properties\":{"
                            "\"title\":{\"type\":\"string\"},\"description\":{\"type\":\"string\"},"
                            "\"default\":true,"
                            "\"deprecated\":{\"type\":\"boolean\",\"default\":false},"
                            "\"readOnly\":{\"type\":\"boolean\",\"default\":false},"
                            "\"writeOnly\":{\"type\":\"boolean\",\"default\":false},"
                            "\"examples\":{\"type\":\"array\",\"items\":true}}}"},
    {BASE "meta/format-annotation",
     HEAD("meta/format-annotation") "\"type\":[\"object\",\"boolean\"],\"properties\":{"
                                    "\"format\":{\"type\":\"string\"}}}"},
    {BASE "meta/content", HEAD("meta/content") "\"type\":[\"object\",\"boolean\"],\"properties\":{"
                                               "\"contentEncoding\":{\"type\":\"string\"},"
                                               "\"contentMediaType\":{\"type\":\"string\"},"
                                               "\"contentSchema\":" SCHEMA "}}"},
};

const char *metaschema_text(const char *uri)
{
    size_t len = strcspn(uri, "#");

    for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++)
        if (strlen(documents[i].uri) == len && strncmp(documents[i].uri, uri, len) == 0)
            return documents[i].text;
    return NULL;
}
