import GRDB

/// The tables of `control.db`, by named, forward-only migrations.
enum ControlSchema {
    static var migrator: StoreMigrator {
        var migrator = StoreMigrator()
        migrator.registerMigration("1 registry, jobs, journal") { database in
            try database.execute(
                sql: """
                    CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
                    INSERT INTO meta VALUES ('format', 1);
                    CREATE TABLE artefact (hash TEXT PRIMARY KEY, bytes BLOB NOT NULL);
                    CREATE TABLE deployment (
                        name TEXT PRIMARY KEY, created_at INTEGER NOT NULL, schema TEXT, state TEXT NOT NULL, champion INTEGER,
                        last_known_good INTEGER, data_hash TEXT, payload TEXT NOT NULL) WITHOUT ROWID;
                    CREATE TABLE version (
                        deployment TEXT NOT NULL REFERENCES deployment(name), number INTEGER NOT NULL, created_at INTEGER NOT NULL,
                        algorithm TEXT NOT NULL, state TEXT NOT NULL, artefact_hash TEXT REFERENCES artefact(hash),
                        profile_hash TEXT REFERENCES artefact(hash), data_hash TEXT NOT NULL, blessed INTEGER NOT NULL, payload TEXT NOT NULL,
                        PRIMARY KEY (deployment, number)) WITHOUT ROWID;
                    CREATE TABLE policy (deployment TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
                    CREATE TABLE freeze (deployment TEXT, scope TEXT NOT NULL, by TEXT NOT NULL, since INTEGER NOT NULL);
                    CREATE TABLE job (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, deployment TEXT NOT NULL, payload TEXT NOT NULL,
                        priority INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, fence INTEGER NOT NULL, worker TEXT,
                        lease_until INTEGER, created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER, progress REAL NOT NULL,
                        progress_text TEXT NOT NULL, result TEXT, error TEXT, created_by TEXT NOT NULL, cancel_requested INTEGER NOT NULL);
                    CREATE INDEX job_state ON job (state, id);
                    CREATE TABLE job_log (
                        job INTEGER NOT NULL, number INTEGER NOT NULL, time INTEGER NOT NULL, text TEXT NOT NULL,
                        PRIMARY KEY (job, number)) WITHOUT ROWID;
                    CREATE TABLE alert (
                        id INTEGER PRIMARY KEY, deployment TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, payload TEXT NOT NULL);
                    CREATE INDEX alert_state ON alert (state, id);
                    CREATE TABLE journal (
                        sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, actor TEXT NOT NULL, uid INTEGER, role TEXT NOT NULL,
                        verb TEXT NOT NULL, deployment TEXT, summary TEXT NOT NULL, reason TEXT, details TEXT NOT NULL, hash TEXT NOT NULL,
                        previous_hash TEXT NOT NULL);
                    CREATE INDEX journal_deployment ON journal (deployment, sequence);
                    """)
        }
        migrator.registerMigration("2 fair turns, append-only journal") { database in
            try database.execute(
                sql: """
                    CREATE TABLE turn (deployment TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
                    CREATE INDEX job_claim ON job (state, priority, deployment, id);
                    CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
                    CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
                    """)
        }
        migrator.registerMigration("3 reports of versions") { database in
            try database.execute(sql: "ALTER TABLE version ADD COLUMN report_hash TEXT REFERENCES artefact(hash)")
        }
        migrator.registerMigration("4 counters") { database in
            // A number that was given once is never given again, whatever becomes of the row that had it.
            try database.execute(
                sql: """
                    CREATE TABLE counter (
                        name TEXT NOT NULL, deployment TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (name, deployment)) WITHOUT ROWID;
                    INSERT INTO counter SELECT 'version', deployment, MAX(number) FROM version WHERE typeof(number) = 'integer' GROUP BY deployment;
                    INSERT INTO counter SELECT 'alert', '', MAX(id) FROM alert HAVING COUNT(*) > 0;
                    INSERT INTO meta VALUES ('format', 2) ON CONFLICT (key) DO UPDATE SET value = excluded.value;
                    """)
        }
        migrator.registerMigration("5 removed deployments") { database in
            // Whose traffic and labels are still to be deleted from the other stores.
            try database.execute(sql: "CREATE TABLE removal (deployment TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID")
        }
        migrator.registerMigration("6 tokens") { database in
            // What they allow and their hashes; the tokens themselves are nowhere.
            try database.execute(sql: "CREATE TABLE token (name TEXT PRIMARY KEY, payload TEXT NOT NULL) WITHOUT ROWID")
        }
        migrator.registerMigration("7 checksums of rows") { database in
            try database.execute(sql: "UPDATE meta SET value = 3 WHERE key = 'format'")
            try CheckedTable.adopt("control", database)
        }
        migrator.registerMigration("8 journal segments") { database in
            // Rows may leave the table only for a segment that is named here, with the hash of its file; none of these names ever changes.
            try database.execute(
                sql: """
                    CREATE TABLE journal_segment (
                        number INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, hash TEXT NOT NULL, file_hash TEXT NOT NULL,
                        bytes INTEGER NOT NULL, sealed_at INTEGER NOT NULL, deployments TEXT NOT NULL);
                    CREATE TRIGGER journal_segment_no_update BEFORE UPDATE ON journal_segment
                        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
                    CREATE TRIGGER journal_segment_no_delete BEFORE DELETE ON journal_segment
                        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
                    DROP TRIGGER journal_no_delete;
                    CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
                        WHEN OLD.sequence > (SELECT COALESCE(MAX(last), 0) FROM journal_segment)
                        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
                    """)
        }
        return migrator
    }
}
