#include "dns/message_writer.h"

#include <map>
#include <optional>
#include <vector>

#include "dns/rdata.h"
#include "tests/unit/dns/support.h"

namespace signpost::dns {
namespace {

std::string rdata(RRType type, std::string_view text) {
  return parse_rdata(type, text, Name()).value();
}

// Header and question, then what the writer made.
std::string message(const Name& qname, const std::string& octets) {
  return std::string(12, '\0') + std::string(qname.wire()) + std::string(4, '\0') + octets;
}

// A second reader of compressed names, which knows nothing of the writer.
struct Reader {
  const std::string& octets;
  std::size_t at;

  unsigned u8() { return static_cast<unsigned char>(octets.at(at++)); }
  unsigned u16() { return u8() << 8 | u8(); }

  std::string name() {
    std::string wire;
    std::optional<std::size_t> resume;
    while (true) {
      const std::size_t here = at;
      const unsigned length = u8();
      if (length >= 0xc0) {
        const std::size_t target = (length & 0x3f) << 8 | u8();
        EXPECT_LT(target, here) << "a pointer must lead back";
        if (!resume) resume = at;
        at = target;
        continue;
      }
      EXPECT_LE(length, 63u);
      wire += octets.at(here);
      if (length == 0) break;
      wire += octets.substr(at, length);
      at += length;
    }
    if (resume) at = *resume;
    return wire;
  }
};

struct Sample {
  std::optional<Name> owner;
  RRType type;
  std::uint32_t ttl;
  std::string rdata;
};

// RDATA with its names expanded again, for the types whose names may be compressed.
std::string read_rdata(Reader& reader, RRType type, std::size_t size) {
  const std::map<RRType, std::pair<std::size_t, int>> names = {{RRType::kNs, {0, 1}},
                                                               {RRType::kCname, {0, 1}},
                                                               {RRType::kPtr, {0, 1}},
                                                               {RRType::kSoa, {0, 2}},
                                                               {RRType::kMx, {2, 1}}};
  const std::size_t end = reader.at + size;
  std::string wire;
  if (const auto found = names.find(type); found != names.end()) {
    wire = reader.octets.substr(reader.at, found->second.first);
    reader.at += found->second.first;
    for (int i = 0; i < found->second.second; ++i) wire += reader.name();
  }
  wire += reader.octets.substr(reader.at, end - reader.at);
  reader.at = end;
  return wire;
}

TEST(RecordWriter, PointsToTheQuestionAndToEarlierNames) {
  const Name qname = name("www.example.com.");
  RecordWriter writer(qname, Compression::kFull);
  writer.add(std::nullopt, RRType::kCname, 60, rdata(RRType::kCname, "cdn.EXAMPLE.com."));
  writer.add(name("CDN.example.com."), RRType::kA, 60, rdata(RRType::kA, "192.0.2.1"));
  // The question ends at 33; "cdn" of the first RDATA is at 33 + 12 = 45 = 0x2d.
  EXPECT_EQ(to_hex(writer.octets()),
            "c00c"
            "0005"
            "0001"
            "0000003c"
            "0006"
            "0363646e"
            "c010"
            "c02d"
            "0001"
            "0001"
            "0000003c"
            "0004"
            "c0000201");
  EXPECT_EQ(writer.record_count(), 2u);
}

TEST(RecordWriter, CompressesBothNamesOfASoa) {
  RecordWriter writer(name("x.example.com."), Compression::kFull);
  writer.add(name("example.com."), RRType::kSoa, 1,
             rdata(RRType::kSoa, "ns1.example.com. host.ns1.example.com. 1 2 3 4 5"));
  EXPECT_EQ(to_hex(writer.octets()),
            "c00e"
            "0006"
            "0001"
            "00000001"
            "0021"
            "036e7331c00e"
            "04686f7374c02b"
            "0000000100000002000000030000000400000005");
}

TEST(RecordWriter, LeavesNamesOfLaterTypesUncompressed) {
  const Name qname = name("example.com.");
  for (const auto& [type, text] :
       std::map<RRType, std::string>{{RRType::kSrv, "1 2 3 example.com."},
                                     {RRType::kDname, "example.com."},
                                     {RRType::kHttps, "1 example.com."},
                                     {RRType::kTxt, "example.com."}}) {
    RecordWriter writer(qname, Compression::kFull);
    writer.add(std::nullopt, type, 1, rdata(type, text));
    EXPECT_EQ(to_hex(writer.octets().substr(12)), to_hex(rdata(type, text))) << to_text(type);
  }
}

TEST(RecordWriter, PointsToNothingButQnameForOctetsOfManyQuestions) {
  const Name qname = name("a.example.com.");
  RecordWriter writer(qname, Compression::kQnameOnly);
  writer.add(std::nullopt, RRType::kMx, 60, rdata(RRType::kMx, "10 a.example.com."));
  writer.add(qname, RRType::kNs, 60, rdata(RRType::kNs, "a.example.com."));
  RecordWriter other(name("b.example.net."), Compression::kQnameOnly);
  other.add(std::nullopt, RRType::kMx, 60, rdata(RRType::kMx, "10 a.example.com."));
  other.add(qname, RRType::kNs, 60, rdata(RRType::kNs, "a.example.com."));
  EXPECT_EQ(to_hex(writer.octets()),
            "c00c"
            "000f"
            "0001"
            "0000003c"
            "0011"
            "000a"
            "0161076578616d706c6503636f6d00"
            "0161076578616d706c6503636f6d00"
            "0002"
            "0001"
            "0000003c"
            "000f"
            "0161076578616d706c6503636f6d00");
  EXPECT_EQ(writer.octets(), other.octets());
}

TEST(RecordWriter, WritesNoPointerBeyondItsReach) {
  const Name qname = name("q.");
  RecordWriter writer(qname, Compression::kFull);
  const std::string filler = "\\# 16384 " + std::string(32768, '0');
  writer.add(std::nullopt, RRType{65280}, 1, parse_rdata(RRType{65280}, filler, Name()).value());
  const std::size_t before = writer.octets().size();
  for (int i = 0; i < 2; ++i)
    writer.add(name("late."), RRType::kA, 1, rdata(RRType::kA, "192.0.2.1"));
  EXPECT_EQ(writer.octets().size() - before, 2 * (6 + 10 + 4u));
  writer.add(name("q."), RRType::kA, 1, rdata(RRType::kA, "192.0.2.1"));
  EXPECT_EQ(writer.octets().size() - before, 2 * (6 + 10 + 4u) + 2 + 10 + 4);
}

TEST(RecordWriter, CopiesMalformedRdataAsItIs) {
  RecordWriter writer(name("example.com."), Compression::kFull);
  for (const char* wire : {"c00c", "0161", "", "07"}) {
    const std::size_t before = writer.octets().size();
    writer.add(std::nullopt, RRType::kMx, 1, from_hex(wire));
    writer.add(std::nullopt, RRType::kSoa, 1, from_hex(wire));
    EXPECT_EQ(writer.octets().size() - before, 2 * (12 + from_hex(wire).size()));
  }
}

std::vector<Sample> random_samples(std::mt19937_64& random) {
  const std::vector<RRType> types = {RRType::kA,   RRType::kNs,  RRType::kCname,
                                     RRType::kSoa, RRType::kMx,  RRType::kSrv,
                                     RRType::kTxt, RRType::kPtr, RRType::kDname};
  std::vector<Sample> samples;
  for (auto count = 1 + random() % 12; count > 0; --count) {
    Sample sample{
        std::nullopt, types[random() % types.size()], static_cast<std::uint32_t>(random()), {}};
    if (random() % 3 != 0) sample.owner = random_name(random);
    const std::string target(random_name(random).wire());
    if (sample.type == RRType::kSoa)
      sample.rdata = target + std::string(random_name(random).wire()) + std::string(20, 's');
    else if (sample.type == RRType::kMx)
      sample.rdata = std::string(2, 'm') + target;
    else if (sample.type == RRType::kSrv)
      sample.rdata = std::string(6, 's') + target;
    else if (sample.type == RRType::kTxt)
      sample.rdata = "\x04text";
    else if (sample.type == RRType::kA)
      sample.rdata = std::string(4, 'a');
    else
      sample.rdata = target;
    samples.push_back(sample);
  }
  return samples;
}

TEST(RecordWriter, IsReadBackByAnotherReader) {
  auto random = seeded_generator();
  for (int round = 0; round < 3'000; ++round) {
    const Name qname = random_name(random);
    const auto compression = random() % 3 == 0 ? Compression::kQnameOnly : Compression::kFull;
    RecordWriter writer(qname, compression);
    const std::vector<Sample> samples = random_samples(random);
    std::size_t uncompressed = 0;
    for (const Sample& sample : samples) {
      writer.add(sample.owner, sample.type, sample.ttl, sample.rdata);
      uncompressed += (sample.owner ? sample.owner->wire().size() : 2) + 10 + sample.rdata.size();
    }
    const std::string octets = message(qname, writer.octets());
    Reader reader{octets, 12 + qname.wire().size() + 4};
    for (const Sample& sample : samples) {
      ASSERT_EQ(Name::from_wire(reader.name()).value(), sample.owner.value_or(qname));
      ASSERT_EQ(reader.u16(), static_cast<unsigned>(sample.type));
      ASSERT_EQ(reader.u16(), 1u);
      ASSERT_EQ((std::uint64_t{reader.u16()} << 16) + reader.u16(), sample.ttl);
      const std::size_t size = reader.u16();
      std::string read = read_rdata(reader, sample.type, size);
      std::string expected = sample.rdata;
      fold_names_in_rdata(sample.type, read);
      fold_names_in_rdata(sample.type, expected);
      ASSERT_EQ(to_hex(read), to_hex(expected)) << to_text(sample.type);
    }
    ASSERT_EQ(reader.at, octets.size());
    ASSERT_EQ(writer.record_count(), samples.size());
    if (compression == Compression::kQnameOnly) {
      ASSERT_EQ(writer.octets().size(), uncompressed);
    }
  }
}

}  // namespace
}  // namespace signpost::dns
