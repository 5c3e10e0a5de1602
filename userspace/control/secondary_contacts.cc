#include "control/secondary_contacts.h"

#include "base/status.h"

namespace signpost::control {

absl::Status create_secondary_contacts(Database& database) {
  return database.execute(
      "CREATE TABLE IF NOT EXISTS secondary_contacts (apex BLOB PRIMARY KEY, "
      "time INTEGER NOT NULL) WITHOUT ROWID");
}

absl::StatusOr<std::map<dns::Name, std::int64_t>> read_secondary_contacts(Database& database) {
  ASSIGN_OR_RETURN(Statement rows, database.prepare("SELECT apex, time FROM secondary_contacts"));
  std::map<dns::Name, std::int64_t> contacts;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) return contacts;
    ASSIGN_OR_RETURN(const dns::Name apex, dns::Name::from_wire(rows.octets(0)));
    contacts[apex] = rows.integer(1);
  }
}

absl::Status write_secondary_contact(Database& database, const dns::Name& apex, std::int64_t time) {
  ASSIGN_OR_RETURN(Statement put, database.prepare("INSERT OR REPLACE INTO secondary_contacts "
                                                   "(apex, time) VALUES (?, ?)"));
  return put.bind_blob(1, apex.wire()).bind(2, time).run();
}

absl::Status forget_secondary_contact(Database& database, const dns::Name& apex) {
  ASSIGN_OR_RETURN(Statement remove,
                   database.prepare("DELETE FROM secondary_contacts WHERE apex = ?"));
  return remove.bind_blob(1, apex.wire()).run();
}

}  // namespace signpost::control
