#include "control/reply_labels.h"

#include <map>
#include <tuple>

#include "dns/rcode.h"
#include "dns/rr_type.h"

namespace signpost::control {
namespace {

constexpr std::uint16_t kBadVers = 16;  // of OPT; TSIG has another name for the number (RFC 6895)

std::string rcode_label(std::uint16_t rcode) {
  return rcode == kBadVers ? "BADVERS" : dns::rcode_text(rcode);
}

std::string type_label(std::uint16_t type) {
  const std::string text = dns::to_text(dns::RRType(type));
  return text.starts_with("TYPE") ? "other" : text;
}

}  // namespace

std::vector<LabelledReplies> labelled(const std::vector<server::ReplyCount>& counts) {
  std::map<std::tuple<std::uint16_t, server::ReplyOutcome, std::string>, std::uint64_t> sums;
  for (const server::ReplyCount& count : counts)
    sums[{count.rcode, count.outcome, type_label(count.type)}] += count.replies;
  std::vector<LabelledReplies> all;
  for (const auto& [key, replies] : sums) {
    const auto& [rcode, outcome, type] = key;
    all.push_back({type, rcode_label(rcode), std::string(server::to_text(outcome)), replies});
  }
  return all;
}

}  // namespace signpost::control
