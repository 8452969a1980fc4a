/* SPDX-License-Identifier: MIT */
#include "lib/auth/jose/keyfile.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/auth/jose/keyset.h"
#include "lib/core/system/file.h"

enum { FILE_MAX = 1 << 20, SET_MAX = 64 };

static char folder[] = "/tmp/leat-unit-keyfile-XXXXXX", path[64];

static void set_up(void)
{
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/a.keys", folder);
}

static int count_files(void)
{
    DIR *dir = opendir(folder);
    int count = 0;

    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2;
}

static void tear_down(void)
{
    unlink(path);
    cr_expect(count_files() == 0, "nothing is left beside it");
    rmdir(folder);
}

TestSuite(keyfile, .init = set_up, .fini = tear_down);

static struct keyset *read_set(void)
{
    struct buf text = {0};
    struct keyset *set;
    struct fault fault = {0};

    cr_assert(file_read(path, FILE_MAX, &text));
    cr_assert(keyset_read(buf_slice(&text), SET_MAX, &set, &fault), "%s", fault.text);
    buf_fini(&text);
    return set;
}

static char *first_kid(void)
{
    struct keyset *set = read_set();
    char *kid = strdup(jwk_kid(keyset_at(set, 0)));

    keyset_free(&set);
    return kid;
}

Test(keyfile, is_made_once_and_for_nobody_else)
{
    struct stat st;
    struct keyset *set;
    struct fault fault = {0};
    char *kid, *again;

    cr_assert(keyfile_ensure(path, JOSE_EdDSA, &fault), "%s", fault.text);
    cr_expect(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
    set = read_set();
    cr_expect(keyset_count(set) == 1 && jwk_can_sign(keyset_at(set, 0)) &&
              jwk_alg(keyset_at(set, 0)) == JOSE_EdDSA);
    keyset_free(&set);
    kid = first_kid();
    cr_expect(keyfile_ensure(path, JOSE_ES256, &fault));
    again = first_kid();
    cr_expect_str_eq(kid, again);
    free(kid);
    free(again);
}

Test(keyfile, rotation_keeps_the_newest_few)
{
    static const enum jose_alg algs[] = {JOSE_ES256, JOSE_HS256, JOSE_RS256, JOSE_EdDSA};
    struct fault fault = {0};
    char *before = NULL;
    struct stat st;

    cr_assert(keyfile_ensure(path, JOSE_EdDSA, &fault));
    chmod(path, 0644);
    for (size_t i = 0; i < sizeof(algs) / sizeof(*algs); i++) {
        struct keyset *set;

        free(before);
        before = first_kid();
        cr_assert(keyfile_rotate(path, algs[i], &fault), "%s", fault.text);
        set = read_set();
        cr_expect(keyset_count(set) == (i < 2 ? i + 2 : 3));
        cr_expect(jwk_alg(keyset_at(set, 0)) == algs[i], "the new one is the first");
        cr_expect_str_eq(jwk_kid(keyset_at(set, 1)), before);
        keyset_free(&set);
        cr_expect(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
    }
    free(before);
}

Test(keyfile, what_is_no_key_file_stays)
{
    static const char *const texts[] = {"", "x", "{}", "{\"keys\":1}", "{\"keys\":[]", "[]"};
    struct fault fault = {0};

    cr_expect(!keyfile_rotate(path, JOSE_EdDSA, &fault) && strstr(fault.text, path), "%s",
              fault.text);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        FILE *file = fopen(path, "w");
        struct buf text = {0};

        fputs(texts[i], file);
        fclose(file);
        fault_clear(&fault);
        cr_expect(!keyfile_rotate(path, JOSE_EdDSA, &fault) && fault_is_set(&fault), "%s",
                  texts[i]);
        cr_assert(file_read(path, FILE_MAX, &text));
        cr_expect(slice_is(buf_slice(&text), texts[i]), "%s", texts[i]);
        buf_fini(&text);
    }
}

Test(keyfile, a_folder_that_is_none_is_told)
{
    struct fault fault = {0};

    cr_expect(!keyfile_ensure("/proc/nothing/a.keys", JOSE_EdDSA, &fault));
    cr_expect(fault_is_set(&fault) && strstr(fault.text, "/proc/nothing/a.keys"), "%s", fault.text);
}

/* Runs all processes at once; returns how many failed. */
static int race(int processes,
                bool (*make)(const char *path_, enum jose_alg alg, struct fault *fault))
{
    int gate[2], failed = 0, status;
    struct fault fault = {0};
    char byte;

    cr_assert(pipe(gate) == 0);
    for (int i = 0; i < processes; i++)
        if (fork() == 0) {
            close(gate[1]);
            if (read(gate[0], &byte, 1) < 0)
                _exit(2);
            _exit(make(path, JOSE_EdDSA, &fault) ? 0 : 1);
        }
    close(gate[0]);
    close(gate[1]); /* opens the gate */
    while (wait(&status) > 0)
        failed += status != 0;
    return failed;
}

Test(keyfile, many_at_once_make_one)
{
    struct keyset *set;

    cr_expect(race(8, keyfile_ensure) == 0);
    set = read_set();
    cr_expect(keyset_count(set) == 1);
    keyset_free(&set);
}

Test(keyfile, of_two_rotations_at_once_none_is_lost)
{
    struct fault fault = {0};
    struct keyset *set;

    cr_assert(keyfile_ensure(path, JOSE_EdDSA, &fault));
    cr_expect(race(2, keyfile_rotate) == 0);
    set = read_set();
    cr_expect(keyset_count(set) == 3, "%zu", keyset_count(set));
    keyset_free(&set);
    cr_expect(race(8, keyfile_rotate) == 0, "and of many the file is whole");
    set = read_set();
    cr_expect(keyset_count(set) == 3);
    keyset_free(&set);
}
