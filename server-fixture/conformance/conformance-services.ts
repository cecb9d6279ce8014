import { Calculator, Calculator2, Calculator10 } from './calculator.js';
import { Echo } from './echo.js';
import { StreamService } from './stream.js';
import { Users } from './users.js';

/** New instances of the services that every fixture offers. Their order decides what HTTP finds without a version. */
export function createConformanceServices(): object[] {
  return [new Calculator(), new Calculator10(), new Calculator2(), new Users(), new StreamService(), new Echo()];
}
