#include "datapath/id_store.h"

#include <memory>
#include <string>

#include "base/status.h"

namespace signpost::datapath {
namespace {

using policy::IdHolder;
using policy::IdRegistry;

std::uint32_t number_of(IdHolder::Kind kind) {
  return kind == IdHolder::Kind::kRing ? ID_RING : ID_COUNTER;
}

Digest digest_of(const IdHolder& holder, const DigestKey& key) {
  const auto type = static_cast<std::uint16_t>(holder.type);
  std::string octets = holder.owner.folded().key();
  octets += static_cast<char>(type >> 8);
  octets += static_cast<char>(type & 0xff);
  octets += holder.choice;
  return octets_digest_of(octets, key);
}

id_key key_of(const IdHolder& holder, const DigestKey& key) {
  id_key result{};
  const Digest digest = digest_of(holder, key);
  std::copy(digest.begin(), digest.end(), result.digest);
  result.kind = number_of(holder.kind);
  return result;
}

}  // namespace

absl::StatusOr<IdRegistry::Remembered> IdStore::remembered(const DigestKey& key) {
  ASSIGN_OR_RETURN(const auto stored, maps_.ids());
  using KindDigest = std::pair<std::uint32_t, Digest>;
  auto ids = std::make_shared<absl::flat_hash_map<KindDigest, std::uint32_t>>();
  IdRegistry::Remembered remembered;
  found_.clear();
  for (const auto& [at, id] : stored) {
    ids->emplace(KindDigest(at.kind, {at.digest[0], at.digest[1], at.digest[2], at.digest[3]}), id);
    found_.emplace(KindId(at.kind, id), at);
    remembered.ids.emplace_back(
        at.kind == ID_RING ? IdHolder::Kind::kRing : IdHolder::Kind::kCounter, id);
  }
  remembered.id_of = [ids, key](const IdHolder& holder) -> std::optional<std::uint32_t> {
    const auto at = ids->find(KindDigest(number_of(holder.kind), digest_of(holder, key)));
    return at == ids->end() ? std::nullopt : std::optional(at->second);
  };
  return remembered;
}

absl::Status IdStore::store(const DigestKey& key, const IdRegistry::Journal& journal) {
  for (const auto& [holder, id] : journal.released)
    RETURN_IF_ERROR(forget(key_of(holder, key), id));
  for (const auto& [kind, id] : journal.unclaimed) {
    const auto at = found_.find(KindId(number_of(kind), id));
    if (at != found_.end()) RETURN_IF_ERROR(forget(at->second, id));
  }
  for (const auto& [holder, id] : journal.assigned)
    RETURN_IF_ERROR(annotate(maps_.put_id(key_of(holder, key), id), "remembering an id"));
  return absl::OkStatus();
}

absl::Status IdStore::forget(const id_key& key, std::uint32_t id) {
  RETURN_IF_ERROR(annotate(maps_.delete_id(key), "deleting a remembered id"));
  if (key.kind != ID_COUNTER) return absl::OkStatus();
  return annotate(maps_.reset_answer_count(id), "zeroing a counter");
}

}  // namespace signpost::datapath
