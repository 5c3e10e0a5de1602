// What stands for names in the kernel's tables: keyed digests (bpf/name_digest.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "bpf/abi.h"
#include "dns/name.h"

namespace signpost::datapath {

using DigestKey = digest_key;
using Digest = std::array<std::uint32_t, 4>;

// For hash tables: a digest is as good as random already.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t value;
    static_assert(sizeof(value) <= sizeof(digest));
    std::memcpy(&value, digest.data(), sizeof(value));
    return value;
  }
};

// The digest of a name in any case.
Digest name_digest_of(const dns::Name& name, const DigestKey& key);

// The digest of octets of any number.
Digest octets_digest_of(std::string_view octets, const DigestKey& key);

// The key of page `page` of a name's node.
node_key key_of(const Digest& digest, unsigned page);

}  // namespace signpost::datapath
