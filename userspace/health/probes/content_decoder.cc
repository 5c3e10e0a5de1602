#include "health/probes/content_decoder.h"

#include <algorithm>
#include <array>

namespace signpost::health {
namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr int kZlibWindow = 15;
constexpr int kRawWindow = -15;
// The first octet of a zlib header: method 8, a window of at most 32 KiB (RFC 1950 section 2.2).
constexpr unsigned kZlibMethodMask = 0x8f;
constexpr unsigned kZlibMethod = 0x08;

}  // namespace

void ContentDecoder::End::operator()(z_stream* stream) const {
  inflateEnd(stream);
  delete stream;
}

ContentDecoder::ContentDecoder(std::string_view coding) {
  std::string folded(coding);
  std::transform(folded.begin(), folded.end(), folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (folded == "gzip" || folded == "x-gzip") coding_ = Coding::kGzip;
  if (folded == "deflate") coding_ = Coding::kDeflate;
}

bool ContentDecoder::begin(char first_octet) {
  auto stream = std::make_unique<z_stream>();
  const bool zlib = (static_cast<unsigned char>(first_octet) & kZlibMethodMask) == kZlibMethod;
  const int window = coding_ == Coding::kGzip ? kGzipWindow : zlib ? kZlibWindow : kRawWindow;
  if (inflateInit2(stream.get(), window) != Z_OK) return false;
  stream_.reset(stream.release());
  return true;
}

bool ContentDecoder::decode(std::string_view octets, std::size_t limit, std::string& out) {
  if (coding_ == Coding::kIdentity) {
    out.append(octets.substr(0, limit - std::min(limit, out.size())));
    return true;
  }
  if (octets.empty() || ended_) return true;
  if (stream_ == nullptr && !begin(octets.front())) return false;
  return inflate_into(octets, limit, out);
}

bool ContentDecoder::inflate_into(std::string_view octets, std::size_t limit, std::string& out) {
  std::array<char, 4096> piece;
  // zlib does not write to its input, but its type says so.
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(octets.data()));
  stream_->avail_in = static_cast<uInt>(octets.size());
  while (out.size() < limit) {
    const std::size_t room = std::min(piece.size(), limit - out.size());
    stream_->next_out = reinterpret_cast<Bytef*>(piece.data());
    stream_->avail_out = static_cast<uInt>(room);
    const int result = inflate(stream_.get(), Z_SYNC_FLUSH);
    out.append(piece.data(), room - stream_->avail_out);
    ended_ = result == Z_STREAM_END;
    if (ended_ || result == Z_BUF_ERROR) return true;
    if (result != Z_OK) return false;
  }
  return true;
}

}  // namespace signpost::health
