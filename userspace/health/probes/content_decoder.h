// Content codings of HTTP bodies (RFC 9110 section 8.4.1).
#pragma once

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace signpost::health {

// Decodes a body piece by piece: identity, gzip, and deflate with or without the zlib header.
class ContentDecoder {
 public:
  // `coding` is the Content-Encoding field; what it does not know it leaves as it is.
  explicit ContentDecoder(std::string_view coding);

  // Appends what `octets` decode to, until `out` has `limit` octets. False if they are damaged.
  bool decode(std::string_view octets, std::size_t limit, std::string& out);

 private:
  struct End {
    void operator()(z_stream* stream) const;
  };
  bool begin(char first_octet);
  bool inflate_into(std::string_view octets, std::size_t limit, std::string& out);

  enum class Coding { kIdentity, kGzip, kDeflate };
  Coding coding_ = Coding::kIdentity;
  std::unique_ptr<z_stream, End> stream_;
  bool ended_ = false;
};

}  // namespace signpost::health
