import { type Capture, type CaptureOptions, startCapture } from './capture.ts';
import { dieWithParent } from './launchers.ts';
import { launch } from './process.ts';

/** As `Host.capture`, on the network that this process itself is in: for looking on, without a world. */
export function captureHere(options: CaptureOptions): Promise<Capture> {
  return startCapture((args, how) => launch(dieWithParent(), ['tcpdump', ...args], how), options);
}
