/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "t/lib/api/compare/compare_rows.h"

#define SAYS(problems) GET("") "\nx-problems: {" problems "}"
#define NAMED(more) SAYS("body: {errors: $violations}, violations: {by: name}" more)

Test(compare, compares_the_form_of_errors)
{
    static const struct row rows[] = {
        {NAMED(""), NAMED(""), ""},
        {NAMED(", messages: {type: a}"), NAMED(", messages: {type: b}"), ""},
        {NAMED(", answers: {'401': {message: a}}"), NAMED(", answers: {'404': {message: b}}"), ""},
        {NAMED(", answers: {'401': {code: a}}"), NAMED(", answers: {'401': {code: b}}"),
         "! x-problems answers 401: code was a, is now b"},
        {NAMED(", answers: {'401': {name: a}}"), NAMED(""),
         "! x-problems answers 401: name was a, is now the server's"},
        {NAMED(""), NAMED(", answers: {'401': {name: a}}"),
         "! x-problems answers 401: name was the server's, is now a"},
        {NAMED(""), NAMED(", media-type: application/a+json"),
         "! x-problems: was application/json, is now application/a+json"},
        {NAMED(""), SAYS("body: {errors: $violations}"),
         "! x-problems /errors: type: was object, is now array"},
        {SAYS("body: {e: $error, c: $code}"), SAYS("body: {e: $error}"),
         "! x-problems /c: the property has been removed"},
        {SAYS("body: {e: $error}"), SAYS("body: {e: $error, c: $code}"),
         "- x-problems /c: the property is new and required"},
        {SAYS("body: {ok: false}"), SAYS("body: {ok: 0}"),
         "! x-problems /ok: type: was boolean, is now integer"},
        {SAYS("body: a"), SAYS("body: b"),
         "- x-problems: enum: \"a\" is no longer a value\n! x-problems: enum: \"b\" is a new "
         "value"},
        {GET(""), SAYS("messages: {type: a}"), ""},
        {GET(""),
         SAYS("body: {type: 'about:blank', title: $title, status: $status, detail: x, "
              "error: $error, code: $code, request_id: $request_id, errors: $violations, more: 1}"),
         "! x-problems: was application/problem+json, is now application/json\n"
         "- x-problems /type: enum: was open, is now one of [\"about:blank\"]\n"
         "- x-problems /detail: is now required\n"
         "- x-problems /detail: enum: was open, is now one of [\"x\"]\n"
         "- x-problems /code: is now required\n"
         "- x-problems /errors: is now required\n"
         "- x-problems /more: is now required\n"
         "- x-problems /more: enum: was open, is now one of [1]"},
        {SAYS("body: {e: $error}, media-type: application/problem+json"),
         SAYS("body: {e: $error}, media-type: Application/Problem+JSON"), ""},
    };

    RUN_ROWS(rows);
}
