#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "base/status.h"
#include "signpost/commands/impact.h"
#include "signpost/config_reader.h"
#include "signpost/config_stream.h"
#include "signpost/dns_capture.h"
#include "signpost/error_places.h"
#include "signpost/impact_output.h"
#include "signpost/query_log.h"
#include "signpost/v1/impact.pb.h"

namespace signpost::cli {
namespace {

constexpr std::size_t kLogOctetsMax = std::size_t{1} << 30;
constexpr std::size_t kQueriesPart = 10'000;  // in one message
constexpr std::size_t kQueriesMax = 1'000'000;

// Queries, equal ones counted together.
class QueryCounts {
 public:
  absl::Status add(const CapturedQuery& query, std::uint64_t count) {
    counts_[{query.client, query.name.folded().text(), query.type}] += count;
    if (counts_.size() <= kQueriesMax) return absl::OkStatus();
    return resource_exhausted("there are more than ", kQueriesMax,
                              " different queries; use a part of them");
  }

  bool empty() const { return counts_.empty(); }

  // Moves up to `most` of them into a message.
  void take(std::size_t most, v1::SimulateRequest& part) {
    while (most-- > 0 && !counts_.empty()) {
      const auto query = counts_.extract(counts_.begin());
      v1::SimulatedQueries& line = *part.add_queries();
      line.set_client(std::get<0>(query.key()));
      line.set_name(std::get<1>(query.key()));
      line.set_type(dns::to_text(std::get<2>(query.key())));
      line.set_count(query.mapped());
    }
  }

 private:
  std::map<std::tuple<std::string, std::string, dns::RRType>, std::uint64_t> counts_;
};

bool begins_as_capture(const std::string& path) {
  if (path == "-") return false;
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4> begin{};
  file.read(begin.data(), begin.size());
  return is_capture({begin.data(), static_cast<std::size_t>(file.gcount())});
}

absl::StatusOr<QueryCounts> read_queries(const std::string& path) {
  QueryCounts counts;
  if (begins_as_capture(path)) {
    RETURN_IF_ERROR(
        read_capture(path, [&](const CapturedQuery& query) { return counts.add(query, 1); }));
  } else {
    ASSIGN_OR_RETURN(const std::string text, read_file(path, kLogOctetsMax));
    RETURN_IF_ERROR(read_query_log(
        text, path == "-" ? "<stdin>" : path,
        [&](const CapturedQuery& query, std::uint64_t count) { return counts.add(query, count); }));
  }
  if (counts.empty()) return invalid_argument(path, ": holds no DNS queries");
  return counts;
}

// The messages of one Simulate: the configuration, then the queries.
class SimulateStream {
 public:
  // `parts` is empty where the running configuration is asked for.
  SimulateStream(v1::SimulateOptions options, Client::Parts parts, QueryCounts queries)
      : options_(std::move(options)), parts_(std::move(parts)), queries_(std::move(queries)) {}

  absl::StatusOr<bool> fill(v1::SimulateRequest& part) {
    if (std::exchange(first_, false)) *part.mutable_options() = options_;
    if (parts_) {
      ASSIGN_OR_RETURN(const bool more, parts_(*part.mutable_plan()));
      if (more) return true;
      parts_ = nullptr;
      part.clear_plan();
    }
    queries_.take(kQueriesPart, part);
    return part.queries_size() > 0;
  }

 private:
  const v1::SimulateOptions options_;
  Client::Parts parts_;
  QueryCounts queries_;
  bool first_ = true;
};

}  // namespace

absl::StatusOr<int> simulate(Session& session, const SimulateArguments& arguments) {
  ASSIGN_OR_RETURN(QueryCounts queries, read_queries(arguments.queries));
  v1::SimulateOptions options;
  for (const std::string& check : arguments.down) options.add_down(check);
  LoadedConfig loaded;
  Client::Parts parts;
  if (!arguments.files.empty()) {
    ASSIGN_OR_RETURN(loaded, load_config(arguments.files));
    parts = parts_of(v1::ApplyOptions(), only(loaded.config));
  }
  SimulateStream stream(std::move(options), std::move(parts), std::move(queries));
  const auto simulation =
      session.client.simulate([&](v1::SimulateRequest& part) { return stream.fill(part); });
  if (!simulation.ok()) return with_places(simulation.status(), loaded);
  if (arguments.format == Format::kTable) {
    print_simulation(session, *simulation);
  } else {
    session.print(arguments.format, *simulation);
  }
  return kDone;
}

}  // namespace signpost::cli
