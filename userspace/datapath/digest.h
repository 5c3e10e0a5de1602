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

// The digest of a name in any case, the same in all name spaces.
Digest name_digest_of(const dns::Name& name, const DigestKey& key);

// The digest of octets of any number.
Digest octets_digest_of(std::string_view octets, const DigestKey& key);

// The key of the first page of a name's node, which stands for the name; the name in any case.
node_key key_of(const dns::Name& name, const DigestKey& key);

// The key of another page of the same node.
node_key page_key(node_key first, unsigned page);

// Node keys in hash tables and in order.
struct NodeKeyHash {
  std::size_t operator()(const node_key& key) const {
    std::size_t value;
    static_assert(sizeof(value) <= sizeof(key.digest));
    std::memcpy(&value, key.digest, sizeof(value));
    return value;
  }
};
struct NodeKeyEqual {
  bool operator()(const node_key& a, const node_key& b) const {
    return std::memcmp(&a, &b, sizeof(a)) == 0;
  }
};

}  // namespace signpost::datapath
