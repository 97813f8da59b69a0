/*
 * SubjectPublicKeyInfo between its DER and its PEM (RFC 7468), as TUF has
 * ecdsa and rsa keys. Used inside lib/crypto.
 *
 * Strict where it matters: one block with the label PUBLIC KEY, nothing before
 * or after it, base64 without spare bits. Lines may be of any length and end
 * in CR LF, and the last line end may be missing: others write that, and the
 * key id covers the text as it is.
 */
#ifndef LIB_CRYPTO_KEY_PEM_H
#define LIB_CRYPTO_KEY_PEM_H

#include "lib/crypto/key.h"

/* What fits into KEY_PUBLIC_TEXT_MAX. */
#define KEY_DER_MAX 1200

/* How many bytes; 0 when the text is no such PEM. */
size_t key_pem_decode(uint8_t out[KEY_DER_MAX], const char *text);
/* As OpenSSL writes it: lines of 64, and a line end at the end. n is at most
 * 1100. */
void key_pem_encode(char out[KEY_PUBLIC_TEXT_MAX], const uint8_t *der,
                    size_t n);

#endif
