/// A key and a certificate for a TLS server of a test, made anew each time.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

namespace stormproof::e2e {

class SelfSigned {
 public:
  SelfSigned();
  X509* certificate() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

}  // namespace stormproof::e2e
