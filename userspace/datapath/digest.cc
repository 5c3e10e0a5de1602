#include "datapath/digest.h"

#include <algorithm>

#include "bpf/dns_name.h"
#include "bpf/name_digest.h"

namespace signpost::datapath {
namespace {

constexpr std::size_t kRoom = DIGEST_OCTETS_MAX;

}  // namespace

Digest name_digest_of(const dns::Name& name, const DigestKey& key) {
  alignas(8) std::array<std::uint8_t, kRoom> wire{};
  alignas(8) std::array<std::uint8_t, kRoom> folded;
  const std::string_view octets = name.wire();
  std::copy(octets.begin(), octets.end(), wire.begin());
  const auto length = static_cast<std::uint32_t>(octets.size());
  name_fold(wire.data(), length, folded.data());
  Digest digest;
  name_digest(folded.data(), length, &key, digest.data());
  return digest;
}

// A chain: each link digests the one before and the next part, as one call takes no more than a
// name's octets.
Digest octets_digest_of(std::string_view octets, const DigestKey& key) {
  Digest digest{};
  do {
    alignas(8) std::array<std::uint8_t, kRoom> link{};
    std::memcpy(link.data(), digest.data(), sizeof(digest));
    const std::size_t part = std::min(octets.size(), kRoom - 8 - sizeof(digest));
    std::copy_n(octets.begin(), part, link.begin() + sizeof(digest));
    name_digest(link.data(), static_cast<std::uint32_t>(sizeof(digest) + part), &key,
                digest.data());
    octets.remove_prefix(part);
  } while (!octets.empty());
  return digest;
}

node_key key_of(const dns::Name& name, const DigestKey& key) {
  node_key first{};
  const Digest digest = name_digest_of(name, key);
  std::copy(digest.begin(), digest.end(), first.digest);
  first.view = name.name_space().number();
  return first;
}

node_key page_key(node_key first, unsigned page) {
  first.page = static_cast<std::uint16_t>(page);
  return first;
}

}  // namespace signpost::datapath
