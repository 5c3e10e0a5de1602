#include "geo/geo_database.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "geo/mmdb_file.h"
#include "geo/sealed_file.h"

namespace signpost::geo {
namespace {

constexpr const char* kRemedy =
    "; copy the file again from where it came from, or install one with tools/geodata";

absl::Status damaged(const std::string& path, const absl::Status& why) {
  return absl::Status(
      why.code(), absl::StrCat(path, ": cannot be used: ", std::string(why.message()), kRemedy));
}

void append(std::string& list, const std::string& item) {
  absl::StrAppend(&list, list.empty() ? "" : ", ", item);
}

}  // namespace

absl::StatusOr<GeoDatabase> GeoDatabase::open(const std::vector<std::string>& paths) {
  if (paths.empty()) return invalid_argument("no file with geographic data is named");
  GeoDatabase database;
  for (const std::string& path : paths) RETURN_IF_ERROR(database.add(path));
  database.places_.freeze();
  return database;
}

absl::Status GeoDatabase::add(const std::string& path) {
  ASSIGN_OR_RETURN(const SealedFile copy, SealedFile::copy(path));
  const std::size_t known = places_.size();
  auto file = MmdbFile::open(copy, places_);
  if (!file.ok()) return damaged(path, file.status());
  auto ipv4 = file->ipv4();
  if (!ipv4.ok()) return damaged(path, ipv4.status());
  auto ipv6 = file->ipv6();
  if (!ipv6.ok()) return damaged(path, ipv6.status());
  if (places_.size() == known && data_.path.empty())
    return damaged(path, absl::DataLossError("it tells no countries, continents or coordinates"));
  ipv4_ = PlaceTrie::merge(std::move(ipv4_), *std::move(ipv4));
  ipv6_ = PlaceTrie::merge(std::move(ipv6_), *std::move(ipv6));
  append(data_.path, path);
  append(data_.database_type, file->database_type());
  data_.built = data_.built == 0 ? file->built() : std::min(data_.built, file->built());
  return absl::OkStatus();
}

}  // namespace signpost::geo
