import { Public, Service } from '../exposure/decorators.js';
import { pause } from '../invocation/pause.js';

@Service('calculator@1.0.0')
export class Calculator {
  @Public()
  add(a: number, b: number): number {
    return a + b;
  }

  @Public()
  sum({ a, b }: { a: number; b: number }): number {
    return a + b;
  }

  @Public()
  divide(a: number, b: number): number {
    if (b === 0) throw new Error('Division by zero');
    return a / b;
  }

  @Public()
  async slow(delayMs: number): Promise<string> {
    await pause(delayMs);
    return 'done';
  }

  @Public()
  noResult(): undefined {
    return undefined;
  }

  /** Not public on purpose: tests prove that no transport reaches it. */
  hidden(): string {
    return 'hidden-method-was-callable';
  }
}

export interface VersionedSum {
  readonly v: number;
  readonly sum: number;
}

@Service('calculator@2.0.0')
export class Calculator2 {
  @Public()
  add(a: number, b: number): VersionedSum {
    return { v: 2, sum: a + b };
  }
}

@Service('calculator@10.0.0')
export class Calculator10 {
  @Public()
  add(a: number, b: number): VersionedSum {
    return { v: 10, sum: a + b };
  }
}
