import Monitoring
import Store

/// What of the stores cannot be read, as far as the engine has looked.
struct DamageBook {
    /// Records, in the order in which they were found.
    private(set) var records: [DamagedRecord] = []
    /// Alerts that cannot be read: shown, and changed by nobody.
    var alerts: [Alert] = []

    /// Takes up what was found.
    mutating func note(_ found: [DamagedRecord]) {
        for record in found where !records.contains(record) { records.append(record) }
    }

    /// What is known of a table now, in place of what was known.
    mutating func replace(file: String, table: String, with found: [DamagedRecord]) {
        let kept = records.filter { $0.file != file || $0.table != table }
        if kept.count + found.count != records.count || !Set(found).isSubset(of: records) { records = kept + found }
    }

    /// Forgets a row that somebody has replaced or removed.
    mutating func mend(table: String, key: String) { records.removeAll { $0.table == table && $0.key == key } }

    /// What belongs to a deployment.
    func records(of deployment: String) -> [DamagedRecord] { records.filter { $0.deployment == deployment } }

    /// Whether it is not known any more which artefacts and data are still needed: nothing may be tidied away then.
    var hidesReferences: Bool { records.contains { $0.table == "version" || $0.table == "deployment" } }

    /// Why it is not known when values of a deployment were missing, if it is not.
    func hiddenFaults(of deployment: String) -> String? {
        alerts.first { $0.deployment == deployment && $0.kind == .missing }.map {
            "alert \($0.id) cannot be read, so when values were missing is not known"
        }
    }
}

/// What the registry holds of a deployment beside what can be read of it.
struct RegistryLedger {
    /// Why the deployment cannot be served at all: its own row, or what its rows are coded by, cannot be read.
    var failure: DamagedRecord?
    /// Versions that cannot be read, by number.
    var unreadable: [UInt32: DamagedRecord] = [:]
    /// The policy's text where it cannot be read, and why.
    var policy: (text: String, damage: DamagedRecord)?
}
