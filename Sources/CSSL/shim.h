// The door to OpenSSL's libcrypto. Hashes and ciphers are used by their plain structures: nothing is allocated for a
// record, and a keyed state is copied by assignment. OpenSSL 3 still has them, and warns unless an older interface is
// asked for.
#pragma once
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/aes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
