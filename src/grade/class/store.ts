/**
 * The grades of a class in one SQLite file. Rows are only added, so that what a student had before a regrade is still
 * there; the latest row of a submission and task counts. What a lecturer adjusted stands in tables of its own, made anew
 * at each run: a grade as the grader made it is never written over.
 */
import { closeSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { english, KitError } from '../../bytes/index.ts';
import { GRADE, type Grade } from '../../check/index.ts';
import { openOwnFile } from '../../files/index.ts';
import { AT_FAULT, type AtFault } from '../interop/orders.ts';
import type { Fingerprint } from './fingerprints.ts';

export interface Row {
  readonly submission: string;
  readonly student: string | null;
  readonly task: string;
  readonly submissionDigest: string;
  readonly checksDigest: string;
  readonly grade: Grade;
  readonly prints: readonly Fingerprint[];
  readonly gradedAt: string;
}

const TABLE = `
  CREATE TABLE IF NOT EXISTS grade (
    id INTEGER PRIMARY KEY,
    submission TEXT NOT NULL,
    student TEXT,
    task TEXT NOT NULL,
    submission_digest TEXT NOT NULL,
    checks_digest TEXT NOT NULL,
    points REAL NOT NULL,
    points_of REAL NOT NULL,
    grade TEXT NOT NULL,
    prints TEXT NOT NULL,
    graded_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS grade_of ON grade (submission, task, id);
  CREATE VIEW IF NOT EXISTS latest AS
    SELECT * FROM grade WHERE id IN (SELECT max(id) FROM grade GROUP BY submission, task);
  CREATE TABLE IF NOT EXISTS interop (
    id INTEGER PRIMARY KEY,
    client TEXT NOT NULL,
    client_task TEXT NOT NULL,
    server TEXT NOT NULL,
    server_task TEXT NOT NULL,
    client_digest TEXT NOT NULL,
    server_digest TEXT NOT NULL,
    checks_digest TEXT NOT NULL,
    works REAL NOT NULL,
    works_of REAL NOT NULL,
    fault TEXT,
    grade TEXT NOT NULL,
    evidence TEXT NOT NULL,
    played_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS interop_of ON interop (client, client_task, server, server_task, id);
  CREATE VIEW IF NOT EXISTS interop_latest AS
    SELECT * FROM interop WHERE id IN
      (SELECT max(id) FROM interop GROUP BY client, client_task, server, server_task);
  CREATE TABLE IF NOT EXISTS adjusted (
    submission TEXT NOT NULL,
    task TEXT NOT NULL,
    points REAL NOT NULL,
    points_of REAL NOT NULL,
    grade TEXT NOT NULL,
    PRIMARY KEY (submission, task)
  ) STRICT;
  CREATE VIEW IF NOT EXISTS counting AS
    SELECT latest.submission, latest.student, latest.task,
      coalesce(adjusted.points, latest.points) AS points, coalesce(adjusted.points_of, latest.points_of) AS points_of,
      latest.points AS grader_points, latest.points_of AS grader_points_of,
      adjusted.submission IS NOT NULL AS adjusted, coalesce(adjusted.grade, latest.grade) AS grade
    FROM latest LEFT JOIN adjusted USING (submission, task);
  CREATE TABLE IF NOT EXISTS adjustment_seen (
    digest TEXT PRIMARY KEY,
    grader_points REAL NOT NULL,
    seen_at TEXT NOT NULL
  ) STRICT;
`;

const STORED = z.object({
  submission: z.string(),
  student: z.string().nullable(),
  task: z.string(),
  submission_digest: z.string(),
  checks_digest: z.string(),
  grade: z.string(),
  prints: z.string(),
  graded_at: z.string(),
});

/** A match: whose client met whose server, and what came of it. */
export interface MatchRow {
  readonly client: string;
  readonly clientTask: string;
  readonly server: string;
  readonly serverTask: string;
  readonly clientDigest: string;
  readonly serverDigest: string;
  readonly checksDigest: string;
  readonly fault: AtFault | null;
  readonly grade: Grade;
  readonly evidence: string;
  readonly playedAt: string;
}

const MATCH = z.object({
  client: z.string(),
  client_task: z.string(),
  server: z.string(),
  server_task: z.string(),
  client_digest: z.string(),
  server_digest: z.string(),
  checks_digest: z.string(),
  fault: AT_FAULT.nullable(),
  grade: z.string(),
  evidence: z.string(),
  played_at: z.string(),
});

export class Store {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 10000;');
    database.exec(TABLE);
  }

  /** Throws KitError `no-sqlite` (machine) where Node has no `node:sqlite` without a flag, which is before 22.13. */
  static async open(file: string): Promise<Store> {
    const sqlite = await import('node:sqlite').catch((error: unknown) => {
      throw new KitError(
        'no-sqlite',
        english(`grading a class needs Node 22.13 or later, for node:sqlite; this is ${process.version}`),
        {
          fault: 'machine',
          hint: english('Install a newer Node, or start it as labs/grade, which brings its own.'),
          cause: error,
        },
      );
    });
    // SQLite would follow a link, and make it as open as the umask says; its other files get the mode of this one.
    closeSync(openOwnFile(file));
    return new Store(new sqlite.DatabaseSync(file));
  }

  /** The latest grade of a submission's task, and the one before it. */
  history(submission: string, task: string, most = 2): Row[] {
    return this.#database
      .prepare('SELECT * FROM grade WHERE submission = ? AND task = ? ORDER BY id DESC LIMIT ?')
      .all(submission, task, most)
      .map(rowOf);
  }

  latest(): Row[] {
    return this.#database.prepare('SELECT * FROM latest ORDER BY submission, id').all().map(rowOf);
  }

  add(row: Row): void {
    const { points, of } = row.grade.score;
    this.#database
      .prepare(
        'INSERT INTO grade (submission, student, task, submission_digest, checks_digest, points, points_of, grade, prints, graded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        ...[row.submission, row.student, row.task, row.submissionDigest, row.checksDigest, points, of],
        ...[JSON.stringify(row.grade), JSON.stringify(row.prints), row.gradedAt],
      );
  }

  /** What the grader gave when an adjustment, known by its digest, was first seen; now is the first time where it was not. */
  firstSeen(digest: string, graderPoints: number): number {
    this.#database
      .prepare('INSERT OR IGNORE INTO adjustment_seen (digest, grader_points, seen_at) VALUES (?, ?, ?)')
      .run(digest, graderPoints, new Date().toISOString());
    const row = this.#database
      .prepare('SELECT grader_points FROM adjustment_seen WHERE digest = ?')
      .get(digest);
    return z.object({ grader_points: z.number() }).parse(row).grader_points;
  }

  /** The grades that count instead of the grader's own, in place of those that did before. */
  setAdjusted(rows: readonly Row[]): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      this.#database.exec('DELETE FROM adjusted');
      const insert = this.#database.prepare(
        'INSERT INTO adjusted (submission, task, points, points_of, grade) VALUES (?, ?, ?, ?, ?)',
      );
      for (const { submission, task, grade } of rows)
        insert.run(submission, task, grade.score.points, grade.score.of, JSON.stringify(grade));
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  matches(): MatchRow[] {
    return this.#database.prepare('SELECT * FROM interop_latest ORDER BY id').all().map(matchOf);
  }

  addMatch(row: MatchRow): void {
    const { points, of } = row.grade.score;
    this.#database
      .prepare(
        'INSERT INTO interop (client, client_task, server, server_task, client_digest, server_digest, checks_digest, works, works_of, fault, grade, evidence, played_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        ...[row.client, row.clientTask, row.server, row.serverTask, row.clientDigest, row.serverDigest],
        ...[row.checksDigest, points, of, row.fault, JSON.stringify(row.grade), row.evidence, row.playedAt],
      );
  }

  close(): void {
    this.#database.close();
  }
}

function rowOf(value: unknown): Row {
  const stored = STORED.parse(value);
  return {
    submission: stored.submission,
    student: stored.student,
    task: stored.task,
    submissionDigest: stored.submission_digest,
    checksDigest: stored.checks_digest,
    grade: GRADE.parse(JSON.parse(stored.grade)),
    prints: JSON.parse(stored.prints) as Fingerprint[],
    gradedAt: stored.graded_at,
  };
}

function matchOf(value: unknown): MatchRow {
  const stored = MATCH.parse(value);
  return {
    client: stored.client,
    clientTask: stored.client_task,
    server: stored.server,
    serverTask: stored.server_task,
    clientDigest: stored.client_digest,
    serverDigest: stored.server_digest,
    checksDigest: stored.checks_digest,
    fault: stored.fault,
    grade: GRADE.parse(JSON.parse(stored.grade)),
    evidence: stored.evidence,
    playedAt: stored.played_at,
  };
}
