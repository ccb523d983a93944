import GRDB

extension TelemetryStore {
    /// The tables of `telemetry.db` as they came about; what stands here is never changed, only added to.
    static var migrator: StoreMigrator {
        var migrator = StoreMigrator()
        migrator.registerMigration("1 traffic and series") { database in
            try database.execute(
                sql: """
                    CREATE TABLE block (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, deployment TEXT NOT NULL, first_time INTEGER NOT NULL, last_time INTEGER NOT NULL,
                        rows INTEGER NOT NULL, first_base INTEGER NOT NULL, last_base INTEGER NOT NULL, bytes BLOB NOT NULL);
                    CREATE INDEX block_time ON block (deployment, first_time);
                    CREATE INDEX block_base ON block (deployment, first_base);
                    CREATE TABLE client (
                        deployment TEXT NOT NULL, client_id TEXT NOT NULL, base INTEGER NOT NULL, row INTEGER NOT NULL, block INTEGER NOT NULL,
                        PRIMARY KEY (deployment, client_id)) WITHOUT ROWID;
                    CREATE INDEX client_block ON client (block);
                    CREATE TABLE category (
                        deployment TEXT NOT NULL, code INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (deployment, code)) WITHOUT ROWID;
                    CREATE TABLE series (
                        deployment TEXT NOT NULL, metric TEXT NOT NULL, resolution TEXT NOT NULL, time INTEGER NOT NULL, mean REAL NOT NULL,
                        low REAL NOT NULL, high REAL NOT NULL, n REAL NOT NULL, PRIMARY KEY (deployment, metric, resolution, time)) WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("2 blocks by their end") { database in
            try database.execute(
                sql: """
                    CREATE INDEX block_end ON block (deployment, last_time, first_time);
                    CREATE INDEX block_age ON block (last_time);
                    """)
        }
        // A deployment had one dictionary for all its columns: `category` keeps what rows of that time may have, and nothing is added to it.
        // Blocks had their ids among their bytes: those blocks have none in `ids`.
        migrator.registerMigration("3 categories by column, ids by themselves, series by age") { database in
            try database.execute(
                sql: """
                    CREATE TABLE column_category (
                        deployment TEXT NOT NULL, feature TEXT NOT NULL, code INTEGER NOT NULL, text TEXT NOT NULL, pinned INTEGER NOT NULL,
                        seen INTEGER NOT NULL, PRIMARY KEY (deployment, feature, code)) WITHOUT ROWID;
                    ALTER TABLE category ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
                    UPDATE category SET seen =
                        (SELECT COALESCE(MAX(last_time), 0) FROM block WHERE block.deployment = category.deployment);
                    ALTER TABLE block ADD COLUMN ids BLOB;
                    CREATE INDEX series_age ON series (resolution, time);
                    """)
        }
        migrator.registerMigration("4 rows that were learnt from before their block") { database in
            try database.execute(
                sql: """
                    CREATE TABLE early_row (
                        deployment TEXT NOT NULL, base INTEGER NOT NULL, row INTEGER NOT NULL, time INTEGER NOT NULL, bytes BLOB NOT NULL,
                        PRIMARY KEY (deployment, base, row)) WITHOUT ROWID;
                    CREATE INDEX early_age ON early_row (time);
                    """)
        }
        migrator.registerMigration("5 checksums of rows") { try CheckedTable.adopt("telemetry", $0) }
        return migrator
    }
}
