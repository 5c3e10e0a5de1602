#include "tests/unit/server/example_zone.h"

#include <string>
#include <vector>

#include "policy/id_registry.h"
#include "policy/table_compiler.h"
#include "tests/support/config_builder.h"

namespace signpost::testing {
namespace {

using dns::RRType;

constexpr const char* kApex = "example.com.";

model::RecordGroup weighted_group(model::RecordSets sets, model::RingMode mode) {
  model::RecordGroup group;
  group.type = RRType::kA;
  group.ring_mode = mode;
  group.sets = std::move(sets);
  return group;
}

std::string long_name() {
  std::string text;
  for (int i = 0; i < 4; ++i) text += std::string(57, 'a') + ".";
  return text + "example.com.";
}

}  // namespace

model::AnswerTablePtr example_table() {
  BatchBuilder batch;
  batch.zone(kApex, 1)
      .simple(kApex, "ns1.example.com.", RRType::kA, {"192.0.2.53"})
      .simple(kApex, "www.example.com.", RRType::kA, {"192.0.2.1"})
      .simple(kApex, "www.example.com.", RRType::kAaaa, {"2001:db8::1"})
      .simple(kApex, "www.example.com.", RRType::kTxt,
              {"\"a text that is longer than an address\""})
      .simple(kApex, "alias.example.com.", RRType::kCname, {"www.example.com."})
      .simple(kApex, "*.wild.example.com.", RRType::kTxt, {"\"any\""})
      .simple(kApex, "a.deep.example.com.", RRType::kA, {"192.0.2.4"})
      .simple(kApex, "sub.example.com.", RRType::kNs, {"ns.sub.example.com."})
      .simple(kApex, "ns.sub.example.com.", RRType::kA, {"192.0.2.5"})
      .simple(kApex, "dname.example.com.", RRType::kDname, {"target.example.com."})
      .simple(kApex, "x.target.example.com.", RRType::kA, {"192.0.2.6"})
      .simple(kApex, "mx.target.example.com.", RRType::kMx, {"10 x.target.example.com."})
      .simple(kApex, "twice.example.com.", RRType::kDname, {"dname.example.com."})
      .simple(kApex, "out.example.com.", RRType::kDname, {"example.net."})
      .simple(kApex, "far.example.com.", RRType::kDname, {long_name()})
      .simple(kApex, "one.example.com.", RRType::kDname, {"two.example.com."})
      .simple(kApex, "two.example.com.", RRType::kDname, {"one.example.com."})
      .simple(kApex, "self.example.com.", RRType::kDname, {"in.self.example.com."})
      .simple(kApex, "round.example.com.", RRType::kDname, {"target.example.com."})
      .simple(kApex, "back.target.example.com.", RRType::kCname, {"back.round.example.com."})
      .simple(kApex, "again.target.example.com.", RRType::kCname, {"x.round.example.com."})
      .simple(kApex, "to-again.example.com.", RRType::kCname, {"again.round.example.com."})
      .simple(kApex, "to-self.example.com.", RRType::kCname, {"x.self.example.com."})
      .simple(kApex, "to-far.example.com.", RRType::kCname,
              {std::string(20, 'x') + ".far.example.com."})
      .simple(kApex, "signed.example.com.", RRType::kNs, {"ns1.example.com."})
      .simple(kApex, "signed.example.com.", RRType::kDs, {"1 13 2 " + std::string(64, 'A')})
      .simple(kApex, "to-signed.example.com.", RRType::kCname, {"signed.example.com."});
  std::vector<std::string> texts;
  for (int i = 0; i < 10; ++i)
    texts.push_back("\"" + std::string(200, static_cast<char>('a' + i)) + "\"");
  batch.simple(kApex, "big.example.com.", RRType::kTxt, texts)
      .simple(kApex, "middle.example.com.", RRType::kTxt, {texts.begin(), texts.begin() + 4})
      .group(
          kApex, "api.example.com.",
          weighted_group({weighted("heavy", 2, "192.0.2.10"), weighted("light", 1, "192.0.2.20")},
                         model::RingMode::kExact))
      .group(kApex, "sticky.example.com.",
             weighted_group({weighted("left", 1, "192.0.2.30"), weighted("right", 1, "192.0.2.40")},
                            model::RingMode::kSticky))
      .group(kApex, "random.example.com.",
             weighted_group({weighted("left", 1, "192.0.2.30"), weighted("right", 1, "192.0.2.40")},
                            model::RingMode::kRandom));
  policy::IdRegistry ids(1000, 1000);
  policy::TableCompiler compiler(ids);
  return compiler.compile_all(applied({}, batch.batch()), {}).table;
}

}  // namespace signpost::testing
