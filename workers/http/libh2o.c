/* SPDX-License-Identifier: MIT */
#include "workers/http/libh2o.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

struct libh2o libh2o;

/* The library's dynamic section, as libh2o_find() found it. */
static struct {
    ElfW(Addr) base;
    const ElfW(Dyn) * entries;
} dynamic;

/* Returns the segment of the type that contains `inside`, or the first of the type if that is 0. */
static const ElfW(Phdr) *
    find_segment(const struct dl_phdr_info *info, ElfW(Word) type, uintptr_t inside)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + h->p_vaddr;

        if (h->p_type == type && (!inside || (inside >= start && inside < start + h->p_memsz)))
            return h;
    }
    return NULL;
}

static int note_library(struct dl_phdr_info *info, size_t size, void *function)
{
    const ElfW(Phdr) *code = find_segment(info, PT_LOAD, (uintptr_t)function);
    const ElfW(Phdr) *section = code ? find_segment(info, PT_DYNAMIC, 0) : NULL;

    (void)size;
    if (!section)
        return 0;
    libh2o.start = info->dlpi_addr + code->p_vaddr;
    libh2o.end = libh2o.start + code->p_memsz;
    dynamic.base = info->dlpi_addr;
    dynamic.entries = (const ElfW(Dyn) *)(info->dlpi_addr + section->p_vaddr);
    return 1;
}

bool libh2o_find(void)
{
    void *function = dlsym(RTLD_DEFAULT, "h2o_config_init");

    return function && dl_iterate_phdr(note_library, function) == 1;
}

static ElfW(Addr) value_of(ElfW(Sxword) tag)
{
    for (const ElfW(Dyn) *entry = dynamic.entries; entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == tag)
            return entry->d_un.d_ptr;
    return 0;
}

/* Returns the address of a table. The C library has relocated it already on most machines. */
static const void *table_at(ElfW(Sxword) tag)
{
    ElfW(Addr) at = value_of(tag);

    return (const void *)(at && at < dynamic.base ? at + dynamic.base : at);
}

static bool relocates(const ElfW(Rela) * table, size_t bytes, const char *symbol)
{
    const ElfW(Sym) *symbols = table_at(DT_SYMTAB);
    const char *names = table_at(DT_STRTAB);

    for (size_t i = 0; table && i < bytes / sizeof(*table); i++) {
        size_t index = table[i].r_info >> (sizeof(table[i].r_info) == 8 ? 32 : 8);

        if (index && strcmp(names + symbols[index].st_name, symbol) == 0)
            return true;
    }
    return false;
}

bool libh2o_imports(const char *symbol)
{
    return relocates(table_at(DT_JMPREL), value_of(DT_PLTRELSZ), symbol) ||
           relocates(table_at(DT_RELA), value_of(DT_RELASZ), symbol);
}
