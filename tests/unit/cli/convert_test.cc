// Whole configurations of other servers, converted.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/folder.h"
#include "tests/unit/cli/command_run.h"

namespace signpost::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The lines of `text` that have `word`, from there on.
std::vector<std::string> lines_from(const std::string& text, const std::string& word) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (const std::size_t at = line.find(word); at != std::string::npos)
      found.push_back(line.substr(at));
  return found;
}

// Paths in messages are those that were given: the tests run in the folder of the examples.
class Convert : public testing::Test {
 protected:
  void SetUp() override {
    before_ = fs::current_path();
    fs::current_path(SIGNPOST_CONVERT_EXAMPLES);
  }
  void TearDown() override { fs::current_path(before_); }

  static std::vector<std::string> route53_files() {
    std::vector<std::string> files;
    for (const char* name : {"record-sets", "hosted-zone", "health-checks", "collections",
                             "c8c02a84", "policy", "instances"})
      files.push_back(std::string("route53/") + name + ".json");
    return files;
  }

  static Result convert_route53(std::vector<std::string> files,
                                const std::vector<std::string>& more = {}) {
    files.insert(files.begin(), {"convert", "route53-json"});
    files.insert(files.end(), more.begin(), more.end());
    return run_with(files);
  }

  // Converts a gdnsd folder of one zone with this configuration and these records.
  Result convert_gdnsd(const std::string& config, const std::string& records) const {
    folder_.write("config", config);
    folder_.write("zones/example.com", "@ 60 SOA ns1 host 1 1 1 1 1\n@ 60 NS ns1\n" + records);
    return run_with({"convert", "gdnsd", folder_.path()});
  }

  const Folder folder_;

 private:
  fs::path before_;
};

TEST_F(Convert, GivesAWholeRoute53Account) {
  const Result result = convert_route53(route53_files());
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, read("route53.yaml"));
}

TEST_F(Convert, GivesAWholeGdnsdFolder) {
  const Result result = run_with({"convert", "gdnsd", "gdnsd"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, read("gdnsd.yaml"));
}

TEST_F(Convert, TellsOfAllThatItLeftOutAtItsPlaceAndAsAWarning) {
  for (const Result& result :
       {convert_route53(route53_files()), run_with({"convert", "gdnsd", "gdnsd"})}) {
    const std::vector<std::string> comments = lines_from(result.out, "not converted: ");
    EXPECT_GT(comments.size(), 3u);
    EXPECT_THAT(lines_from(result.err, "not converted: "),
                testing::UnorderedElementsAreArray(comments));
    for (const std::string& line : lines_from(result.err, ""))
      EXPECT_THAT(line, StartsWith("signpost: warning: not converted: "));
  }
}

TEST_F(Convert, ExitsWithThreeIfAllMustBeConvertedAndIsNot) {
  const std::vector<std::string> strict = {"--strict"};
  EXPECT_EQ(convert_route53(route53_files(), strict).code, 3);
  EXPECT_EQ(run_with({"convert", "gdnsd", "gdnsd", "--strict"}).code, 3);
  const std::string zone = folder_.write("z.json", R"({"ResourceRecordSets": [
    {"Name": "example.com.", "Type": "SOA", "TTL": 60, "ResourceRecords": [{"Value": "a. b. 1 1 1 1 1"}]},
    {"Name": "www.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}]})");
  const Result whole = convert_route53({zone}, strict);
  EXPECT_EQ(whole.code, 0) << whole.err;
  EXPECT_EQ(whole.err, "");
}

TEST_F(Convert, WritesAFileForEachZoneAndOneForWhatTheyShare) {
  const std::string to = folder_.path("out");
  const Result result = convert_route53(route53_files(), {"-o", to});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  const std::string shared = read(to + "/shared.yaml");
  EXPECT_THAT(shared, StartsWith("health_checks:\n"));
  EXPECT_THAT(shared, testing::Not(HasSubstr("zones:")));
  EXPECT_THAT(read(to + "/example.com.yaml"), StartsWith("zones:\n  - name: example.com\n"));
  // Both together are what goes to the output.
  const auto count = [](const std::string& text) { return lines_from(text, "").size(); };
  EXPECT_EQ(count(shared) + count(read(to + "/example.com.yaml")),
            count(convert_route53(route53_files()).out));
}

TEST_F(Convert, WritesOverNoFile) {
  const std::string file = folder_.write("out/example.com.yaml", "mine");
  const Result result = convert_route53(route53_files(), {"-o", folder_.path("out")});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("signpost: " + file +
                                    ": is there already; remove it, or give another folder\n"));
  EXPECT_EQ(read(file), "mine");
}

TEST_F(Convert, PutsYourNameServersInThePlaceOfRoute53s) {
  const Result result = convert_route53(
      route53_files(), {"--name-server", "ns1.example.net", "--name-server", "ns2.example.net"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("    name_servers:\n      - ns1.example.net\n"
                                    "      - ns2.example.net\n"));
  EXPECT_THAT(result.out, testing::Not(HasSubstr("awsdns")));
}

TEST_F(Convert, PutsAPrivateZoneIntoAViewThatIsYetToBeDefined) {
  const std::string sets = folder_.write("sets.json", R"({"ResourceRecordSets": [
    {"Name": "www.corp.example.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}]})");
  const std::string zone = folder_.write(
      "zone.json", R"({"HostedZone": {"Name": "corp.example.", "Config": {"PrivateZone": true}}})");
  const Result result = convert_route53({sets, zone});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("zones:\n  - name: 'corp.example@private'\n"));
  EXPECT_THAT(result.err, HasSubstr("PrivateZone: which networks see the zone; define the view "
                                    "private with those of its VPCs\n"));
  const std::string both = folder_.write("both.json", R"({"HostedZones": [
    {"Id": "Z1", "Name": "corp.example.", "Config": {"PrivateZone": true}},
    {"Id": "Z2", "Name": "corp.example."}]})");
  EXPECT_THAT(convert_route53({sets, both}).err,
              HasSubstr(sets + ":1: ResourceRecordSets: there are two zones corp.example. in the "
                               "files; convert them one by one\n"));
}

TEST_F(Convert, NamesFileLineAndPathOfWhatIsWrong) {
  const std::string file = folder_.write("z.json",
                                         "{\"ResourceRecordSets\": [\n"
                                         "  {\"Name\": \"a.example.com.\", \"Type\": \"A\",\n"
                                         "   \"TTL\": \"soon\", \"ResourceRecords\": []}]}");
  const std::string zone =
      folder_.write("zone.json", R"({"HostedZone": {"Id": "Z1", "Name": "example.com."}})");
  EXPECT_EQ(convert_route53({file, zone}).err,
            "signpost: " + file +
                ":3: ResourceRecordSets[0].TTL: must be a whole number from 0 to 2147483647\n");
  EXPECT_EQ(convert_route53({file, zone}).code, 1);
  EXPECT_THAT(convert_route53({file}).err,
              HasSubstr(file + ":1: ResourceRecordSets: no SOA record tells which zone this is"));
}

TEST_F(Convert, SaysWhichCommandGivesWhatIsMissing) {
  const std::vector<std::pair<std::string, std::string>> missing = {
      {"route53/health-checks.json", "aws route53 list-health-checks"},
      {"route53/c8c02a84.json", "aws route53 list-cidr-blocks --collection-id c8c02a84"},
      {"route53/policy.json",
       "aws route53 get-traffic-policy --id bbbbbbbb --traffic-policy-version 2"},
      {"route53/instances.json", "aws route53 list-traffic-policy-instances"}};
  for (const auto& [name, command] : missing) {
    std::vector<std::string> files = route53_files();
    std::erase(files, name);
    const Result result = convert_route53(files);
    EXPECT_EQ(result.code, 1) << name;
    EXPECT_THAT(result.err, HasSubstr("add what `" + command + "` prints")) << name;
  }
}

TEST_F(Convert, RefusesTheFirstPageOfALongerAnswer) {
  const std::string page =
      folder_.write("page.json", "{\"HealthChecks\": [], \"IsTruncated\": true}");
  EXPECT_THAT(convert_route53({page}).err,
              HasSubstr(page + ":1: IsTruncated: this is the first page only"));
  const std::string other = folder_.write("other.json", "{\"Reservations\": []}");
  EXPECT_THAT(convert_route53({other}).err, HasSubstr(other + ":1: nothing here to convert"));
}

TEST_F(Convert, TakesABareDocumentOfATrafficPolicy) {
  const std::string document =
      R"({"AWSPolicyFormatVersion": "2015-10-01", "RecordType": "A", "StartEndpoint": "e", "Endpoints": {}})";
  const Result result = convert_route53({folder_.write("one.json", document)});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("traffic_policies:\n  - id: one\n    version: 1\n"));
}

TEST_F(Convert, FollowsGdnsdsInheritanceOfParameters) {
  const Result result = convert_gdnsd(
      "service_types => { outer => { plugin => tcp_connect, port => 1, up_thresh => 1 }\n"
      "  inner => { plugin => tcp_connect, port => 2, up_thresh => 1 } }\n"
      "plugins => { multifo => { service_types => outer, up_thresh => 0.1\n"
      "  r => { a => 192.0.2.1 }\n"
      "  s => { addrs_v4 => { service_types => inner, a => 192.0.2.2 } } } }\n",
      "r 60 DYNA multifo!r\ns 60 DYNA multifo!s\n");
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("health_check_id: outer-192.0.2.1\n"));
  EXPECT_THAT(result.out, HasSubstr("health_check_id: inner-192.0.2.2\n"));
}

TEST_F(Convert, ReportsErrorsOfGdnsdsLanguageWithTheirPlace) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"options => {\n  listen => [ a\n", ":3: the file ends within an array"},
      {"a => 1\na => 2\n", ":2: a: is there twice"},
      {"plugins {\n}", ":1: \"=>\" must follow plugins"},
      {"plugins => \"x\n", ":2: the file ends within quotation marks"},
      {"plugins => $include{none}\n", ":1: $include{none}: no such file"},
      {"plugins => a\\300b\n", ":1: an escape that is cut off, or above \\255"},
      {"other => {}\n", ":1: other: is unknown; known are options, service_types and plugins"}};
  for (const auto& [config, error] : cases) {
    const Result result = convert_gdnsd(config, "");
    EXPECT_EQ(result.code, 1) << config;
    EXPECT_THAT(result.err, HasSubstr(folder_.path("config") + error)) << config;
  }
}

TEST_F(Convert, ReportsRecordsOfGdnsdThatNothingAnswers) {
  const Result missing = convert_gdnsd("", "\nwww 60 DYNA multifo!none\n");
  EXPECT_THAT(missing.err, HasSubstr(folder_.path("zones/example.com") +
                                     ":4: multifo!none: the configuration has no such resource\n"));
  const std::string names = "plugins => { static => { s => www.example.net. } }";
  EXPECT_THAT(convert_gdnsd(names, "www 60 DYNA static!s\n").err,
              HasSubstr(":3: static!s has no addresses; only DYNC has names\n"));
  EXPECT_THAT(convert_gdnsd(names, "www 60 DYNA static!s extra\n").err,
              HasSubstr(":3: one PLUGIN!RESOURCE must follow"));
}

TEST_F(Convert, FindsResourcesThatReferToThemselves) {
  const Result result = convert_gdnsd(
      "plugins => { metafo => { resources => {\n"
      "  a => { datacenters => [ x ], dcmap => { x => %metafo!b } }\n"
      "  b => { datacenters => [ x ], dcmap => { x => %metafo!a } } } } }\n",
      "www 60 DYNA metafo!a\n");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("refers to itself, or leads through too many resources"));
}

TEST_F(Convert, GivesTargetsOfOtherTtlsNamesOfTheirOwn) {
  const Result result = convert_gdnsd(
      "service_types => { t => { plugin => tcp_connect, port => 1, up_thresh => 1 } }\n"
      "plugins => { multifo => { service_types => t, r => [ 192.0.2.1, 192.0.2.2, 192.0.2.3 ] } }",
      "a 60 DYNA multifo!r\nb 60 DYNA multifo!r\nc 30 DYNA multifo!r\n");
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(lines_from(result.out, "name: multifo-r-up._gdnsd").size(), 5u);
  EXPECT_EQ(lines_from(result.out, "name: multifo-r-up-ttl30._gdnsd").size(), 4u);
}

}  // namespace
}  // namespace signpost::cli
