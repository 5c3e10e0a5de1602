#include "tests/support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cctype>
#include <memory>

namespace signpost {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using X509Pointer = std::unique_ptr<X509, decltype(&X509_free)>;
using Text = std::unique_ptr<BIO, decltype(&BIO_free)>;

Text text_of(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

X509Pointer read_certificate(const Certificate& from) {
  return {PEM_read_bio_X509(text_of(from.certificate).get(), nullptr, nullptr, nullptr),
          &X509_free};
}

Key read_key(const Certificate& from) {
  return {PEM_read_bio_PrivateKey(text_of(from.key).get(), nullptr, nullptr, nullptr),
          &EVP_PKEY_free};
}

template <typename Write>
std::string pem(Write write) {
  const Text text(BIO_new(BIO_s_mem()), &BIO_free);
  write(text.get());
  char* octets = nullptr;
  const long size = BIO_get_mem_data(text.get(), &octets);
  return {octets, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()), &X509_EXTENSION_free);
  X509_add_ext(certificate, extension.get(), -1);
}

}  // namespace

Certificate make_certificate(const std::string& name, std::chrono::system_clock::time_point expires,
                             const Certificate* authority) {
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const X509Pointer certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86400);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()),
                std::chrono::system_clock::to_time_t(expires));
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  const X509Pointer signer =
      authority != nullptr ? read_certificate(*authority) : X509Pointer(nullptr, &X509_free);
  X509_set_issuer_name(certificate.get(), signer ? X509_get_subject_name(signer.get()) : subject);
  const bool address = std::isdigit(static_cast<unsigned char>(name.front())) != 0;
  add_extension(certificate.get(), NID_subject_alt_name, (address ? "IP:" : "DNS:") + name);
  if (!signer) add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  const Key signing = authority != nullptr ? read_key(*authority) : Key(nullptr, &EVP_PKEY_free);
  X509_sign(certificate.get(), signing ? signing.get() : key.get(), EVP_sha256());
  return {pem([&](BIO* out) { PEM_write_bio_X509(out, certificate.get()); }), pem([&](BIO* out) {
            PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace signpost
