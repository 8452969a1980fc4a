/* SPDX-License-Identifier: MIT */
#include "server/sockets/listen_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/core/memory.h"

static const char unix_prefix[] = "unix:";

bool address_is_unix(const char *address)
{
    return strncmp(address, unix_prefix, sizeof(unix_prefix) - 1) == 0;
}

const char *address_path(const char *address)
{
    return address + sizeof(unix_prefix) - 1;
}

bool address_resolve(const char *text, struct sockaddr_storage *out, socklen_t *len,
                     struct fault *fault)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    const char *colon = strrchr(text, ':');
    char host[256];
    int rc;

    if (!colon || (size_t)(colon - text) >= sizeof(host))
        return fault_set(fault, "not an address");
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    if (host[0] == '[') {
        memmove(host, host + 1, strlen(host));
        host[strlen(host) - 1] = '\0';
    }
    if (strcmp(host, "*") == 0)
        hints.ai_family = AF_INET6;
    rc = getaddrinfo(strcmp(host, "*") == 0 ? NULL : host, colon + 1, &hints, &found);
    if (rc != 0)
        return fault_set(fault, "%s", gai_strerror(rc));
    memcpy(out, found->ai_addr, found->ai_addrlen);
    *len = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

/* Returns the port of a socket; 0 if it has none. */
static unsigned port_of(int fd)
{
    struct sockaddr_storage have = {0};
    socklen_t len = sizeof(have);

    if (getsockname(fd, (struct sockaddr *)&have, &len) < 0)
        return 0;
    if (have.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)(void *)&have)->sin_port);
    return have.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)(void *)&have)->sin6_port)
                                      : 0;
}

char *address_bound(const char *address, int fd)
{
    const char *colon = strrchr(address, ':');
    unsigned port = address_is_unix(address) ? 0 : port_of(fd);

    return port ? xasprintf("%.*s:%u", (int)(colon - address), address, port) : xstrdup(address);
}
