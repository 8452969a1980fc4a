/* SPDX-License-Identifier: MIT */
#include "lib/conf/release.h"

#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/system/memfd.h"

static struct json_object *read_back(const char *text, bool is_sealed, struct fault *fault)
{
    int fd = memfd_new("unit");
    struct json_object *release;

    fault_clear(fault);
    cr_assert(memfd_write(fd, text, strlen(text)));
    if (is_sealed)
        cr_assert(memfd_seal(fd));
    release = release_read(fd, RELEASE_WHOLE, fault);
    cr_expect(!release == fault_is_set(fault), "%s", text);
    close(fd);
    return release;
}

Test(release, comes_back_as_it_went)
{
    struct json_object *release =
        json_tokener_parse("{\"format\":1,\"config\":{\"a\":0.1,\"b\":[null,true,\"\\u00e4\\n\"]},"
                           "\"n\":-9223372036854775808}");
    struct json_object *back;
    struct fault fault = {0};
    int fd = memfd_new("unit");

    cr_assert(release && release_write(fd, release));
    cr_expect(!memfd_is_sealed(fd));
    cr_assert(memfd_seal(fd));
    back = release_read(fd, RELEASE_WHOLE, &fault);
    cr_assert(back, "%s", fault.text);
    cr_expect(json_object_equal(release, back));
    json_object_put(back);
    back = release_read(fd, RELEASE_WHOLE, &fault);
    cr_expect(back != NULL, "it can be read as often as one likes");
    json_object_put(back);
    json_object_put(release);
    close(fd);
}

Test(release, refuses_what_is_none)
{
    static const struct {
        const char *text;
        bool is_sealed;
    } rows[] = {{"{\"format\":1}", false},
                {"", true},
                {"{", true},
                {"{\"format\":2}", true},
                {"{\"format\":null}", true},
                {"{}", true},
                {"[1]", true},
                {"null", true},
                {"{\"format\":1}x", true},
                {"{\"format\":1,\"format\":1}", true},
                {"1", true}};
    struct fault fault = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *release = read_back(rows[i].text, rows[i].is_sealed, &fault);

        cr_expect(!release && fault_is_set(&fault), "%s", rows[i].text);
        json_object_put(release);
    }
    cr_expect(!release_read(-1, RELEASE_WHOLE, &fault) && fault_is_set(&fault));
    cr_expect(!release_write(-1, NULL));
}

/* Only the members at the given places are left out; the same names elsewhere are something
 * else. */
Test(release, has_extents)
{
    static const char text[] =
        "{\"format\":1,\"config\":{\"documents\":[7]},\"migrations\":[\"a\"],"
        "\"documents\":[{\"schemas\":{\"operations\":[1]},\"operations\":[{\"id\":\"]\"}]}]}";
    static const struct {
        enum release_extent extent;
        const char *want;
    } rows[] = {
        {RELEASE_HEAD, "{\"format\":1,\"config\":{\"documents\":[7]},\"migrations\":[52,5],"
                       "\"documents\":[70,58]}"},
        {RELEASE_RECORDS,
         "{\"format\":1,\"config\":{\"documents\":[7]},\"migrations\":[\"a\"],"
         "\"documents\":[{\"schemas\":{\"operations\":[1]},\"operations\":[114,12]}]}"},
        {RELEASE_WHOLE, text},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int fd = memfd_new("unit");
        struct json_object *release;
        struct fault fault = {0};

        cr_assert(memfd_write(fd, text, strlen(text)) && memfd_seal(fd));
        release = release_read(fd, rows[i].extent, &fault);
        cr_expect_str_eq(json_object_to_json_string_ext(release, JSON_C_TO_STRING_PLAIN),
                         rows[i].want);
        json_object_put(release);
        close(fd);
    }
}
