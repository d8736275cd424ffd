/** What a worker knows about the stage it runs on, from its environment. */
export type StageKind = 'namespaces' | 'loopback';

export type StageFacts = {
  /** Unique among all stages; every process of the stage has it in its environment. */
  id: string;
  kind: StageKind;
  /** Made without the rights of root: a user namespace holds the others. */
  rootless: boolean;
};

/** The variables that carry the facts. The first is also what the sweep of a loopback stage looks for. */
export const STAGE_ID = 'SOCKET_LAB_STAGE';
export const STAGE_KIND = 'SOCKET_LAB_STAGE_KIND';
export const STAGE_ROOTLESS = 'SOCKET_LAB_STAGE_ROOTLESS';

/** The facts, or undefined when this process is on no stage. */
export function stageFacts(env: NodeJS.ProcessEnv = process.env): StageFacts | undefined {
  const id = env[STAGE_ID];
  const kind = env[STAGE_KIND];
  if (id === undefined || (kind !== 'namespaces' && kind !== 'loopback')) return undefined;
  return { id, kind, rootless: env[STAGE_ROOTLESS] === '1' };
}
