/* SPDX-License-Identifier: MIT */
/* Keys for the tests of JOSE. Those of the RFCs are public, and so are the others now. */
#ifndef LEAT_T_JOSE_FIXTURE_H
#define LEAT_T_JOSE_FIXTURE_H

#include <json-c/json.h>

#include "lib/auth/jose/jwt.h"
#include "lib/auth/jose/keyset.h"
#include "lib/core/buf.h"

/* Members of JWKs, in the single quotes that jose_json() expects. */
#define JOSE_OCT "'kty':'oct','k':'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'"
/* RFC 7515, A.1: 64 bytes, for every HMAC */
#define JOSE_OCT64                                                                                 \
    "'kty':'oct','k':'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwj" \
    "AzZr1Z9CAow'"
/* RFC 7515, A.2 */
#define JOSE_RSA_N                                                                                 \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4" \
    "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re" \
    "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX" \
    "FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define JOSE_RSA "'kty':'RSA','n':'" JOSE_RSA_N "','e':'AQAB'"
/* RFC 7515, A.3 */
#define JOSE_EC_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define JOSE_EC_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define JOSE_EC "'kty':'EC','crv':'P-256','x':'" JOSE_EC_X "','y':'" JOSE_EC_Y "'"
#define JOSE_EC_D "'d':'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI'"
#define JOSE_EC384                                                                                 \
    "'kty':'EC','crv':'P-384','x':'uOs1rrAjdGwZwsogFytxFO5SWt5zd_IIL7xm0Wkg5F4TCYhO36e3QpUSwoRav-" \
    "su',"                                                                                         \
    "'y':'tYEkejKxczioGuQDSMY1qyA96wmVncC4jVXXQdKikNolpI1_z0pRrXmu8PvDK500',"                      \
    "'d':'fDQ7E4O7H_heltvlhcg9orIjmRMX2aGj9jnASle6-5y6mBIDDrmSa5Uvams9my6w'"
/* RFC 8037, A.1 */
#define JOSE_ED "'kty':'OKP','crv':'Ed25519','x':'11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'"
#define JOSE_ED_D "'d':'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A'"

/* PKCS#1, 2048 bits, and its public half. */
#define JOSE_PEM_RSA                                                                               \
    "-----BEGIN RSA PRIVATE KEY-----\n"                                                            \
    "MIIEpQIBAAKCAQEAwmd4+EehW5hjjXI+pcEUquBQERqyDbven6tOosWfxKBbNNaS\n"                           \
    "wTpYa5wtiMuIEmYM+3A+wZytdFvBd4+dsgsWrgWN7U7ooXzBX2QDSPwFyG9ya1FR\n"                           \
    "1Crw7gucJGS2cGHvXn4TKm/9lJHFix4tMw2ruspETqrOCj2SwZe6T5xzswb+MjoC\n"                           \
    "x0Ee176bOqzCdabUjajCajQUtFk69OFG1Kuung6Wuii740MB1UQ1jlK7Dyp+PtGI\n"                           \
    "21SPLXLLdtfiLfw84Rk9hiTiohavzYLiuB6wT/JPhTA2lBA1NiNJ72YxfEoFsg32\n"                           \
    "eMtH1B3X+ekPjiQSDyaR4aWToNojjzBCPHox3wIDAQABAoIBABHUgVpYNjBF85+G\n"                           \
    "AmvxH7mlFYLewsToCGehmSFBuevD/17YbUuuqRcZkxg6/qcdWAR5ti/LdHc5xoP2\n"                           \
    "QUg9Tx5f4Qq1FDi3eK7h5+aPmDeFd+Y9kPaXh6h1mnkWCaDuF+ZqmXcTdXEPxkwC\n"                           \
    "VQfxMYvSFbNsuWAOvKvn2XfddBklGpQ059rJqHLRAX6wZ6m3AIeSPiTYZs4ztGRI\n"                           \
    "fC6MgP7NL5CjWcvsLgCNZEbwZsXbDKgUBTtd7Z6nle41qclXxcrWMCo4K1SOT0zq\n"                           \
    "06cgRnHigvQ5GuaJ58Ev2nr/Q2akHufFK1q2I6XwyhXyyBLEl/ZLETEYkD++Z+32\n"                           \
    "dkiJrFkCgYEA6hQ5A9OvTfnDOMxytCAC2wHzX8FR7974GwZNunw7V3yZAxl+qbW6\n"                           \
    "M5Q+r0s0mUfoBsrm+Kw54xloeUkSwKg9l9+fZWVHI5ZgbmnzUx5FWFEPhdIg73z6\n"                           \
    "dUM45DGEjCIqN7aFCqq+ahVhfk0+fbCS9XlgSVtdi84qG3qQN9V/pzcCgYEA1JwX\n"                           \
    "cCdmmwjkoqluSqL0iYDNEgFP3rgge9Hj6qbnDrU+wyE5owVoo7CY21l74mEvxrps\n"                           \
    "VdHMIU9op1pUQtlCvsLFPDQ+l+HIj5o593q7rx0BfN8oq42mIX1ezzbs5NmxoUg6\n"                           \
    "jsea855c8rXvakwog/2g4g2/oRVZJBw3xTjnzpkCgYEAnYmMsbmnExiUPcbDL90X\n"                           \
    "buQKMpi+F2z9l9qPN4HiwkeWB1MCPx+SOKJ96aX4uWx+iQvHlPb8Yo44FOCMIWNZ\n"                           \
    "SLx0313hGd9b+ROPcpI942lyxAKere9z9LWQNWvqJBHeTe6l7X7qdiT7n3BHLXpH\n"                           \
    "/bN5jQVTmQLgreu34gvrRNMCgYEArvfeWhAy4rfI4QyqlYXR1S9IlN67ikDhisTK\n"                           \
    "2puMX5BNHGzFcCHNYZi90xarWzw8A0H8Ugwb//XH3KH74h/GTBMiGk+si3XmhjeY\n"                           \
    "KNC6kHxAczF72OLzq2/vjHxZLGTzSBWXC1W9cWwMdjm/1Czk0urxcdd6suhMuej3\n"                           \
    "BLm2G1ECgYEAqNN0tJifRwgqoWLYjfI3BJVQwWjvdKWMUXy8g0K7jH1HsG/UlLrT\n"                           \
    "S6B/dzQRkpf/Wgc+VfjUI07d2vjpu2q4blevXjen/wAy6Xv0A/LziDespXLtFZzY\n"                           \
    "qUZFxqpfb8A0yXfZpGdoN7C8Z6+EI9C14soYJtp/ePg/6aM3Ox16y40=\n"                                   \
    "-----END RSA PRIVATE KEY-----\n"
#define JOSE_PEM_RSA_PUBLIC                                                                        \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwmd4+EehW5hjjXI+pcEU\n"                           \
    "quBQERqyDbven6tOosWfxKBbNNaSwTpYa5wtiMuIEmYM+3A+wZytdFvBd4+dsgsW\n"                           \
    "rgWN7U7ooXzBX2QDSPwFyG9ya1FR1Crw7gucJGS2cGHvXn4TKm/9lJHFix4tMw2r\n"                           \
    "uspETqrOCj2SwZe6T5xzswb+MjoCx0Ee176bOqzCdabUjajCajQUtFk69OFG1Kuu\n"                           \
    "ng6Wuii740MB1UQ1jlK7Dyp+PtGI21SPLXLLdtfiLfw84Rk9hiTiohavzYLiuB6w\n"                           \
    "T/JPhTA2lBA1NiNJ72YxfEoFsg32eMtH1B3X+ekPjiQSDyaR4aWToNojjzBCPHox\n"                           \
    "3wIDAQAB\n"                                                                                   \
    "-----END PUBLIC KEY-----\n"

/* Parses `text`, with ' for ". */
struct json_object *jose_json(const char *text);
/* Reads a key; fails the test if it is invalid. */
struct jwk *jose_key(const char *text);
/* Returns a set of the one key. */
struct keyset *jose_keys(const char *text);
/* Verifies by the keys alone. */
enum jwt_fault jose_verify(const struct keyset *keys, const char *token, int64_t now_s);
/* Appends the token of the header and the claims, given as text, signed with `key`. */
void jose_token(struct jwk *key, const char *header, const char *claims, struct buf *out);

#endif
