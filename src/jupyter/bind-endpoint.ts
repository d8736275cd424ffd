const PATIENCE_MS = 10_000;
const PAUSE_MS = 100;

/**
 * Jupyter finds free ports, lets go of them and then starts us. On a busy machine another program's connection may have
 * got one as its local port by then; most are over soon.
 */
export async function bindEndpoint(
  socket: { bind(endpoint: string): Promise<void> },
  endpoint: string,
): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; ;) {
    try {
      await socket.bind(endpoint);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
