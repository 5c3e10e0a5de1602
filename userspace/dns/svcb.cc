#include "dns/svcb.h"

#include <cstddef>

namespace signpost::dns {
namespace {

constexpr std::size_t kPriorityOctets = 2;
constexpr std::size_t kParamFixedOctets = 4;

std::size_t load16(std::string_view octets, std::size_t at) {
  return static_cast<std::size_t>(static_cast<unsigned char>(octets[at])) << 8 |
         static_cast<unsigned char>(octets[at + 1]);
}

// Octets of TargetName, which is not compressed; 0 if it is cut off.
std::size_t target_size(std::string_view rdata) {
  std::size_t at = kPriorityOctets;
  while (at < rdata.size()) {
    const auto label = static_cast<unsigned char>(rdata[at++]);
    if (label == 0) return at - kPriorityOctets;
    at += label;
  }
  return 0;
}

// Where a SvcParam begins; nothing if the key is not there.
std::optional<std::size_t> find_param(std::string_view rdata, std::uint16_t key) {
  std::size_t at = kPriorityOctets + target_size(rdata);
  while (at > kPriorityOctets && at + kParamFixedOctets <= rdata.size()) {
    if (load16(rdata, at) == key) return at;
    at += kParamFixedOctets + load16(rdata, at + 2);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Name> service_target(std::string_view rdata) {
  if (rdata.size() < kPriorityOctets) return std::nullopt;
  auto name = Name::from_wire(rdata.substr(kPriorityOctets, target_size(rdata)));
  return name.ok() ? std::optional(*std::move(name)) : std::nullopt;
}

bool has_service_param(std::string_view rdata, std::uint16_t key) {
  return find_param(rdata, key).has_value();
}

std::string with_service_param(std::string_view rdata, std::uint16_t key, std::string_view value) {
  std::string changed(rdata);
  const auto at = find_param(rdata, key);
  if (!at) return changed;
  std::string param(rdata.substr(*at, 2));
  param += static_cast<char>(value.size() >> 8);
  param += static_cast<char>(value.size());
  param += value;
  return changed.replace(*at, kParamFixedOctets + load16(rdata, *at + 2), param);
}

}  // namespace signpost::dns
