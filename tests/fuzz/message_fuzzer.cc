// Messages of others: reading them ends, gives valid RDATA only, and what a resolver is believed to
// have said obeys the rules that it is read by.
#include "dns/message_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dns/rdata.h"
#include "upstream/reply.h"

namespace {

using signpost::dns::MessageHead;
using signpost::dns::MessageRecord;
using signpost::upstream::Query;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_records(std::string_view message, const MessageHead& head) {
  const auto records = signpost::dns::read_message_records(message, head);
  if (!records.ok()) return;
  require(records->answers.size() == head.answers);
  require(records->authorities.size() == head.authorities);
  require(records->additionals.size() == head.additionals);
  for (const auto* section : {&records->answers, &records->authorities, &records->additionals}) {
    for (const MessageRecord& record : *section) {
      require(record.rclass != signpost::dns::kClassIn ||
              signpost::dns::check_rdata(record.type, record.rdata).ok());
    }
  }
}

void check_reply(std::string_view message, const MessageHead& head) {
  const Query query{head.id, head.question.name, head.question.type, {}};
  const auto found = signpost::upstream::read_reply(message, head, query);
  if (!found.ok()) return;
  require(found->ttl <= 0x7fffffff && found->rdata.size() <= 400);
  require(std::is_sorted(found->rdata.begin(), found->rdata.end()));
  for (const std::string& rdata : found->rdata)
    require(signpost::dns::check_rdata(query.type, rdata).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 65'535) return 0;
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const auto head = signpost::dns::read_message_head(message);
  if (!head.ok()) return 0;
  require(head->end <= size);
  check_records(message, *head);
  check_reply(message, *head);
  return 0;
}
