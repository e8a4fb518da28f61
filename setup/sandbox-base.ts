import { ClawBenchError } from '../src/domain/errors.ts';
import { hasBaseImage, prepareDocker } from '../src/sandboxes/docker/base-image.ts';
import { debianPackages } from './debian-packages.ts';
import { hasProgram, isRoot } from './process.ts';
import { StepFailure, type SetupStep } from './step.ts';

const debootstrap = debianPackages({
  title: 'debootstrap',
  packages: ['debootstrap'],
  probe: () => hasProgram('debootstrap'),
});

async function prepare(say: (line: string) => void): Promise<void> {
  try {
    await prepareDocker({ onProgress: say });
  } catch (error) {
    if (!(error instanceof ClawBenchError)) throw error;
    throw new StepFailure(error.message, error.hint ?? 'docker info', error.cause);
  }
}

/** The image all sandboxes build on and the tools inside them: pulled where that works, else made from the Debian mirror. */
export const sandboxBase: SetupStep = {
  title: 'the sandbox image',
  async check() {
    if (await hasBaseImage()) return { kind: 'present' };
    return { kind: 'missing', plan: 'make the image clawbench-base', asksFirst: false };
  },
  async apply(say) {
    // Only the way without a registry needs it; as root on Debian it is cheaper to have it than to find out.
    if (isRoot() && (await hasProgram('apt-get')) && (await debootstrap.check()).kind === 'missing')
      await debootstrap.apply(say);
    await prepare(say);
  },
  async undo(say) {
    say('the image stays: docker image rm clawbench-base removes it');
  },
};
