/* SPDX-License-Identifier: MIT */
#include "server/process/privileges.h"

#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const unsigned kept[] = {CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER,          CAP_KILL,
                                CAP_SETGID, CAP_SETUID,       CAP_NET_BIND_SERVICE};

void privileges_reduce(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2], mine[2];
    uint64_t mask = 0;

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (unsigned i = 0; i < sizeof(kept) / sizeof(*kept); i++)
        mask |= UINT64_C(1) << kept[i];
    for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
        if (!(mask >> cap & 1))
            prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); /* fails if the process does not have it */
    if (syscall(SYS_capget, &header, mine) < 0)
        return;
    for (int i = 0; i < 2; i++) {
        data[i].permitted = mine[i].permitted & (uint32_t)(mask >> 32 * i);
        data[i].effective = mine[i].effective & (uint32_t)(mask >> 32 * i);
        data[i].inheritable = 0;
    }
    syscall(SYS_capset, &header, data);
}
