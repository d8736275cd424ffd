import { createServer, connect, type Server, type Socket } from 'node:net';
import { english, KitError } from '../bytes/index.ts';

/**
 * How a running daemon is asked about itself: a socket in the file system, one question and one answer for each
 * connection, both a line of JSON. The folder's permissions say who may ask; the class's network never gets here.
 */

const MAX_QUESTION_CHARACTERS = 1024;
const MAX_ANSWER_CHARACTERS = 16 * 1024 * 1024;
/** Somebody who connects and asks nothing must not stay for ever. */
const PATIENCE_MS = 5_000;

export interface Control {
  close(): void;
}

/** Answers questions on a socket at `path`, which must not exist. Rejects with what the system says (EADDRINUSE, …). */
export function serveControl(path: string, answer: (question: string) => unknown): Promise<Control> {
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    let question = '';
    socket.setEncoding('utf8');
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    // An asker that is gone needs no answer.
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    socket.on('end', () => socket.end());
    socket.on('data', (text: string) => {
      question += text;
      const end = question.indexOf('\n');
      if (end >= 0) socket.end(`${JSON.stringify(answer(question.slice(0, end)))}\n`);
      else if (question.length > MAX_QUESTION_CHARACTERS) socket.destroy();
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // No descriptors left, for example: the asker tries again.
      server.on('error', () => undefined);
      resolve({
        close: () => {
          server.close();
          for (const socket of open) socket.destroy();
        },
      });
    });
  });
}

/**
 * Asks the daemon behind `path`. Resolves with its answer as it came, unchecked.
 *
 * @throws KitError (machine) `no-answer`: nobody listens there, or the answer did not come in time or is no JSON.
 */
export function askControl(path: string, question: string, boundMs = 3_000): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const fail = (why: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(
        new KitError('no-answer', english(`the server's control socket gave no answer: ${why}`), {
          fault: 'machine',
        }),
      );
    };
    const timer = setTimeout(() => fail(`nothing within ${boundMs} ms`), boundMs);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', (error) => fail(error.message));
    socket.on('connect', () => socket.write(`${question}\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MAX_ANSWER_CHARACTERS) fail('it is too long');
    });
    socket.on('end', () => {
      try {
        const value: unknown = JSON.parse(text);
        clearTimeout(timer);
        socket.destroy();
        resolve(value);
      } catch {
        fail('it is no JSON');
      }
    });
  });
}
