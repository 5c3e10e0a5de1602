#include "signpost/commands/geo.h"

#include <charconv>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "signpost/commands/show.h"
#include "signpost/config_reader.h"
#include "signpost/location_output.h"
#include "signpost/pages.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {
namespace {

constexpr std::size_t kFileOctetsMax = std::size_t{256} << 20;
constexpr int kSamplesInPart = 10000;

int show_data(Session& session, Format format, const v1::LocationData& data) {
  if (format != Format::kTable) {
    session.print(format, data);
  } else {
    print_location_data(session, data);
  }
  return kDone;
}

// Reads one line of a CSV file; false if there is nothing in it.
absl::StatusOr<bool> read_sample(const std::string& line, v1::RoundTripSample& out) {
  const std::string text(absl::StripAsciiWhitespace(line));
  if (text.empty() || text.front() == '#') return false;
  std::vector<std::string> fields = absl::StrSplit(text, ',');
  for (std::string& field : fields) field = std::string(absl::StripAsciiWhitespace(field));
  double milliseconds = 0;
  const bool three = fields.size() == 3;
  const char* const end = three ? fields[2].data() + fields[2].size() : nullptr;
  if (!three || std::from_chars(fields[2].data(), end, milliseconds).ptr != end) {
    return invalid_argument("expected prefix,region,milliseconds, got \"", text, "\"");
  }
  out.set_prefix(fields[0]);
  out.set_region(fields[1]);
  out.set_milliseconds(milliseconds);
  return true;
}

absl::StatusOr<std::vector<v1::RoundTripSample>> read_samples(
    const std::vector<std::string>& files) {
  std::vector<v1::RoundTripSample> samples;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(const std::string text, read_file(file, kFileOctetsMax));
    std::istringstream lines(text);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      v1::RoundTripSample sample;
      const absl::StatusOr<bool> read = read_sample(line, sample);
      if (!read.ok()) return annotate(read.status(), absl::StrCat(file, ":", number));
      if (*read) samples.push_back(std::move(sample));
    }
  }
  return samples;
}

}  // namespace

absl::StatusOr<int> geo_status(Session& session, Format format) {
  ASSIGN_OR_RETURN(const v1::LocationData data, session.client.location_data({}));
  return show_data(session, format, data);
}

absl::StatusOr<int> geo_reload(Session& session, Format format) {
  ASSIGN_OR_RETURN(const v1::LocationData data, session.client.reload_location_data({}));
  return show_data(session, format, data);
}

absl::StatusOr<int> geo_locate(Session& session, const LocateArguments& arguments) {
  v1::LocateRequest request;
  request.set_client(arguments.client);
  ASSIGN_OR_RETURN(const v1::ClientLocation location, session.client.locate(request));
  if (arguments.format != Format::kTable) {
    session.print(arguments.format, location);
    return kDone;
  }
  session.out << session.paint(Colour::kBold, location.client()) << "\n";
  print_location(session, location);
  return kDone;
}

absl::StatusOr<int> round_trips_push(Session& session, const std::vector<std::string>& files) {
  ASSIGN_OR_RETURN(std::vector<v1::RoundTripSample> samples, read_samples(files));
  std::size_t at = 0;
  ASSIGN_OR_RETURN(
      const v1::PushRoundTripsResponse response,
      session.client.push_round_trips([&](v1::PushRoundTripsRequest& part) -> absl::StatusOr<bool> {
        while (at < samples.size() && part.samples_size() < kSamplesInPart) {
          part.add_samples()->Swap(&samples[at++]);
        }
        return part.samples_size() > 0;
      }));
  session.out << count_text(response.samples(), "sample")
              << " taken; they count within half a minute\n";
  return kDone;
}

absl::StatusOr<int> round_trips_list(Session& session, Format format) {
  ASSIGN_OR_RETURN(const auto all, all_pages(session.client, &Client::list_round_trips,
                                             v1::ListRoundTripsRequest()));
  Table table(
      {{"PREFIX"}, {"REGION"}, {"MEDIAN", Align::kRight}, {"SAMPLES", Align::kRight}, {"LAST"}});
  for (const auto& item : all.round_trips())
    table.add_row({item.prefix(), item.region(), absl::StrFormat("%.1f ms", item.milliseconds()),
                   absl::StrCat(item.samples()), format_time(item.last())});
  return show(session, format, all, table, "no round trips were measured yet");
}

}  // namespace signpost::cli
