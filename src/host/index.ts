export { probeWorlds, type WorldsAbility } from './ability.ts';
export { Cable } from './cable.ts';
export { type Capture, type CaptureOptions } from './capture.ts';
export { captureHere } from './capture-here.ts';
export { countPackets } from './capture-file.ts';
export { type CaptureStats } from './capture-stats.ts';
export { type DropRule, type DropSpec, type TcpFlag } from './drop-rule.ts';
export { ENCLOSURE_PROGRAMS, enclosureLaunchers, type EnclosurePlan } from './enclosure.ts';
export { type Environment, readEnvironment } from './environment.ts';
export { exec, type ExecOptions, type ExecResult, mustExec } from './exec.ts';
export { type Host } from './host.ts';
export { type Listener } from './listeners.ts';
export { type Output } from './output.ts';
export { readProc } from './read-proc.ts';
export { FamilyWatch } from './family-watch.ts';
export { familyOf, threadsOf, unlessGone } from './process-family.ts';
export { describeEnd, type HostProcess, type ProcessEnd, type SpawnOptions } from './process.ts';
export { findProgram, needProgram, packageOf, searchPath } from './programs.ts';
export {
  Sampler,
  type SamplerGap,
  type SamplerHost,
  type SamplerOptions,
  type SamplerStats,
  type SocketChange,
  type SocketHeartbeat,
  type SocketRecord,
} from './sampler.ts';
export { SocketReader } from './socket-reader.ts';
export {
  parseProcNet,
  SOCKET_STATES,
  SOCKET_TIMERS,
  type SocketRow,
  type SocketState,
  type SocketTimer,
} from '../kernel/index.ts';
export { type Stage, type StageOptions, startStage } from './stage.ts';
export { type StageFacts, stageFacts, type StageKind } from './stage-facts.ts';
export { startStateTrace, type StateTrace, whyNoStateTrace } from './state-trace.ts';
export { type Sysctls } from './sysctl.ts';
export { type Transition } from './transition.ts';
export { createWorld, type World, type WorldPlan } from './world.ts';
export { examine, type Finding } from './doctor.ts';
export {
  runSandboxed,
  SANDBOX_LIMITS,
  sandboxEnd,
  sandboxLaunchers,
  type SandboxLimit,
  type SandboxLimits,
  type SandboxPlan,
  type SandboxResult,
} from './sandbox.ts';
