/* SPDX-License-Identifier: MIT */
#include "workers/http/h2o_library.h"

#include <dlfcn.h>
#include <link.h>

struct library library;

static int find_segment(struct dl_phdr_info *info, size_t size, void *arg)
{
    uintptr_t inside = (uintptr_t)arg;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + h->p_vaddr;

        if (h->p_type == PT_LOAD && h->p_flags & PF_X && inside >= start &&
            inside < start + h->p_memsz) {
            library = (struct library){start, start + h->p_memsz};
            return 1;
        }
    }
    return 0;
}

bool h2o_library_find(void)
{
    return dl_iterate_phdr(find_segment, dlsym(RTLD_DEFAULT, "h2o_evloop_run")) == 1;
}
